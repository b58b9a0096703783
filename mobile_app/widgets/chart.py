"""Spending month by month, drawn where people compare."""

from typing import Any

from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, Rectangle, SmoothRoundedRectangle
from kivy.metrics import dp, sp
from kivy.properties import ListProperty, StringProperty
from kivy.uix.widget import Widget

from mobile_app.theme import theme


class SpendChart(Widget):
    """Bars, the highest one named. ``values`` and ``labels`` have one item per month, oldest first.

    With ``parts`` each bar is filled from below as far as that part of its month reaches, and the highest
    part is named.
    """

    values = ListProperty()
    parts = ListProperty()
    a11y = StringProperty()  # all of it in words
    labels = ListProperty()
    peak = StringProperty()  # what the highest bar says, already written out

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._trigger = Clock.create_trigger(self._draw)
        self.bind(
            pos=self._trigger,
            size=self._trigger,
            values=self._trigger,
            parts=self._trigger,
            labels=self._trigger,
            peak=self._trigger,
        )
        theme.bind(dark=self._trigger, font_scale=self._trigger, right_to_left=self._trigger)

    def _say(self, text: str, center: float, bottom: float, ink: Any, size: int) -> None:
        label = CoreLabel(text=text, font_size=sp(size) * min(theme.font_scale, 1.6), font_name="InterM")
        label.refresh()
        Color(*ink)
        x = min(max(center - label.texture.width / 2, self.x), self.right - label.texture.width)
        Rectangle(texture=label.texture, size=label.texture.size, pos=(round(x), round(bottom)))

    def _bar(self, x: float, base: float, width: float, tall: float) -> float:
        """Draw one bar, at least a stroke, and return how tall it became."""
        tall = max(dp(3), tall)
        corner = min(dp(5), tall / 2)
        SmoothRoundedRectangle(pos=(x, base), size=(width, tall), radius=[corner, corner, 0, 0])
        return tall

    def _draw(self, *_: Any) -> None:
        self.canvas.clear()
        if not self.values or self.width < dp(40):
            return
        scale = min(theme.font_scale, 1.6)
        count, highest, gap = len(self.values), max(max(self.values), 1), dp(7)
        base = self.y + dp(22) * scale
        width = (self.width - gap * (count - 1)) / count
        height = max(dp(10), self.top - base - dp(20) * scale)
        named = self.parts or self.values
        peak_at = named.index(max(named))
        with self.canvas:
            Color(*theme.outline_variant)
            for line in range(3):
                Rectangle(pos=(self.x, round(base + height * line / 2)), size=(self.width, dp(1)))
            for at, value in enumerate(self.values):
                is_peak = at == peak_at and named[at] > 0
                Color(*(theme.primary if is_peak and not self.parts else theme.primary_container))
                x = self.x + (count - 1 - at if theme.right_to_left else at) * (width + gap)
                tall = self._bar(x, base, width, height * value / highest)
                if self.parts and self.parts[at] > 0:
                    Color(*theme.primary)
                    self._bar(x, base, width, min(tall, height * self.parts[at] / highest))
                self._say(
                    self.labels[at] if at < len(self.labels) else "",
                    x + width / 2,
                    self.y,
                    theme.variant_ink,
                    11,
                )
                if is_peak:
                    self._say(self.peak, x + width / 2, base + tall + dp(3), theme.surface_ink, 12)
