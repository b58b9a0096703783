"""Hears a scanner wherever the focus is, and leaves no trace of it in a field."""

import time
from collections.abc import Callable
from typing import Any

from kivy.core.window import Window
from kivy.uix.behaviors import FocusBehavior
from kivy.uix.textinput import TextInput

from mobile_app.scanner import Burst, without

_ENTER = (13, 271)
_SHIFT = "shift"


class ScanListener:
    """Listens to the window's keys while it is bound."""

    def __init__(
        self,
        wants: Callable[[], bool],
        scanned: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare.

        Args:
            wants: says whether a code is of use now. Only then the key is taken.
            scanned: told the code, once no field holds it any more.
        """
        self._wants = wants
        self._scanned = scanned
        self._clock = clock
        # A window tells the text typed, the keys pressed, or both: each is listened to by itself.
        self._texts, self._keys = Burst(), Burst()

    def listen(self) -> None:
        """Begin."""
        Window.bind(on_textinput=self._text, on_key_down=self._key)

    def stop(self) -> None:
        """End."""
        Window.unbind(on_textinput=self._text, on_key_down=self._key)

    def _text(self, _: Any, text: str) -> bool:
        self._texts.heard(text, self._clock())
        return False

    def _key(self, _: Any, code: int, __: int, text: str | None, modifiers: list[str], *___: Any) -> bool:
        now = self._clock()
        if code not in _ENTER:
            if text and len(text) == 1 and text.isprintable():
                self._keys.heard(text.upper() if _SHIFT in modifiers else text, now)
            return False
        typed, pressed = self._texts.entered(now), self._keys.entered(now)
        code_read = typed or pressed
        if not code_read or not self._wants():
            return False
        for field in list(FocusBehavior._keyboards.values()):
            if isinstance(field, TextInput):
                field.text = without(field.text, field.cursor_index(), code_read)
        self._scanned(code_read)
        return True
