"""Draws the customer's side: large words, boxes to tick, a pad to sign on. No key leads out of it."""

from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics import Color
from kivy.graphics import Line as Ink
from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import BooleanProperty, StringProperty

from mobile_app.i18n import tr
from mobile_app.screens.customer_side.model import (
    ConfirmPressed,
    CustomerSideModel,
    LeavePressed,
    Line,
    LinePressed,
    SignatureErased,
    Signed,
    TimeOver,
)
from mobile_app.screens.forms import FormView, refill
from mobile_app.theme import theme
from mobile_app.widgets import Pressable, Surface
from schemas.signature import normalised

PATIENCE_S = 120.0  # without a touch, then the tablet locks itself


class AllowLine(Pressable):
    """One thing she may allow or take back."""

    key = StringProperty()
    text = StringProperty()
    state_words = StringProperty()
    icon_name = StringProperty("circle-outline")
    on = BooleanProperty(False)


class SignaturePad(Surface):
    """Where she signs. Strokes are kept as drawn, and drawn again when the pad changes its size."""

    hint = StringProperty()
    __events__ = ("on_signed",)

    def __init__(self, **kwargs: Any) -> None:
        self._strokes: list[list[tuple[float, float]]] = []  # shares of the pad, y downwards
        super().__init__(**kwargs)
        self.bind(pos=self._draw, size=self._draw)
        theme.bind(dark=self._draw)

    def on_signed(self) -> None: ...

    def signature(self) -> tuple[tuple[int, ...], ...]:
        """Return what was drawn, on the sheet."""
        return normalised(self._strokes, width=1.0, height=1.0)

    def erase(self) -> None:
        """Begin anew."""
        if self._strokes:
            self._strokes = []
            self._draw()

    def on_touch_down(self, touch: Any) -> bool:
        """Begin a stroke."""
        if self.disabled or not self.collide_point(*touch.pos):
            return bool(super().on_touch_down(touch))
        touch.grab(self)
        self._strokes.append([self._share(touch)])
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """Go on with it."""
        if touch.grab_current is not self:
            return bool(super().on_touch_move(touch))
        if self._strokes:
            self._strokes[-1].append(self._share(touch))
            self._draw()
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """End it."""
        if touch.grab_current is not self:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        self._draw()
        self.dispatch("on_signed")
        return True

    def _share(self, touch: Any) -> tuple[float, float]:
        x = (touch.x - self.x) / max(self.width, 1)
        y = (self.top - touch.y) / max(self.height, 1)
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    def _draw(self, *_: Any) -> None:
        self.canvas.after.clear()
        with self.canvas.after:
            Color(*theme.surface_ink)
            for stroke in self._strokes:
                points = [
                    part for x, y in stroke for part in (self.x + x * self.width, self.top - y * self.height)
                ]
                Ink(points=points, width=dp(1.6), cap="round", joint="round")


class CustomerSideView(FormView):
    """Shows a ``CustomerSideModel``."""

    over = BooleanProperty(False)
    signs = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # A widget that is out of the tree is only held by what holds it here.
        self._asking, self._thanks = self.ids.asking.__self__, self.ids.thanks.__self__
        self._in_front = False
        self._patience = Clock.create_trigger(lambda _: self.emit(TimeOver()), PATIENCE_S)
        self.ids.pad.bind(on_signed=lambda pad: self.emit(Signed(strokes=pad.signature())))
        self.remove_widget(self._thanks)

    def entered(self) -> None:
        """Take every key: none leads anywhere."""
        self._in_front = True
        Window.bind(on_key_down=_swallow, on_keyboard=_swallow, on_textinput=_swallow)
        self._patience()

    def left(self) -> None:
        self._in_front = False
        self._patience.cancel()
        Window.unbind(on_key_down=_swallow, on_keyboard=_swallow, on_textinput=_swallow)

    def on_touch_down(self, touch: Any) -> bool:
        """A touch shows that somebody is there. None passes through to what may lie behind."""
        if self._in_front:
            self._patience.cancel()
            self._patience()
        super().on_touch_down(touch)
        return True

    def show(self, model: CustomerSideModel) -> None:
        """Put the model's facts in words and on the screen."""
        ids = self.ids
        if model.over != self.over:
            self.over = model.over
            self.clear_widgets()
            self.add_widget(self._thanks if model.over else self._asking)
        self.signs = bool(model.ticked)
        ids.name.text = model.name
        ids.lead.text = (
            tr("What may we do with your details? Tick what you allow. You can change your mind at any time.")
            if model.lines
            else tr("There is nothing to ask you today.")
        )

        def fill(row: AllowLine, line: Line) -> None:
            row.key, row.text = line.key, line.text
            row.on = (line.key in model.ticked) or (line.allowed and line.key not in model.withdrawn)
            row.icon_name = "check-circle" if row.on else "circle-outline"
            row.state_words = _state(line, model)
            row.a11y = f"{line.text} {row.state_words}"

        refill(ids.lines, model.lines, self._line, fill)
        if not model.strokes:
            ids.pad.erase()
        ids.pad.hint = "" if model.strokes else tr("Sign here with your finger")
        ids.problem.text = tr("Please sign first.") if model.problem else ""
        ids.again.text = tr("Sign again")
        ids.leave.text = tr("Change nothing")
        ids.confirm.text = tr("Confirm") if model.says else tr("All done")
        ids.thanks_title.text = tr("Thank you.")
        ids.thanks_lead.text = (
            tr("What you said is kept and holds at once. Please give the tablet back.")
            if model.kept
            else tr("Nothing was changed. Please give the tablet back.")
        )
        ids.back.text = tr("Back to work, with PIN")

    def _line(self) -> AllowLine:
        row = AllowLine()
        row.bind(on_release=lambda pressed: self.emit(LinePressed(key=pressed.key)))
        return row

    def confirm(self) -> None:
        """The button of the same name."""
        self.emit(ConfirmPressed())

    def leave(self) -> None:
        """Give the tablet back."""
        self.emit(LeavePressed())

    def sign_again(self) -> None:
        """Begin the signature anew."""
        self.ids.pad.erase()
        self.emit(SignatureErased())


def _state(line: Line, model: CustomerSideModel) -> str:
    if line.key in model.withdrawn:
        return tr("Taken back")
    if line.allowed:
        return tr("You allow this. Tap to take it back.")
    return tr("You allow this now.") if line.key in model.ticked else ""


def _swallow(*_: Any) -> bool:
    return True


Builder.load_file(str(Path(__file__).with_name("view.kv")))
