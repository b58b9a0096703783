"""The end of a shift: nothing is pending, or what is, why, and what can be done about it."""

from enum import Enum
from uuid import UUID

import msgspec

from mobile_app.effects import GoTo, Lock, OpenCard, ReadShiftEnd, SignOut, SyncNow
from mobile_app.screens.agenda import Agenda, Item, days_until
from mobile_app.screens.outbox.model import Edit, Standing
from schemas.record import Struct

MOST_SHOWN = 8  # of one kind: the list behind its button has them all


class Kind(Enum):
    """Why something is pending, what needs a person first."""

    TO_DECIDE = "to_decide"  # not taken by the server
    UNSENT = "unsent"  # sent by itself, but only while its author is at a tablet with a line
    DUE = "due"  # promised for today or earlier


class Pending(Struct, frozen=True):
    """One thing that is pending: an edit, or a promise."""

    record_id: UUID
    edit: Edit | None = None
    promise: Item | None = None


class ShiftEndModel(Struct, frozen=True):
    """What the screen shows."""

    edits: tuple[Edit, ...] = ()
    agenda: Agenda = Agenda()
    online: bool = True
    known: bool = False  # it has been read: nothing is said before
    confirming_sign_out: bool = False

    @property
    def sections(self) -> tuple[tuple[Kind, tuple[Pending, ...]], ...]:
        """What is pending, by its reason; reasons without anything are left out."""
        found: dict[Kind, list[Pending]] = {kind: [] for kind in Kind}
        for edit in sorted(self.edits, key=lambda edit: edit.at_ms):
            found[_kind_of(edit)].append(Pending(record_id=edit.record_id, edit=edit))
        for item in self.agenda.to_do:
            if _is_due(self.agenda, item):
                found[Kind.DUE].append(Pending(record_id=item.record_id, promise=item))
        return tuple((kind, tuple(pending)) for kind, pending in found.items() if pending)

    @property
    def is_clear(self) -> bool:
        """Whether the person may go with nothing left behind."""
        return self.known and not self.sections


class ShiftEndRead(Struct, frozen=True):
    """How this tablet stands for its person."""

    edits: tuple[Edit, ...]
    agenda: Agenda
    online: bool = True


class Entered(Struct, frozen=True):
    pass


class Changed(Struct, frozen=True):
    """Something was written, sent or answered."""


class Emptied(Struct, frozen=True):
    """The person left: nothing of his stays."""


class WayPressed(Struct, frozen=True):
    """What can be done about one kind of pending things."""

    kind: Kind


class RowPressed(Struct, frozen=True):
    record_id: UUID


class HandOverPressed(Struct, frozen=True):
    pass


class SignOutPressed(Struct, frozen=True):
    pass


class BackPressed(Struct, frozen=True):
    pass


ShiftEndEvent = (
    ShiftEndRead
    | Entered
    | Changed
    | Emptied
    | WayPressed
    | RowPressed
    | HandOverPressed
    | SignOutPressed
    | BackPressed
)
ShiftEndEffect = ReadShiftEnd | SyncNow | OpenCard | GoTo | Lock | SignOut
Decided = tuple[ShiftEndModel, list[ShiftEndEffect]]


def update(model: ShiftEndModel, event: ShiftEndEvent) -> Decided:
    """Decide what is shown and asked for. Nothing here keeps a person from leaving: all is kept."""
    change = msgspec.structs.replace
    match event:
        case ShiftEndRead(edits=edits, agenda=agenda, online=online):
            return change(model, edits=edits, agenda=agenda, online=online, known=True), []
        case Entered():
            return ShiftEndModel(), [ReadShiftEnd()]
        case Changed():
            return model, [ReadShiftEnd()]
        case Emptied():
            return ShiftEndModel(), []
        case WayPressed(kind=Kind.TO_DECIDE):
            return model, [GoTo(screen="outbox")]
        case WayPressed(kind=Kind.UNSENT):
            return model, [SyncNow()]
        case WayPressed():
            return model, [GoTo(screen="follow_ups")]
        case RowPressed(record_id=record_id):
            return model, [OpenCard(record_id=record_id), GoTo(screen="find")]
        case HandOverPressed():
            return model, [Lock()]
        case SignOutPressed() if model.confirming_sign_out:
            return change(model, confirming_sign_out=False), [SignOut()]
        case SignOutPressed():
            return change(model, confirming_sign_out=True), []
        case BackPressed():
            return change(model, confirming_sign_out=False), [GoTo(screen="settings")]


def _kind_of(edit: Edit) -> Kind:
    return Kind.UNSENT if edit.standing is Standing.WAITING or edit.decided else Kind.TO_DECIDE


def _is_due(agenda: Agenda, item: Item) -> bool:
    days = days_until(agenda, item)
    return days is not None and days <= 0
