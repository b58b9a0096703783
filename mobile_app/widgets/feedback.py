"""What answers the person: a moment to undo, and what to do where there is nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty

from mobile_app.widgets.layouts import Box
from mobile_app.widgets.surfaces import Surface

SHOWN_S = 6.0


class Snackbar(Surface):
    """Says what was done and offers to undo it, for a few seconds; never in the way."""

    text = StringProperty()
    action = StringProperty()
    shown = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._undo: Callable[[], None] | None = None
        self._hide = Clock.create_trigger(self._gone, SHOWN_S)

    def say(
        self,
        text: str,
        *,
        action: str = "",
        undo: Callable[[], None] | None = None,
        shown_s: float = SHOWN_S,
    ) -> None:
        """Show a text, and a button when there is something to undo."""
        self.text, self.action, self._undo = text, action if undo else "", undo
        self.shown = True
        self._hide.cancel()
        self._hide = Clock.create_trigger(self._gone, shown_s)
        self._hide()

    def pressed(self) -> None:
        """Undo, once."""
        undo, self._undo = self._undo, None
        self._gone()
        if undo is not None:
            undo()

    def _gone(self, *_: Any) -> None:
        self._hide.cancel()
        self.shown = False


class EmptyState(Box):
    """Nothing is here, and what to do about it."""

    icon_name = StringProperty("magnify")
    title = StringProperty()
    text = StringProperty()


Builder.load_file(str(Path(__file__).with_name("feedback.kv")))
