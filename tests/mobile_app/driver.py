"""Drives one app in this process, in the kind of window that ``COMPTOIR_WINDOW`` asks for.

``offscreen`` (default), ``xvfb`` (a real X11 window on a private screen) or ``mock`` (no OpenGL at all).
"""

import os
from typing import Any

from mobile_app.hands import Hands
from mobile_app.window import WindowMode, fitting_mode, prepare

SIZE = (1280, 800)


def wanted_mode() -> str:
    """Return ``offscreen``, ``xvfb`` or ``mock``: what was asked for, else what this machine can do."""
    asked = os.environ.get("COMPTOIR_WINDOW")
    if asked:
        return asked
    return "mock" if fitting_mode() is WindowMode.MOCK else "offscreen"


def open_window() -> None:
    """Make this process's one window. Later calls change nothing."""
    mode = {"offscreen": WindowMode.OFFSCREEN, "mock": WindowMode.MOCK, "xvfb": WindowMode.DESK}
    prepare(mode[wanted_mode()], SIZE, pinned=True)
    from kivy.config import Config

    for device in list(dict(Config.items("input"))):
        Config.remove_option("input", device)
    Config.set("graphics", "maxfps", "0")


class Driver(Hands):
    """Hands on an app, in this process's one window."""

    def __init__(self, app: Any) -> None:
        open_window()
        super().__init__(app, SIZE, sparing=True)
