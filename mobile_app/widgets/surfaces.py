"""Coloured surfaces, what can be pressed, and the small things that sit on them."""

from pathlib import Path
from typing import Any

from kivy.animation import Animation
from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
    VariableListProperty,
)
from kivy.uix.behaviors import ButtonBehavior, FocusBehavior
from kivy.uix.boxlayout import BoxLayout

from mobile_app.theme import theme

_ENTER, _SPACE = 13, 32


class Surface(BoxLayout):
    """A box with a colour, a radius and perhaps a border."""

    bg = ColorProperty([0, 0, 0, 0])
    border = ColorProperty(None, allownone=True)
    radius = VariableListProperty([0], length=4)


class Pressable(ButtonBehavior, FocusBehavior, Surface):
    """A surface that can be tapped, or focused by Tab and pressed by Enter or Space."""

    layer = NumericProperty(0)
    state_ink = ObjectProperty(None, allownone=True)
    a11y = StringProperty("")  # what a screen reader would say; the text where it is empty
    held = BooleanProperty(False)

    def on_state(self, *_: Any) -> None:
        """Show a press at once and let it fade."""
        Animation.cancel_all(self, "layer")
        if self.state == "down":
            self.layer = 0.12
        elif theme.still:
            self.layer = 0
        else:
            Animation(layer=0, d=0.18, t="out_quad").start(self)

    def keyboard_on_key_down(self, window: Any, keycode: Any, text: str, modifiers: list[str]) -> bool:
        """Press by keyboard; Tab moves on."""
        if keycode[0] in (_ENTER, _SPACE):
            self.dispatch("on_press")
            self.dispatch("on_release")
            return True
        return bool(super().keyboard_on_key_down(window, keycode, text, modifiers))


class Avatar(Surface):
    """Initials in a circle."""

    text = StringProperty()
    fg = ColorProperty([0, 0, 0, 1])


class Pill(Surface):
    """A word or two on a rounded ground, with an icon if it helps; tells a state, cannot be pressed."""

    text = StringProperty()
    icon_name = StringProperty()
    fg = ColorProperty([0, 0, 0, 1])


Builder.load_file(str(Path(__file__).with_name("surfaces.kv")))
