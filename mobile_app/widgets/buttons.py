"""Buttons and chips."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, OptionProperty, StringProperty

from mobile_app.widgets.surfaces import Pressable


class Btn(Pressable):
    """A button with a text, an icon or both."""

    text = StringProperty()
    icon_name = StringProperty()
    at_most = NumericProperty(0)  # a word longer than this goes on in a second line; 0: never
    kind = OptionProperty("filled", options=["filled", "tonal", "text", "outlined"])
    fg = ColorProperty(None, allownone=True)
    _fg = ColorProperty([0, 0, 0, 1])


class IconBtn(Pressable):
    """A round button that is an icon."""

    icon_name = StringProperty("circle")
    tonal = BooleanProperty(False)
    fg = ColorProperty(None, allownone=True)


class FilterChip(Pressable):
    """A filter that is on or off; a check mark tells it besides the colour."""

    text = StringProperty()
    on = BooleanProperty(False)


Builder.load_file(str(Path(__file__).with_name("buttons.kv")))
