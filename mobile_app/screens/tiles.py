"""Tiles side by side that share the width there is."""

from typing import Any

from kivy.metrics import dp
from kivy.properties import NumericProperty

from mobile_app.widgets.layouts import Stack


class Tiles(Stack):
    """As many tiles in a row as fit, each as wide as all of them together allow: kv reads ``tile``."""

    at_least = NumericProperty(dp(200))
    tile = NumericProperty(dp(200))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(width=self._share, at_least=self._share, spacing=self._share)

    def _share(self, *_: Any) -> None:
        gap = self.spacing[0] if isinstance(self.spacing, list | tuple) else self.spacing
        columns = max(1, int((self.width + gap) // (self.at_least + gap)))
        self.tile = max(1.0, (self.width - gap * (columns - 1)) / columns - 0.5)
