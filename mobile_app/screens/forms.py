"""What the forms around the counter are made of: a centred column, a field, a complaint."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty
from kivy.uix.scrollview import ScrollView

from mobile_app.widgets import Surface, Txt
from mobile_app.widgets.layouts import Box

Fact = TypeVar("Fact")


class FormView(Surface):
    """A screen that shows a model and emits events."""

    emit = ObjectProperty(lambda event: None)

    def show(self, model: Any) -> None:
        """Put the model's facts in words and on the screen."""
        raise NotImplementedError

    def entered(self) -> None:
        """Called when the screen comes to the front."""

    def left(self) -> None:
        """Called when the screen goes."""


class Column(ScrollView):
    """A centred column that scrolls when the screen is too low, as with large text or a keyboard."""

    widest = NumericProperty(dp(520))

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        content = self.ids.get("content")
        if content is None:
            super().add_widget(widget, *args, **kwargs)
        else:
            content.add_widget(widget, *args, **kwargs)


class Field(Box):
    """A labelled line of text."""

    secret = BooleanProperty(False)
    _known = ""
    __events__ = ("on_typed", "on_entered")

    def show(self, label: str, text: str, *, hint: str = "") -> None:
        """Show label and text."""
        self.ids.label.text = label
        self.ids.input.hint_text = hint
        self._known = text
        if self.ids.input.text != text:
            self.ids.input.text = text

    def typed(self, text: str) -> None:
        """Tell what a person typed; what was shown is no news."""
        if text != self._known:
            self._known = text
            self.dispatch("on_typed", text)

    def on_typed(self, text: str) -> None: ...

    def on_entered(self) -> None: ...


class Complaint(Txt):
    """What is wrong, under what it is about; takes no room while nothing is."""


def refill(
    box: Any, facts: Sequence[Fact], make: Callable[[], Any], fill: Callable[[Any, Fact], None]
) -> None:
    """Show one widget per fact in a box, keeping the widgets that are there."""
    held = box.children[::-1]
    for widget in held[len(facts) :]:
        box.remove_widget(widget)
    for number, fact in enumerate(facts):
        widget = held[number] if number < len(held) else make()
        fill(widget, fact)
        if number >= len(held):
            box.add_widget(widget)


Builder.load_file(str(Path(__file__).with_name("forms.kv")))
