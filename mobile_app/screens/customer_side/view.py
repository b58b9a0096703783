"""Draws the customer's side: large words, lines to write, boxes to tick, a pad to sign on.

No key leads out of it: only those that write are heard, and only while she writes.
"""

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
from mobile_app.screens.customer_side.details import Detail
from mobile_app.screens.customer_side.model import (
    CONSENTS,
    ConfirmPressed,
    CustomerSideModel,
    DetailsPressed,
    DetailTyped,
    LeavePressed,
    Line,
    LinePressed,
    SignatureErased,
    Signed,
    TimeOver,
)
from mobile_app.screens.forms import Field, FormView, refill
from mobile_app.theme import theme
from mobile_app.widgets import Pressable, Surface
from schemas.signature import normalised

PATIENCE_S = 120.0  # without a touch or a key, then the tablet locks itself
_WRITING = frozenset((8, 9, 13, 127, 271, *range(273, 280)))  # erase, Tab, Enter, the arrows, home and end
_SHORTCUTS = frozenset(("ctrl", "meta", "alt"))


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
    corrects = BooleanProperty(False)  # a way to her details is offered

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
        Window.bind(on_key_down=self._key_down, on_keyboard=self._key, on_textinput=self._text)
        self._patience()

    def left(self) -> None:
        self._in_front = False
        self._patience.cancel()
        Window.unbind(on_key_down=self._key_down, on_keyboard=self._key, on_textinput=self._text)

    def _key_down(self, _: Any, code: int, __: int, text: str | None, held: list[str]) -> bool:
        """Swallow what does not write in a line of hers, and pasting: what was copied is the seller's."""
        writes = code in _WRITING or bool(text and text.isprintable())
        return not (self._is_writing() and writes and _SHORTCUTS.isdisjoint(held))

    def _key(self, *_: Any) -> bool:
        return True

    def _text(self, *_: Any) -> bool:
        return not self._is_writing()

    def _is_writing(self) -> bool:
        """Whether a line of hers has the keys; somebody is there then."""
        writing = any(field.ids.input.focus for field in self.ids.details.children)
        if writing:
            self._patience.cancel()
            self._patience()
        return writing

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
        writes = model.page != CONSENTS
        self.signs = bool(model.ticked) and not writes
        self.corrects = bool(model.details) and not writes
        ids.name.text = (tr("Your details") if model.is_new else model.name) if writes else model.name
        ids.lead.text = _lead(model)

        def fill_detail(field: Field, detail: Detail) -> None:
            field.key = detail.field
            field.show(_label(detail.field), detail.text)

        refill(ids.details, model.details if writes else (), self._detail, fill_detail)

        def fill(row: AllowLine, line: Line) -> None:
            row.key, row.text = line.key, line.text
            row.on = (line.key in model.ticked) or (line.allowed and line.key not in model.withdrawn)
            row.icon_name = "check-circle" if row.on else "circle-outline"
            row.state_words = _state(line, model)
            row.a11y = f"{line.text} {row.state_words}"

        refill(ids.lines, () if writes else model.lines, self._line, fill)
        if not model.strokes:
            ids.pad.erase()
        ids.pad.hint = "" if model.strokes else tr("Sign here with your finger")
        ids.problem.text = _problem(model.problem)
        ids.again.text = tr("Sign again")
        ids.mine.text = tr("My details")
        ids.leave.text = tr("Give it back") if model.is_new else tr("Change nothing")
        if writes and model.lines:
            ids.confirm.text = tr("Continue")
        else:
            ids.confirm.text = tr("Confirm") if model.says else tr("All done")
        ids.thanks_title.text, ids.thanks_lead.text = _thanks(model)
        ids.back.text = tr("Back to work, with PIN")

    def _detail(self) -> Field:
        field = Field()
        field.ids.input.use_bubble = field.ids.input.use_handles = False  # they paste what others copied
        field.bind(on_typed=lambda typed, text: self.emit(DetailTyped(field=typed.key, text=text)))
        field.bind(on_entered=self._entered)
        return field

    def _entered(self, field: Field) -> None:
        """Go on to the next line at Enter."""
        fields = self.ids.details.children[::-1]
        after = fields.index(field) + 1
        if after < len(fields):
            Clock.schedule_once(lambda _: setattr(fields[after].ids.input, "focus", True))

    def _line(self) -> AllowLine:
        row = AllowLine()
        row.bind(on_release=lambda pressed: self.emit(LinePressed(key=pressed.key)))
        return row

    def confirm(self) -> None:
        """The button of the same name."""
        self.emit(ConfirmPressed())

    def see_details(self) -> None:
        """The way to what is known of her."""
        self.emit(DetailsPressed())

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


def _thanks(model: CustomerSideModel) -> tuple[str, str]:
    if model.lost:
        return tr("This could not be kept."), tr(
            "The tablet did not take all of what you said. Please tell whoever serves you."
        )
    if model.kept:
        return tr("Thank you."), tr("What you said is kept and holds at once. Please give the tablet back.")
    return tr("Thank you."), tr("Nothing was changed. Please give the tablet back.")


def _lead(model: CustomerSideModel) -> str:
    if model.page != CONSENTS:
        return (
            tr("One name is enough. What you leave out stays unknown to us.")
            if model.is_new
            else tr("Correct what is wrong. What you erase is no longer known to us.")
        )
    if not model.lines:
        return tr("There is nothing to ask you today.")
    return tr("What may we do with your details? Tick what you allow. You can change your mind at any time.")


def _label(field: str) -> str:
    return {
        "given_name": tr("First name"),
        "family_name": tr("Last name"),
        "phone": tr("Phone"),
        "email": tr("E-mail"),
    }.get(field, field)


def _problem(code: str) -> str:
    return {
        "unsigned": tr("Please sign first."),
        "name_missing": tr("A first or a last name is needed."),
        "value_invalid": tr("This does not fit here. Look at it once more."),
    }.get(code, "")


Builder.load_file(str(Path(__file__).with_name("view.kv")))
