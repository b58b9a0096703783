"""The circle of a screen: an event changes the model, the model is shown, effects are performed.

``update(model, event) -> (model, effects)`` is pure; it alone decides. Effects are plain structs; they
are performed in one place, and what comes of them returns as further events.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Model = TypeVar("Model")
Event = TypeVar("Event")
Effect = TypeVar("Effect")


class Loop(Generic[Model, Event, Effect]):
    """Runs one screen's model. All calls come from one thread: the one that touches widgets."""

    def __init__(
        self,
        model: Model,
        update: Callable[[Model, Event], tuple[Model, Sequence[Effect]]],
        perform: Callable[[Effect], None],
    ) -> None:
        self.model = model
        self._update = update
        self._perform = perform
        self._show: list[Callable[[Model], None]] = []
        self._waiting: deque[Event] = deque()
        self._running = False

    def shown_by(self, show: Callable[[Model], None]) -> None:
        """Show the model now and after each change."""
        self._show.append(show)
        show(self.model)

    def show_again(self) -> None:
        """Show the model as it is: the language or the theme changed."""
        for show in self._show:
            show(self.model)

    def send(self, event: Event) -> None:
        """Take an event in. One sent while another is handled waits for its turn."""
        self._waiting.append(event)
        if self._running:
            return
        self._running = True
        try:
            while self._waiting:
                self._take(self._waiting.popleft())
        finally:
            self._running = False

    def _take(self, event: Event) -> None:
        before = self.model
        self.model, effects = self._update(before, event)
        if self.model is not before:
            self.show_again()
        for effect in effects:
            self._perform(effect)
