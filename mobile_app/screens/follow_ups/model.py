"""What is to be done, by when: overdue, today, later; put off, done, handed over. And who comes this week."""

from datetime import date, datetime, timedelta
from enum import Enum
from uuid import UUID

import msgspec

from mobile_app.effects import GoTo, OpenCard, ReadAgenda, Submit
from mobile_app.screens.agenda import WEEK, Agenda, Item
from mobile_app.screens.days import later_days
from mobile_app.screens.undo_move import Moved, ending, saying, taken_back
from schemas.record import Struct
from schemas.states import MACHINES


class Section(Enum):
    """When something is due."""

    OVERDUE = "overdue"
    TODAY = "today"
    UPCOMING = "upcoming"
    SOME_DAY = "some_day"


class Ask(Enum):
    """What a sheet is about."""

    ITEM = "item"
    LATER = "later"
    OTHER = "other"


class Sheet(Struct, frozen=True):
    """A sheet over the list, about one thing."""

    ask: Ask
    key: str


class FollowUpsModel(Struct, frozen=True):
    """What the screen shows."""

    agenda: Agenda = Agenda()
    whole: bool = False  # the store's, not the reader's own
    week: date | None = None
    sheet: Sheet | None = None
    made: Moved | None = None  # the last move, while it may be taken back
    makes: int = 0

    @property
    def sections(self) -> tuple[tuple[Section, tuple[Item, ...]], ...]:
        """What is to be done, by when; sections without anything are left out."""
        found: dict[Section, list[Item]] = {section: [] for section in Section}
        for item in self.agenda.to_do:
            found[section_of(item, self.agenda.today)].append(item)
        return tuple((section, tuple(items)) for section, items in found.items() if items)

    @property
    def days(self) -> tuple[tuple[date, tuple[Item, ...]], ...]:
        """The seven days looked at, with their appointments by time."""
        first = self.week or self.agenda.today
        days = [first + timedelta(days=number) for number in range(WEEK)]
        return tuple((day, tuple(item for item in self.agenda.comes if item.day == day)) for day in days)

    @property
    def about(self) -> Item | None:
        """What the sheet is about; None when it is gone meanwhile."""
        if self.sheet is None:
            return None
        everything = (*self.agenda.to_do, *self.agenda.comes)
        return next((item for item in everything if item.what.key == self.sheet.key), None)


class Entered(Struct, frozen=True):
    """The screen came to the front."""


class Changed(Struct, frozen=True):
    """Something on this tablet is other than it was."""


class AgendaRead(Struct, frozen=True):
    agenda: Agenda


class WholePressed(Struct, frozen=True):
    """The store's work, or one's own."""

    whole: bool


class WeekPressed(Struct, frozen=True):
    """Another week, by so many."""

    by: int


class CustomerPressed(Struct, frozen=True):
    record_id: UUID


class ItemPressed(Struct, frozen=True):
    key: str


class DonePressed(Struct, frozen=True):
    key: str


class LaterPressed(Struct, frozen=True):
    key: str


class Chosen(Struct, frozen=True):
    """A choice on a sheet: a day, a colleague, or what to do."""

    choice: str


class SheetClosed(Struct, frozen=True):
    pass


class TeamPressed(Struct, frozen=True):
    """To who has promised what, and who is away."""


class UndoPressed(Struct, frozen=True):
    pass


class UndoOver(Struct, frozen=True):
    makes: int


class Emptied(Struct, frozen=True):
    """The person left."""


FollowUpsEvent = (
    Entered
    | Changed
    | AgendaRead
    | WholePressed
    | WeekPressed
    | CustomerPressed
    | ItemPressed
    | DonePressed
    | LaterPressed
    | Chosen
    | SheetClosed
    | TeamPressed
    | UndoPressed
    | UndoOver
    | Emptied
)
FollowUpsEffect = ReadAgenda | OpenCard | GoTo | Submit
Decided = tuple[FollowUpsModel, list[FollowUpsEffect]]

ENDS = {"tasks": "done", "appointments": "kept", "cases": "solved"}


def update(model: FollowUpsModel, event: FollowUpsEvent) -> Decided:
    """Decide what the screen shows and does."""
    change = msgspec.structs.replace
    match event:
        case Entered() | Changed():
            return model, [_reading(model)]
        case AgendaRead(agenda=agenda):
            return change(model, agenda=agenda), []
        case TeamPressed():
            return model, [GoTo(screen="team")]
        case WholePressed(whole=whole):
            model = change(model, whole=whole)
            return model, [_reading(model)]
        case WeekPressed(by=by):
            first = (model.week or model.agenda.today) + timedelta(days=WEEK * by)
            model = change(model, week=None if by == 0 else first)
            return model, [_reading(model)]
        case CustomerPressed(record_id=record_id):
            return change(model, sheet=None), [OpenCard(record_id=record_id), GoTo(screen="find")]
        case ItemPressed(key=key):
            return change(model, sheet=Sheet(ask=Ask.ITEM, key=key)), []
        case LaterPressed(key=key):
            return change(model, sheet=Sheet(ask=Ask.LATER, key=key)), []
        case SheetClosed():
            return change(model, sheet=None), []
        case DonePressed(key=key):
            item = next((each for each in model.agenda.to_do if each.what.key == key), None)
            return _made(model, ending(item, ENDS[item.what.field])) if item else (model, [])
        case Chosen(choice=choice) if model.sheet is not None and model.about is not None:
            return _chosen(model, model.sheet, model.about, choice)
        case UndoPressed() if model.made is not None:
            back = taken_back(model.made)
            return change(model, made=None), [Submit(record_id=model.made.record_id, mutation=back)]
        case UndoOver(makes=makes) if makes == model.makes:
            return change(model, made=None), []
        case Emptied():
            return FollowUpsModel(), []
        case _:
            return model, []


def section_of(item: Item, today: date) -> Section:
    """Return when something is due."""
    if item.day is None:
        return Section.SOME_DAY
    if item.day < today:
        return Section.OVERDUE
    return Section.TODAY if item.day == today else Section.UPCOMING


def states_after(item: Item) -> tuple[str, ...]:
    """Return the states something may be brought into now."""
    return MACHINES[item.what.field].after.get(item.what.state, ())


def _chosen(model: FollowUpsModel, sheet: Sheet, item: Item, choice: str) -> Decided:
    if sheet.ask is Ask.ITEM:
        match choice:
            case "later" | "other":
                asked = Ask.LATER if choice == "later" else Ask.OTHER
                return msgspec.structs.replace(model, sheet=Sheet(ask=asked, key=sheet.key)), []
            case "open":
                return update(model, CustomerPressed(record_id=item.record_id))
            case state if state in states_after(item):
                return _made(model, ending(item, state))
            case _:
                return model, []
    if sheet.ask is Ask.OTHER:
        return _made(model, saying(item, owner=choice))
    day = dict(later_days(model.agenda.today)).get(choice)
    if day is None:
        return model, []
    if item.what.field == "appointments":
        at = datetime.fromtimestamp(item.what.starts / 1000).astimezone()
        moved = datetime.combine(day, at.timetz().replace(tzinfo=None)).astimezone()
        return _made(model, saying(item, starts=int(moved.timestamp() * 1000)))
    return _made(model, saying(item, due=day.isoformat()))


def _made(model: FollowUpsModel, made: Moved) -> Decided:
    after = msgspec.structs.replace(model, made=made, makes=model.makes + 1, sheet=None)
    return after, [Submit(record_id=made.record_id, mutation=made.mutation)]


def _reading(model: FollowUpsModel) -> ReadAgenda:
    return ReadAgenda(whole=model.whole, week=model.week)
