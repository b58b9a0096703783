"""A pair of hands for the app: finds what is shown, taps, types and takes pictures.

The scripted shift and the window tests use the app through it. Frames are pumped by hand, so nothing
sleeps and nothing hangs. Kivy's state is global: one window a process, emptied before an app enters.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mobile_app.scanner import GAP_S

DRAWN_EVERY = 10  # drawing costs most of a frame where no graphics card helps
PATIENCE_S = 120.0  # how long a condition may take on a busy machine
MOST_DRAGS = 12
CARET_S = 0.3  # after which nothing will take what is typed
LONGEST_FRAME_S = 0.05  # that counts while a finger rests
KEYS = {"enter": 13, "escape": 27, "backspace": 8, "tab": 9, "delete": 127, "up": 273, "down": 274}


class InVain(AssertionError):
    """What was waited for or looked for did not come."""


class Hands:
    """An app under test: find, tap, type, press keys, wait for what is shown, take its picture."""

    def __init__(
        self, app: Any, size: tuple[int, int] | None = None, *, unseen: bool = False, sparing: bool = False
    ) -> None:
        """Put the app into the window.

        Args:
            unseen: draw pictures only, when nobody watches anyway.
            sparing: draw one frame of DRAWN_EVERY, and every picture that is asked for.
        """
        from kivy.base import EventLoop, runTouchApp
        from kivy.core.window import Window

        self.app, self.window, self._loop = app, Window, EventLoop
        self._closed = False
        self.taps = self.keys = 0  # what a person would have done so far
        video = os.environ.get("SDL_VIDEODRIVER", "")
        self._draws = not hasattr(Window, "draws_nothing")
        self._on_desk = self._draws and video != "offscreen"
        self._unseen = unseen and not self._on_desk
        self._every, self._passed = DRAWN_EVERY if sparing else 1, 0
        self._empty()
        if size is not None and tuple(self.window.system_size) != size:
            self.resize(*size)
        app._run_prepare()  # build() and on_start, without the blocking loop
        runTouchApp(embedded=True)
        self.pump(5)

    def pump(self, frames: int = 3) -> None:
        """Let that many frames pass."""
        for _ in range(frames):
            self._passed += 1
            if self._unseen or self._passed % self._every:
                self._frame_unseen()
            else:
                self._loop.idle()
            if self._on_desk:
                self.window.mainloop()  # the window system's own events

    def draw_nothing(self) -> None:
        """Leave out drawing from now on, where nobody watches anyway."""
        self._unseen = not self._on_desk

    def _frame_unseen(self) -> None:
        """Do all that a frame does but drawing, which costs most where no graphics card helps."""
        from kivy.clock import Clock
        from kivy.lang import Builder

        Clock.tick()
        self._loop.dispatch_input()
        Builder.sync()
        Clock.tick_draw()
        Builder.sync()

    def until(self, condition: Callable[[], Any], what: str = "", patience_s: float = PATIENCE_S) -> Any:
        """Pump until the condition holds and return what it returned.

        Raises:
            InVain: it did not hold in time.
        """
        end = time.monotonic() + patience_s
        while not (held := condition()):
            if time.monotonic() > end:
                raise InVain(f"waited {patience_s:.0f} s in vain for {what or condition}")
            self.pump(1)
            time.sleep(0.001)  # lets the sync thread have the interpreter
        return held

    def walk(self) -> Iterator[Any]:
        """Every widget in the window, dialogs included."""
        for child in list(self.window.children):
            yield from child.walk()

    def find_all(
        self, kind: str | None = None, where: Callable[[Any], bool] | None = None, **having: Any
    ) -> list[Any]:
        """Return the visible widgets of a class name, with these properties, for which ``where`` holds."""
        return [
            widget
            for widget in self.walk()
            if (kind is None or any(cls.__name__ == kind for cls in type(widget).__mro__))
            and all(getattr(widget, name, None) == value for name, value in having.items())
            and (where is None or where(widget))
            and is_visible(widget)
        ]

    def find(self, kind: str | None = None, where: Callable[[Any], bool] | None = None, **having: Any) -> Any:
        """Return the first such widget.

        Raises:
            InVain: there is none; says what the window shows instead.
        """
        hits = self.find_all(kind, where, **having)
        if not hits:
            raise InVain(f"no visible {kind or 'widget'} with {having}; the window shows {self.texts()}")
        return hits[0]

    def wait_for(
        self, kind: str | None = None, where: Callable[[Any], bool] | None = None, **having: Any
    ) -> Any:
        """Pump until such a widget is visible, and return it."""
        what = f"{kind or 'widget'} with {having}"
        try:
            return self.until(lambda: self.find_all(kind, where, **having), what)[0]
        except InVain as late:
            raise InVain(f"{late}; the window shows {self.texts()}") from None

    def texts(self) -> list[str]:
        """Every text the window shows, in drawing order."""
        said = ((widget, str(getattr(widget, "text", "") or "")) for widget in self.walk())
        shown = (text for widget, text in said if len(text.strip()) > 1 and is_visible(widget))
        return list(dict.fromkeys(shown))

    def shows(self, text: str) -> bool:
        """Whether some visible text contains this one."""
        return any(text in shown for shown in self.texts())

    def tap(self, widget: Any = None, at: tuple[float, float] | None = None) -> None:
        """Touch the middle of a widget, or a point of the window, and let go."""
        point = at or widget.to_window(*widget.center)
        self.drag(point, point, steps=0)

    def hold(self, widget: Any, seconds: float = 1.0) -> None:
        """Touch the middle of a widget, keep the finger there, and let go."""
        point = widget.to_window(*widget.center)
        self.drag(point, point, steps=0, rest_s=seconds)

    def tap_text(self, text: str) -> None:
        """Tap the innermost pressable thing that says exactly this, or holds something that does."""
        label = self.wait_for(text=text)
        self.tap(label)

    def bring(self, widget: Any) -> None:
        """Drag the list that holds a widget until it stands between the list's edges."""
        pane = widget.parent
        while pane is not None and not hasattr(pane, "do_scroll_y"):
            pane = pane.parent
        for _ in range(MOST_DRAGS):
            if pane is None or pane is self.window:
                return
            low, high = (pane.to_window(*edge)[1] for edge in (pane.pos, (pane.x, pane.top)))
            middle, reach = (low + high) / 2, widget.to_window(*widget.center)[1]
            if low + widget.height / 2 <= reach <= high - widget.height / 2:
                return
            step = max(-pane.height / 3, min(pane.height / 3, middle - reach))
            x = pane.to_window(*pane.center)[0]
            self.drag((x, middle - step / 2), (x, middle + step / 2), steps=12)
            self.until(lambda: not pane.effect_y.velocity, "the list to come to rest")
            self.settle()

    def drag(
        self, start: tuple[float, float], end: tuple[float, float], steps: int = 10, rest_s: float = 0.0
    ) -> None:
        """Move a finger from one point to another, and let it rest there before it goes."""
        from kivy.input.motionevent import MotionEvent

        class Finger(MotionEvent):  # as the screen reports it, without a screen
            def __init__(self, place: tuple[float, float]) -> None:
                super().__init__("hands", 1, place)
                self.is_touch = True
                self.type_id = "touch"

            def depack(self, args: tuple[float, float]) -> None:
                self.sx, self.sy = args
                self.profile = ["pos"]
                super().depack(args)

        self.taps += steps == 0  # moving a list is no tap
        touch = Finger(self._share_of_window(start))
        self._loop.post_dispatch_input("begin", touch)
        self.pump(1)
        for step in range(1, steps + 1):
            share = step / steps
            place = (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
            touch.move(self._share_of_window(place))
            self._loop.post_dispatch_input("update", touch)
            self.pump(1)
        rested, before = 0.0, time.monotonic()
        while rested < rest_s:
            self.pump(1)
            time.sleep(0.01)
            now = time.monotonic()
            # What runs by the clock needs frames to run in: a stall is no rest.
            rested, before = rested + min(now - before, LONGEST_FRAME_S), now
        self._loop.post_dispatch_input("end", touch)
        self.pump(2)

    def type(self, text: str) -> None:
        """Type into whatever has the focus; unlike a scanner, a person rests before the next key."""
        self.keys += len(text)
        self._await_caret()
        for character in text:
            self.window.dispatch("on_textinput", character)
            self.pump(1)
        time.sleep(GAP_S * 1.5)

    def _await_caret(self) -> None:
        """Let a form that has just opened take the focus, as who looks at it would; a scan waits in vain."""
        end = time.monotonic() + CARET_S
        while time.monotonic() < end and not any(
            getattr(widget, "focus", False) and hasattr(widget, "insert_text") for widget in self.walk()
        ):
            self.pump(1)

    def key(self, name: str, *modifiers: str) -> None:
        """Press and release a key of KEYS, or a single character."""
        self.keys += 1
        code = KEYS.get(name) or ord(name)
        self.window.dispatch("on_key_down", code, 0, name if len(name) == 1 else None, list(modifiers))
        self.window.dispatch("on_key_up", code, 0)
        self.pump(1)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size, as turning the tablet does."""
        self.window.system_size = (width, height)
        if not self._draws:
            self.window._size = (width, height)
        self.window.dispatch("on_resize", width, height)
        self.pump(4)

    def settle(self) -> None:
        """Pump until no animation runs."""
        from kivy.animation import Animation

        self.until(lambda: not Animation._instances, "animations to end")
        self.pump(3)

    def shot(self, path: Path | None = None) -> Any:
        """Return the window as a Pillow image, also written to ``path``; None where nothing is drawn."""
        if not self._draws:
            return None
        from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels
        from PIL import Image

        self.settle()
        self.window.canvas.ask_update()
        self.pump(1)
        self.window.dispatch("on_draw")
        width, height = (int(side) for side in self.window.system_size)
        pixels = glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE)
        image = Image.frombytes("RGBA", (width, height), pixels)
        image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).convert("RGB")
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            image.save(path)
        return image

    def close(self) -> None:
        """Stop the app and leave an empty window for the next one; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        from kivy.app import App

        self.app.dispatch("on_stop")
        self._empty()
        App._running_app = None

    def _share_of_window(self, place: tuple[float, float]) -> tuple[float, float]:
        width, height = self.window.system_size
        return place[0] / (width - 1.0), place[1] / (height - 1.0)

    def _empty(self) -> None:
        from kivy.animation import Animation

        for animation in list(Animation._instances):
            Animation._instances.discard(animation)
        for widget in self.walk():  # what leaves the window with the focus would keep the keyboard
            if getattr(widget, "focus", False):
                widget.focus = False
        self.window.release_all_keyboards()
        for child in self.window.children[:]:
            self.window.remove_widget(child)


def is_visible(widget: Any) -> bool:
    """Whether a widget and all that hold it are drawn: not transparent, not collapsed, not hidden."""
    if not widget.get_root_window():
        return False
    node = widget
    while node is not None and node is not node.get_root_window():
        if node.opacity == 0 or getattr(node, "is_hidden", False):
            return False
        node = node.parent
    x, y = widget.to_window(widget.center_x, widget.center_y)
    window = widget.get_root_window()
    return widget.width > 1 and widget.height > 1 and 0 <= x <= window.width and 0 <= y <= window.height
