"""The look, live: ``theme`` is what kv and views bind to; a change is on screen at the next frame."""

from pathlib import Path
from typing import Any

from kivy.core.text import LabelBase
from kivy.event import EventDispatcher
from kivy.lang.parser import global_idmap
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.utils import get_color_from_hex

from mobile_app.theme.icons import icon
from mobile_app.theme.tokens import TIERS, TOKENS, TYPE, tone_pair

FONTS = Path(__file__).with_name("fonts")

_Colours = type("_Colours", (EventDispatcher,), {name: ColorProperty("#000000") for name in TOKENS["light"]})


class Theme(_Colours):  # type: ignore[valid-type, misc]
    """The colours of the moment and how the person likes the tablet."""

    dark = BooleanProperty(False)
    font_scale = NumericProperty(1.0)  # multiplies every type role
    left_handed = BooleanProperty(False)
    right_to_left = BooleanProperty(False)  # one reads from the right: rows, rail, chips and text begin there
    start = StringProperty("left")  # the side a line begins on
    end = StringProperty("right")
    still = BooleanProperty(False)  # no animations

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_dark()

    def on_dark(self, *_: Any) -> None:
        """Take the colours of light or dark."""
        for name, colour in TOKENS["dark" if self.dark else "light"].items():
            setattr(self, name, get_color_from_hex(colour))

    def on_right_to_left(self, *_: Any) -> None:
        """Begin and end lines on the other side."""
        self.start, self.end = ("right", "left") if self.right_to_left else ("left", "right")


def tone_of(key: int, *, dark: bool) -> tuple[list[float], list[float]]:
    """Return background and ink for something numbered, as Kivy colours."""
    background, ink = tone_pair(key, dark=dark)
    return get_color_from_hex(background), get_color_from_hex(ink)


def tier_tone(tier: str) -> tuple[list[float], list[float]]:
    """Return background and ink of a loyalty tier; a tier this build does not know looks like the first."""
    background, ink = TIERS.get(tier, TIERS["silver"])
    return get_color_from_hex(background), get_color_from_hex(ink)


def rail_scale(font_scale: float) -> float:
    """Return how much wider the rail is for this size of text: its longest word stays whole."""
    return max(1.0, 0.25 + 0.75 * font_scale)


def _register_fonts() -> None:
    semi_bold = str(FONTS / "Inter_600SemiBold.ttf")
    for name, regular in (
        ("Inter", "Inter_400Regular.ttf"),
        ("InterM", "Inter_500Medium.ttf"),
        ("InterSB", "Inter_600SemiBold.ttf"),
        ("Serif", "CormorantGaramond_600SemiBold.ttf"),
        ("Icons", "materialdesignicons-webfont.ttf"),
    ):
        LabelBase.register(name, str(FONTS / regular), fn_bold=semi_bold if name == "Inter" else None)


_register_fonts()
theme = Theme()
# Every kv rule may say theme.primary, icon("close") and TYPE["name"] without importing.
global_idmap.update(
    theme=theme, icon=icon, TYPE=TYPE, tone_of=tone_of, tier_tone=tier_tone, rail_scale=rail_scale
)
