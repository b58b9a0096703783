"""Draws the end of a shift."""

from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty

from mobile_app.i18n import ntr, tr
from mobile_app.screens.agenda import Agenda
from mobile_app.screens.forms import FormView, refill
from mobile_app.screens.leaving.model import (
    MOST_SHOWN,
    BackPressed,
    HandOverPressed,
    Kind,
    Pending,
    RowPressed,
    ShiftEndModel,
    SignOutPressed,
    WayPressed,
)
from mobile_app.screens.promise_words import ICONS, due_words, what_words
from mobile_app.screens.words import edit_words, standing_words
from mobile_app.widgets import Pressable
from mobile_app.widgets.layouts import Box

_SIGNS = {Kind.TO_DECIDE: "alert-circle-outline", Kind.UNSENT: "cloud-upload-outline"}


class Line(NamedTuple):
    """One pending thing, in words."""

    record_id: UUID
    icon_name: str
    name: str
    what: str
    why: str
    late: bool


class PendingRow(Pressable):
    """One pending thing: about whom, what, why. Pressed, it opens her card."""

    record_id = ObjectProperty(UUID(int=0))
    icon_name = StringProperty("circle-outline")
    name = StringProperty()
    what = StringProperty()
    why = StringProperty()
    late = BooleanProperty(False)


class PendingBox(Box):
    """All that is pending for one reason, and what can be done about it."""

    kind = ObjectProperty(Kind.UNSENT)
    title = StringProperty()
    why = StringProperty()
    way = StringProperty()
    more = StringProperty()
    lines = ListProperty()
    __events__ = ("on_pressed", "on_row")

    def on_pressed(self) -> None: ...

    def on_row(self, record_id: UUID) -> None: ...

    def on_lines(self, *_: Any) -> None:
        """Show the rows; they are kept and refilled."""
        refill(self.ids.rows, self.lines, self._row, _fill_row)

    def _row(self) -> PendingRow:
        row = PendingRow()
        row.bind(on_release=lambda pressed: self.dispatch("on_row", pressed.record_id))
        return row


class ShiftEndView(FormView):
    """Shows a ``ShiftEndModel``."""

    clear = BooleanProperty(False)

    def show(self, model: ShiftEndModel) -> None:
        """Say that nothing is pending, or what is."""
        ids = self.ids
        self._model = model
        self.clear = model.is_clear
        ids.title.text = tr("End of shift")
        ids.back.a11y = tr("Back")
        ids.lead.text = _lead(model)
        refill(ids.sections, model.sections, self._box, self._fill)
        ids.hand_over.text = tr("Hand over the tablet")
        ids.sign_out.text = (
            tr("Really sign out? Coming back needs the network")
            if model.confirming_sign_out
            else tr("Sign out")
        )

    def go_back(self) -> None:
        """The arrow was pressed."""
        self.emit(BackPressed())

    def hand_over(self) -> None:
        """The button was pressed."""
        self.emit(HandOverPressed())

    def sign_out(self) -> None:
        """The button was pressed."""
        self.emit(SignOutPressed())

    def _box(self) -> PendingBox:
        box = PendingBox()
        box.bind(
            on_pressed=lambda pressed: self.emit(WayPressed(kind=pressed.kind)),
            on_row=lambda _, record_id: self.emit(RowPressed(record_id=record_id)),
        )
        return box

    def _fill(self, box: PendingBox, section: tuple[Kind, tuple[Pending, ...]]) -> None:
        kind, pending = section
        box.kind = kind
        box.title = _title(kind, len(pending))
        box.why = _why(kind, online=self._model.online)
        box.way = {
            Kind.TO_DECIDE: tr("See and decide"),
            Kind.UNSENT: tr("Try now"),
            Kind.DUE: tr("Follow-ups"),
        }[kind]
        hidden = max(0, len(pending) - MOST_SHOWN)
        box.more = ntr("and {count} more", "and {count} more", hidden).format(count=hidden) if hidden else ""
        box.lines = [_line(kind, each, self._model.agenda) for each in pending[:MOST_SHOWN]]


def _lead(model: ShiftEndModel) -> str:
    if not model.known:
        return ""
    if model.is_clear:
        return tr("Nothing is pending: everything has reached the server and no promise is due.")
    return tr("Nothing is lost if you leave now: all of it is kept here until you come back.")


def _title(kind: Kind, count: int) -> str:
    said = {
        Kind.TO_DECIDE: ntr("{count} change was not taken", "{count} changes were not taken", count),
        Kind.UNSENT: ntr("{count} change is not sent yet", "{count} changes are not sent yet", count),
        Kind.DUE: ntr("{count} promise is due", "{count} promises are due", count),
    }[kind]
    return said.format(count=count)


def _why(kind: Kind, *, online: bool) -> str:
    match kind:
        case Kind.TO_DECIDE:
            return tr("The server has answered; each needs a decision.")
        case Kind.UNSENT if online:
            return tr("They are on their way. Wait a moment before you hand over.")
        case Kind.UNSENT:
            return tr("There is no line. They are sent when you open this tablet again with a line.")
        case _:
            return tr("Do it, put it off or hand it over: she was given a day.")


def _line(kind: Kind, pending: Pending, agenda: Agenda) -> Line:
    item, edit = pending.promise, pending.edit
    if item is not None:
        name = " ".join(word for word in (item.who.given_name, item.who.family_name) if word)
        when = due_words(agenda, item)
        late = item.day is not None and item.day < agenda.today
        sign = ICONS.get(item.what.kind, "circle-outline")
        return Line(pending.record_id, sign, name, what_words(item), when, late)
    assert edit is not None
    why = standing_words(edit) if kind is Kind.TO_DECIDE else ""
    name = edit.customer or tr("A customer no longer on this tablet")
    return Line(pending.record_id, _SIGNS[kind], name, edit_words(edit), why, kind is Kind.TO_DECIDE)


def _fill_row(row: PendingRow, line: Line) -> None:
    row.record_id, row.icon_name, row.name, row.what, row.why, row.late = line


Builder.load_file(str(Path(__file__).with_name("view.kv")))
