"""Cards read without typing: by a scanner that types faster than a person, or by a camera. No Kivy."""

from collections.abc import Callable
from typing import Protocol

GAP_S = 0.05  # a person leaves more between two keys
FEWEST = 6  # characters of a code


class Burst:
    """Listens to what is typed and tells a scan from a person's typing."""

    def __init__(self) -> None:
        self._text = ""
        self._last_s = 0.0

    def heard(self, text: str, at_s: float) -> None:
        """Take note of characters typed at an instant of a clock that never goes back."""
        if at_s - self._last_s > GAP_S:
            self._text = ""
        self._text += text
        self._last_s = at_s

    def entered(self, at_s: float) -> str:
        """Take note of Enter; return the code that was scanned, or nothing if a person typed."""
        text, self._text = self._text, ""
        swift = at_s - self._last_s <= GAP_S
        return text if swift and len(text) >= FEWEST else ""


def without(text: str, cursor: int, scanned: str) -> str:
    """Return the text of a field without the code that was scanned into it, before its cursor."""
    before, after = text[:cursor], text[cursor:]
    return before.removesuffix(scanned) + after


class CardReader(Protocol):
    """A camera that reads loyalty cards. Where a device has none, no key for it is shown."""

    def begin(self, found: Callable[[str], None]) -> None:
        """Look for a card until one is read; ``found`` is called once, in the thread that shows."""

    def stop(self) -> None:
        """Look no more; nothing is found after this."""


def card_reader() -> CardReader | None:
    """Return what reads cards by this device's camera, or None: none brings one yet (decision 0039)."""
    return None
