"""Text in a role of the type scale, and icons."""

from pathlib import Path

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
    one_line = BooleanProperty(False)  # shortened with an ellipsis


class Ico(Label):
    """An icon of the app's font."""

    name = StringProperty("circle")
    px = NumericProperty(24)
    ink = ObjectProperty(None, allownone=True)


Builder.load_file(str(Path(__file__).with_name("text.kv")))
