"""Coloured surfaces, what can be pressed, and the small things that sit on them."""

from pathlib import Path
from typing import Any

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.graphics import Color, InstructionGroup, SmoothLine, SmoothRoundedRectangle
from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
    VariableListProperty,
)
from kivy.uix.behaviors import ButtonBehavior, FocusBehavior

from mobile_app.theme import theme
from mobile_app.widgets.layouts import Box

HOLD_S = 0.5  # a press this long is a long one
HOLD_WITHIN_DP = 24
_ENTER, _SPACE = 13, 32
_MOVES = ("pos", "size", "radius", "state_ink")  # what a veil or a ring follows


class Surface(Box):
    """A box with a colour, a radius and perhaps a border.

    What cannot be seen is not drawn: half of all surfaces are clear, and each costs as much as one in colour.
    """

    bg = ColorProperty([0, 0, 0, 0])
    border = ColorProperty(None, allownone=True)
    radius = VariableListProperty([0], length=4)

    def __init__(self, **kwargs: Any) -> None:
        self._ground: _Ground | None = None
        super().__init__(**kwargs)
        for name in ("pos", "size", "radius", "bg", "border"):
            self.fbind(name, self._draw_ground)
        self._draw_ground()

    def _draw_ground(self, *_: Any) -> None:
        bg, border = self.bg, self.border
        if not (bg[3] or (border and border[3])):
            if self._ground is not None:
                self.canvas.before.remove(self._ground.group)
                self._ground = None
            return
        if self._ground is None:
            self._ground = _Ground()
            self.canvas.before.insert(0, self._ground.group)  # under what a screen draws there itself
        self._ground.follow(self)


class _Ground:
    """What is drawn of a surface: its border, and its colour within."""

    def __init__(self) -> None:
        self.group = InstructionGroup()
        self._edge, self._rim = Color(), SmoothRoundedRectangle()
        self._fill, self._inner = Color(), SmoothRoundedRectangle()
        for each in (self._edge, self._rim, self._fill, self._inner):
            self.group.add(each)

    def follow(self, surface: Surface) -> None:
        """Lie where the surface lies, and look as it does."""
        (x, y), (width, height), radius = surface.pos, surface.size, surface.radius
        rim = dp(1) if surface.border else 0
        self._edge.rgba = surface.border or surface.bg
        self._fill.rgba = surface.bg
        self._rim.pos, self._rim.size, self._rim.radius = (x, y), (width, height), radius
        self._inner.pos = (x + rim, y + rim)
        self._inner.size = (max(0, width - 2 * rim), max(0, height - 2 * rim))
        self._inner.radius = [max(0, corner - rim) for corner in radius]


class _Touch:
    """What is drawn over a surface while it is pressed, or focused by key."""

    def __init__(self) -> None:
        self.group = InstructionGroup()
        self._veil, self._over = Color(), SmoothRoundedRectangle()
        self._ring, self._line = Color(), SmoothLine()
        for each in (self._veil, self._over, self._ring, self._line):
            self.group.add(each)

    def follow(self, pressed: "Pressable") -> None:
        """Lie over what is pressed."""
        (x, y), (width, height), radius = pressed.pos, pressed.size, pressed.radius
        self._veil.rgba = [*list(pressed.state_ink or theme.surface_ink)[:3], pressed.layer]
        self._over.pos, self._over.size, self._over.radius = (x, y), (width, height), radius
        self._ring.rgba = [*list(theme.primary)[:3], 1 if pressed.ring else 0]
        self._line.width = dp(1.2)
        self._line.rounded_rectangle = (
            x + dp(2),
            y + dp(2),
            max(1, width - dp(4)),
            max(1, height - dp(4)),
            max(1, min(radius[0], height / 2 - dp(2))),
        )


class Pressable(ButtonBehavior, FocusBehavior, Surface):
    """A surface that can be tapped, or focused by Tab and pressed by Enter or Space.

    Where ``holds`` is set, a long press (by keyboard Shift and Enter) is ``on_hold`` and no tap.
    """

    layer = NumericProperty(0)
    state_ink = ObjectProperty(None, allownone=True)
    a11y = StringProperty("")  # what a screen reader would say; the text where it is empty
    holds = BooleanProperty(False)
    ring = BooleanProperty(False)  # focused by key: a finger knows where it is
    __events__: tuple[str, ...] = ("on_hold",)

    def __init__(self, **kwargs: Any) -> None:
        self._touching = self._held = False
        self._touched_at = (0.0, 0.0)
        self._touch: _Touch | None = None
        super().__init__(**kwargs)
        for name in ("layer", "ring"):
            self.fbind(name, self._draw_touch)
        self._hold = Clock.create_trigger(self._hold_now, HOLD_S)

    def on_hold(self) -> None: ...

    def _draw_touch(self, *_: Any) -> None:
        if self.layer or self.ring:
            if self._touch is None:
                self._touch = _Touch()
                self.canvas.after.insert(0, self._touch.group)
                self.bind(**dict.fromkeys(_MOVES, self._draw_touch))
                theme.bind(surface_ink=self._draw_touch, primary=self._draw_touch)
            self._touch.follow(self)
        elif self._touch is not None:
            self.canvas.after.remove(self._touch.group)
            self.unbind(**dict.fromkeys(_MOVES, self._draw_touch))
            theme.unbind(surface_ink=self._draw_touch, primary=self._draw_touch)
            self._touch = None

    def on_focus(self, *_: Any) -> None:
        """Draw the ring only where a key brought the focus."""
        self.ring = self.focus and not self._touching

    def on_touch_down(self, touch: Any) -> bool:
        """Begin to count a long press."""
        self._touching = True
        try:
            taken = bool(super().on_touch_down(touch))
        finally:
            self._touching = False
        if taken and self.holds and touch.grab_current is None and self.collide_point(*touch.pos):
            self._held, self._touched_at = False, touch.pos
            self._hold()
        return taken

    def on_touch_move(self, touch: Any) -> bool:
        """A finger that wanders off means something else."""
        far = max(abs(touch.x - self._touched_at[0]), abs(touch.y - self._touched_at[1]))
        if touch.grab_current is self and far > dp(HOLD_WITHIN_DP):
            self._hold.cancel()
        return bool(super().on_touch_move(touch))

    def on_touch_up(self, touch: Any) -> bool:
        """A long press was told already; letting go of it is no tap."""
        if touch.grab_current is self:
            self._hold.cancel()
            if self._held:
                self._held = False
                touch.ungrab(self)
                self.state = "normal"
                return True
        return bool(super().on_touch_up(touch))

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
            if self.holds and "shift" in modifiers:
                self.dispatch("on_hold")
            else:
                self.dispatch("on_press")
                self.dispatch("on_release")
            return True
        return bool(super().keyboard_on_key_down(window, keycode, text, modifiers))

    def _hold_now(self, *_: Any) -> None:
        if self.state == "down" and not self.disabled:
            self._held = True
            self.dispatch("on_hold")


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
