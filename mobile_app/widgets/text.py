"""Text in a role of the type scale, and icons."""

from pathlib import Path

from kivy.core.text import Label as CoreLabel
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, OptionProperty, StringProperty
from kivy.uix.label import Label

import mobile_app.theme  # noqa: F401 (kv below speaks of theme, TYPE and icon)
from mobile_app.theme.tokens import TYPE


class Txt(Label):
    """A text that takes the width it is given and the height it needs; ``hug`` takes the width it needs.

    ``one_line`` is for rows of a list: what does not fit is told in full by a tap on the row.
    """

    role = OptionProperty("body_m", options=list(TYPE))
    ink = ObjectProperty(None, allownone=True)  # None: the surface's own ink
    hug = BooleanProperty(False)
    side = OptionProperty("start", options=["start", "center", "end"])  # of its line, as one reads
    at_most = NumericProperty(0)  # a text that hugs goes on in a second line from this width on; 0: never
    one_line = BooleanProperty(False)  # shortened with an ellipsis

    def widest(self, text: str, font_size: float) -> float:
        """Return how wide a text is in one line of this font."""
        line = CoreLabel(font_name=self.font_name, font_size=font_size)
        return float(line.get_extents(text)[0]) if text else 0.0


class Ico(Label):
    """An icon of the app's font."""

    name = StringProperty("circle")
    px = NumericProperty(24)
    ink = ObjectProperty(None, allownone=True)


Builder.load_file(str(Path(__file__).with_name("text.kv")))
