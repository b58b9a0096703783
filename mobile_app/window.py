"""How the window comes to be: on a desk, offscreen with real pixels, or laid out without drawing at all.

Everything here must happen before the first import of ``kivy.core.window`` or ``kivy.uix``.
"""

import ctypes.util
import logging
import os
import sys
import tempfile
from enum import Enum
from typing import Any

from sync.replica.garbage import collect_seldom

_NOISE = ("Cutbuffer:", "Clipboard:", "Input: MTDev")


class WindowMode(Enum):
    """Where the pixels go."""

    DESK = "desk"  # a display: X11, Wayland, macOS, Windows, a tablet
    OFFSCREEN = "offscreen"  # OpenGL into memory: real pixels, nobody watching
    MOCK = "mock"  # no OpenGL: layout, rules, touches and text work, nothing is drawn


def fitting_mode() -> WindowMode:
    """Return the mode in which somebody would see the window, or the best one there is without."""
    if sys.platform in ("win32", "darwin") or "ANDROID_ARGUMENT" in os.environ:
        return WindowMode.DESK
    if os.environ.get("SDL_VIDEODRIVER") not in ("offscreen", "dummy") and (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return WindowMode.DESK
    return WindowMode.OFFSCREEN if _has_gl() else WindowMode.MOCK


def prepare(mode: WindowMode, size: tuple[int, int] = (1280, 800), *, pinned: bool = False) -> None:
    """Set Kivy up for a mode. A second call in one process changes nothing.

    Args:
        size: pixels; a desk may give another one.
        pinned: draw at one density and font scale whatever the machine says, for screenshots.
    """
    prepare_environment(mode, pinned=pinned)
    collect_seldom()
    from kivy.config import Config

    for section, option, value in (
        ("graphics", "width", str(size[0])),
        ("graphics", "height", str(size[1])),
        ("graphics", "multisamples", "0"),
        ("graphics", "maxfps", "60" if mode is WindowMode.DESK else "0"),
        ("kivy", "exit_on_escape", "0"),
        ("kivy", "keyboard_mode", ""),
    ):
        Config.set(section, option, value)
    if mode is WindowMode.DESK:
        Config.set("input", "mouse", "mouse,disable_multitouch")
    else:
        for device in list(dict(Config.items("input"))):
            Config.remove_option("input", device)
    if mode is WindowMode.MOCK:
        _install_mock(size)


def prepare_environment(mode: WindowMode, *, pinned: bool = False) -> None:
    """Set the environment variables Kivy reads at import; imports nothing of it."""
    # Where click and rich are installed, httpx brings its command line along: a fifth of all imports.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: not to be found
    # Kivy otherwise takes over the root logger and the command line, and writes into the home folder.
    os.environ.setdefault("KIVY_NO_ARGS", "1")
    logging.getLogger("kivy").addFilter(_is_news)
    os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")
    os.environ.setdefault("KIVY_NO_FILELOG", "1")
    os.environ.setdefault("KIVY_NO_CONSOLELOG", "1")
    os.environ.setdefault("KIVY_NO_CONFIG", "1")
    os.environ.setdefault("KIVY_IMAGE", "sdl2")  # else Pillow is imported too, where it is installed
    if "KIVY_HOME" not in os.environ and "ANDROID_ARGUMENT" not in os.environ:
        os.environ["KIVY_HOME"] = os.path.join(tempfile.gettempdir(), f"comptoir-kivy-{_user()}")
    if mode is not WindowMode.DESK:
        os.environ["KIVY_CLIPBOARD"] = "dummy"
    if mode is WindowMode.OFFSCREEN:
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
    if mode is WindowMode.MOCK:
        os.environ["KIVY_GL_BACKEND"] = "mock"
    if pinned:
        os.environ.update(KIVY_METRICS_DENSITY="1", KIVY_METRICS_FONTSCALE="1", KIVY_DPI="96")


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line of Kivy's log is worth a look: what a desk lacks (xclip, mtdev) it tells as critical."""
    return not record.getMessage().startswith(_NOISE)


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else "user"


def _has_gl() -> bool:
    return all(ctypes.util.find_library(name) for name in ("GL", "EGL"))


def _install_mock(size: tuple[int, int]) -> None:
    import kivy

    kivy.kivy_options["window"] = ()  # no provider is tried, so that Window is ours
    import kivy.core.window as window_module

    if window_module.Window is not None:
        return

    class MockWindow(window_module.WindowBase):
        """A window that lays out and takes touches and text, and draws nothing."""

        draws_nothing = True
        managed_textinput = True  # text comes through on_textinput, as with SDL

        def create_window(self, *args: Any) -> None:
            first = not self.initialized
            super().create_window(*args)
            if first:
                self.system_size = self._size
                self.dispatch("on_pre_resize", *self._size)

        def mainloop(self) -> None:
            from kivy.base import EventLoop

            if not EventLoop.quit:
                EventLoop.idle()

        def _get_gl_size(self) -> Any:
            return self._size

        def flip(self) -> None: ...

        def show_keyboard(self) -> None: ...

        def set_title(self, title: str) -> None: ...

        def set_icon(self, filename: str) -> None: ...

        def close(self) -> None:
            self.dispatch("on_close")

    window_module.Window = MockWindow()
    window_module.Window.dpi = 96.0
