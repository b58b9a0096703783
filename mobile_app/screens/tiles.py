"""Tiles side by side that share the width there is, and are as high as the highest of them."""

from typing import Any

from kivy.clock import Clock
from kivy.metrics import dp
from kivy.properties import NumericProperty
from kivy.uix.widget import Widget

from mobile_app.widgets.layouts import Stack


class Tiles(Stack):
    """As many tiles in a row as fit, each as wide as all of them together allow: kv reads ``tile``.

    A tile that says how high it must be, as ``needs``, may be as high as the highest: kv reads ``tallest``.
    """

    at_least = NumericProperty(dp(200))
    tile = NumericProperty(dp(200))
    tallest = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        self._level = Clock.create_trigger(self._measure, -1)
        super().__init__(**kwargs)
        self.bind(width=self._share, at_least=self._share, spacing=self._share)

    def add_widget(self, widget: Widget, *args: Any, **kwargs: Any) -> None:
        """Add a tile."""
        super().add_widget(widget, *args, **kwargs)
        if "needs" in widget.properties():
            widget.fbind("needs", self._level)
            self._level()

    def remove_widget(self, widget: Widget, *args: Any, **kwargs: Any) -> None:
        """Take a tile away."""
        super().remove_widget(widget, *args, **kwargs)
        if "needs" in widget.properties():
            widget.funbind("needs", self._level)
            self._level()

    def _share(self, *_: Any) -> None:
        gap = self.spacing[0] if isinstance(self.spacing, list | tuple) else self.spacing
        columns = max(1, int((self.width + gap) // (self.at_least + gap)))
        self.tile = max(1.0, (self.width - gap * (columns - 1)) / columns - 0.5)

    def _measure(self, *_: Any) -> None:
        self.tallest = max((getattr(each, "needs", 0.0) for each in self.children), default=0.0)
