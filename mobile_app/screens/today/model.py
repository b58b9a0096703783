"""The first screen of a shift: whom to think of today, and who comes."""

from uuid import UUID

import msgspec

from mobile_app.effects import GoTo, OpenCard, ReadAgenda, Submit
from mobile_app.screens.agenda import Agenda, Item
from mobile_app.screens.today.reasons import Do, Person, people
from mobile_app.screens.undo_move import Moved, ending, taken_back
from schemas.record import Struct


class TodayModel(Struct, frozen=True):
    """What Today shows."""

    agenda: Agenda = Agenda()
    people: tuple[Person, ...] = ()
    read: bool = False
    made: Moved | None = None  # the last thing done, while it may be taken back
    makes: int = 0

    @property
    def comes(self) -> tuple[Item, ...]:
        """The appointments of today."""
        return tuple(item for item in self.agenda.comes if item.day == self.agenda.today)

    @property
    def later(self) -> tuple[Item, ...]:
        """The next appointments after today."""
        coming = [item for item in self.agenda.comes if item.day and item.day > self.agenda.today]
        return tuple(coming[:3])

    @property
    def left(self) -> int:
        """How many things are due beyond the people shown."""
        shown = {each.record_id for each in self.people}
        due = [
            item
            for item in self.agenda.to_do
            if item.day is not None and item.day <= self.agenda.today and item.record_id not in shown
        ]
        return len(due)


class Entered(Struct, frozen=True):
    """The screen came to the front."""


class Changed(Struct, frozen=True):
    """Something on this tablet is other than it was."""


class AgendaRead(Struct, frozen=True):
    agenda: Agenda


class PersonPressed(Struct, frozen=True):
    record_id: UUID


class ActPressed(Struct, frozen=True):
    """The one thing to do about somebody."""

    record_id: UUID


class AllPressed(Struct, frozen=True):
    pass


class UndoPressed(Struct, frozen=True):
    pass


class UndoOver(Struct, frozen=True):
    makes: int


class Emptied(Struct, frozen=True):
    """The person left."""


TodayEvent = (
    Entered
    | Changed
    | AgendaRead
    | PersonPressed
    | ActPressed
    | AllPressed
    | UndoPressed
    | UndoOver
    | Emptied
)
TodayEffect = ReadAgenda | OpenCard | GoTo | Submit
Decided = tuple[TodayModel, list[TodayEffect]]


def update(model: TodayModel, event: TodayEvent) -> Decided:
    """Decide what Today shows and does."""
    change = msgspec.structs.replace
    match event:
        case Entered() | Changed():
            return model, [ReadAgenda()]
        case AgendaRead(agenda=agenda):
            return change(model, agenda=agenda, people=people(agenda), read=True), []
        case PersonPressed(record_id=record_id):
            return model, [OpenCard(record_id=record_id), GoTo(screen="find")]
        case ActPressed(record_id=record_id):
            return _act(model, record_id)
        case AllPressed():
            return model, [GoTo(screen="follow_ups")]
        case UndoPressed() if model.made is not None:
            back = taken_back(model.made)
            return change(model, made=None), [Submit(record_id=model.made.record_id, mutation=back)]
        case UndoOver(makes=makes) if makes == model.makes:
            return change(model, made=None), []
        case Emptied():
            return TodayModel(), []
        case _:
            return model, []


def _act(model: TodayModel, record_id: UUID) -> Decided:
    person = next((each for each in model.people if each.record_id == record_id), None)
    if person is None:
        return model, []
    if person.do is Do.DONE and person.item is not None:
        made = ending(person.item, "done")
        done = msgspec.structs.replace(model, made=made, makes=model.makes + 1)
        return done, [Submit(record_id=record_id, mutation=made.mutation)]
    return model, [OpenCard(record_id=record_id), GoTo(screen="find")]
