"""The app in a process of its own, in a real X11 window on a private screen, with taps and keys by XTEST.

What the window shows is read from a small file that the process writes twice a frame's time: every
visible text and where its middle is. The test never reaches into the process.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PATIENCE_S = 240.0
WITHOUT_XVFB = "Xvfb is not installed: apt-get install -y xvfb"

_PROBE = """
import json, os, sys
from mobile_app import main
from mobile_app.hands import is_visible

def write(_):
    from kivy.core.window import Window
    shown = []
    for child in Window.children:
        for widget in child.walk():
            text = getattr(widget, "text", "") or getattr(widget, "hint_text", "")
            focus = bool(getattr(widget, "focus", False))
            if isinstance(text, str) and (text.strip() or focus) and is_visible(widget):
                x, y = widget.to_window(*widget.center)
                shown.append([text, x, Window.height - y, focus])
    path = os.environ["COMPTOIR_PROBE"]
    with open(path + ".new", "w") as file:
        json.dump(shown, file)
    os.replace(path + ".new", path)

def started(app):
    from kivy.clock import Clock
    Clock.schedule_interval(write, 0.1)

sys.exit(main.main(sys.argv[1:], started=started))
"""


def has_xvfb() -> bool:
    """Whether this machine can make a private screen."""
    return shutil.which("Xvfb") is not None


class RealWindow:
    """A running app and the X server's hands on it."""

    def __init__(self, arguments: list[str], folder: Path) -> None:
        self._arguments = arguments
        self._probe = folder / "probe.json"
        self._folder = folder

    def __enter__(self) -> Self:
        from Xlib import display
        from xvfbwrapper import Xvfb

        self._screen = Xvfb(width=1280, height=800, colordepth=24)
        self._screen.start()
        environment = dict(
            os.environ,
            SDL_VIDEODRIVER="x11",
            COMPTOIR_PROBE=str(self._probe),
            KIVY_HOME=str(self._folder / "kivy"),
        )
        environment.pop("KIVY_GL_BACKEND", None)
        self._display = display.Display(f":{self._screen.new_display}")
        self._log = (self._folder / "window.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROBE, *self._arguments],
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._log.close()
        self._display.close()
        self._screen.stop()

    def shown(self) -> list[tuple[str, float, float, bool]]:
        """Every visible text: what, where (pixels from the top left), whether it has the focus."""
        try:
            return [(text, x, y, focus) for text, x, y, focus in json.loads(self._probe.read_text())]
        except FileNotFoundError:
            return []

    def wait_for(self, text: str) -> tuple[float, float]:
        """Wait until some text contains this one; return where it is."""

        def place() -> tuple[float, float] | None:
            shown = self.shown()
            exact = [(x, y) for said, x, y, _ in shown if said == text]
            return next(iter(exact), next(((x, y) for said, x, y, _ in shown if text in said), None))

        found: tuple[float, float] = self._until(place, text)
        return found

    def focus_below(self, text: str, pixels: int) -> None:
        """Press below this text until a field takes keys: a window just opened may miss the first press."""

        self._press_until(text, pixels, lambda: any(focus for *_, focus in self.shown()), "a focused field")

    def tap(self, text: str, *, awaited: str) -> None:
        """Press the screen where this text is, as a finger would, until another text is shown."""
        self._press_until(text, 0, lambda: any(awaited in said for said, *_ in self.shown()), awaited)

    def _press_until(self, text: str, pixels: int, there: Callable[[], bool], what: str) -> None:
        """Press, ever longer: a press shorter than a frame is none, and how long one takes nobody knows."""
        lengths = itertools.chain((0.1, 0.3, 1.0), itertools.repeat(3.0))

        def seen() -> bool:
            length = next(lengths)
            self._press(text, pixels, length)
            end = time.monotonic() + 5 * length
            while not there() and time.monotonic() < end:
                time.sleep(0.05)
            return there()

        self._until(seen, what)

    def _press(self, text: str, pixels: int, seconds: float) -> None:
        """Press the screen below this text: a field under its label."""
        from Xlib import X
        from Xlib.ext import xtest

        x, y = self.wait_for(text)
        y += pixels
        xtest.fake_input(self._display, X.MotionNotify, x=int(x), y=int(y))
        self._display.sync()
        for event in (X.ButtonPress, X.ButtonRelease):
            xtest.fake_input(self._display, event, 1)
            self._display.sync()
            time.sleep(seconds)

    def type(self, text: str) -> None:
        """Press the keys of an American keyboard that write this."""
        from Xlib import XK, X
        from Xlib.ext import xtest

        for character in text:
            name = {" ": "space", "-": "minus", ".": "period"}.get(character, character)
            code = self._display.keysym_to_keycode(XK.string_to_keysym(name))
            for event in (X.KeyPress, X.KeyRelease):
                xtest.fake_input(self._display, event, code)
                self._display.sync()
                time.sleep(0.02)

    def _until(self, condition: Callable[[], Any], what: str) -> Any:
        end = time.monotonic() + PATIENCE_S
        while not (held := condition()):
            if time.monotonic() > end or self._process.poll() is not None:
                said = Path(self._log.name).read_text(errors="replace")[-2000:]
                raise AssertionError(f"waited in vain for {what}; it shows {self.shown()}; it said {said}")
            time.sleep(0.05)
        return held
