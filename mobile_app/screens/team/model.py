"""The store's work today, and who is away: a manager sees everybody's, a seller says when he is not there."""

from datetime import date, timedelta
from uuid import UUID

import msgspec

from mobile_app.effects import GoTo, OpenCard, ReadHeld, ReadTeam, Submit
from mobile_app.screens.card.promising import Unsaid, typed_day
from mobile_app.screens.team.work import Work
from schemas.mutations import DeclareAbsence
from schemas.record import Struct
from schemas.staff import Absence, absence_record

LENGTHS = {"day": 1, "two_days": 2, "week": 7, "two_weeks": 14, "three_weeks": 21}
NOBODY = "nobody"
LONGEST_DAYS = 366


class Asking(Struct, frozen=True):
    """The sheet of an absence, as far as it is filled in."""

    associate_id: str
    first: str = "today"  # "today", "tomorrow", "monday", or "" when the day was typed
    length: str = "day"  # of LENGTHS, or "" when the day was typed
    stand_in: str = NOBODY
    texts: dict[str, str] = {}  # first, last: days as typed
    problem: str = ""  # "value_invalid"


class TeamModel(Struct, frozen=True):
    """What the screen shows."""

    work: Work = Work()
    manages: bool = False  # the reader answers for the store, not for himself alone
    read: bool = False
    held: int | None = None  # edits of colleagues that a manager decides about; None: not known
    asking: Asking | None = None
    made: Absence | None = None  # just declared or called off, while it may be taken back
    before: Absence | None = None  # how it stood before that
    makes: int = 0

    @property
    def absences(self) -> tuple[Absence, ...]:
        """The absences the reader may change: everybody's, or his own."""
        me = self.work.agenda.me
        return tuple(each for each in self.work.absences if self.manages or str(each.associate_id) == me)

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """Ids of those who could stand in for whoever the sheet is about, by name."""
        agenda = self.work.agenda
        absent = self.asking.associate_id if self.asking else ""
        return tuple(
            sorted((each for each in agenda.colleagues if each != absent), key=agenda.directory.person)
        )


class Entered(Struct, frozen=True):
    """The screen came to the front."""


class Changed(Struct, frozen=True):
    """Something on this tablet is other than it was."""


class TeamRead(Struct, frozen=True):
    work: Work
    manages: bool


class HeldKnown(Struct, frozen=True):
    """How many edits wait for a manager, or that it is not known."""

    count: int | None


class DecidePressed(Struct, frozen=True):
    """To the edits of colleagues."""


class FollowUpsPressed(Struct, frozen=True):
    """To what is to be done."""


class AwayPressed(Struct, frozen=True):
    """Somebody will be away."""

    associate_id: str


class Chosen(Struct, frozen=True):
    """A choice on the sheet: ``first:tomorrow``, ``length:week``, ``stand_in:<id>``."""

    choice: str


class Typed(Struct, frozen=True):
    key: str
    text: str


class Kept(Struct, frozen=True):
    """Keep the absence; the view brings the id made for it."""

    absence_id: UUID


class SheetClosed(Struct, frozen=True):
    pass


class CallOffPressed(Struct, frozen=True):
    """Somebody is not away after all."""

    absence_id: UUID


class UndoPressed(Struct, frozen=True):
    pass


class UndoOver(Struct, frozen=True):
    makes: int


class CustomerPressed(Struct, frozen=True):
    record_id: UUID


class BackPressed(Struct, frozen=True):
    pass


class Emptied(Struct, frozen=True):
    """The person left."""


TeamEvent = (
    Entered
    | Changed
    | TeamRead
    | HeldKnown
    | DecidePressed
    | FollowUpsPressed
    | AwayPressed
    | Chosen
    | Typed
    | Kept
    | SheetClosed
    | CallOffPressed
    | UndoPressed
    | UndoOver
    | CustomerPressed
    | BackPressed
    | Emptied
)
TeamEffect = ReadTeam | ReadHeld | OpenCard | GoTo | Submit
Decided = tuple[TeamModel, list[TeamEffect]]


def update(model: TeamModel, event: TeamEvent) -> Decided:
    """Decide what the screen shows and does."""
    change = msgspec.structs.replace
    match event:
        case Entered() | Changed():
            return model, [ReadTeam()]
        case TeamRead(work=work, manages=manages):
            asks = [ReadHeld()] if manages and not model.read else []
            return change(model, work=work, manages=manages, read=True), [*asks]
        case HeldKnown(count=count):
            return change(model, held=count), []
        case DecidePressed():
            return model, [GoTo(screen="outbox")]
        case FollowUpsPressed() | BackPressed():
            return change(model, asking=None), [GoTo(screen="follow_ups")]
        case CustomerPressed(record_id=record_id):
            return model, [OpenCard(record_id=record_id), GoTo(screen="find")]
        case CallOffPressed(absence_id=absence_id):
            said = next((each for each in model.absences if each.absence_id == absence_id), None)
            return _say(model, change(said, cancelled=True), before=said) if said else (model, [])
        case UndoPressed() if model.made is not None:
            back = model.before or change(model.made, cancelled=True)
            return change(model, made=None, before=None), [_submit(back)]
        case UndoOver(makes=makes) if makes == model.makes:
            return change(model, made=None, before=None), []
        case Emptied():
            return TeamModel(), []
        case _:
            return _on_the_sheet(model, event)


def _on_the_sheet(model: TeamModel, event: TeamEvent) -> Decided:
    change = msgspec.structs.replace
    asking = model.asking
    match event:
        case AwayPressed(associate_id=associate_id) if model.manages or associate_id == model.work.agenda.me:
            return change(model, asking=Asking(associate_id=associate_id)), []
        case SheetClosed():
            return change(model, asking=None), []
        case Chosen(choice=choice) if asking is not None:
            kind, _, value = choice.partition(":")
            if kind not in ("first", "length", "stand_in"):
                return model, []
            texts = {**asking.texts, "last" if kind == "length" else kind: ""}
            return change(model, asking=change(asking, **{kind: value}, texts=texts, problem="")), []
        case Typed(key=key, text=text) if asking is not None and key in ("first", "last"):
            texts = {**asking.texts, key: text}
            return change(model, asking=change(asking, texts=texts, problem="")), []
        case Kept(absence_id=absence_id) if asking is not None:
            try:
                first, last = days_of(asking, model.work.agenda.today)
            except Unsaid as unsaid:
                return change(model, asking=change(asking, problem=unsaid.problem)), []
            stand_in = asking.stand_in
            absence = Absence(
                absence_id=absence_id,
                associate_id=UUID(asking.associate_id),
                first_day=first.isoformat(),
                last_day=last.isoformat(),
                stand_in=UUID(stand_in) if stand_in in model.stand_ins else None,
            )
            return _say(change(model, asking=None), absence, before=None)
        case _:
            return model, []


def days_of(asking: Asking, today: date) -> tuple[date, date]:
    """Return the first and the last day that a sheet says; a typed day counts before a chosen one.

    Raises:
        Unsaid: a typed day is none, or the last is before the first, or too far after it.
    """
    typed_first, typed_last = (asking.texts.get(key, "").strip() for key in ("first", "last"))
    first = typed_day(typed_first, today) if typed_first else first_days(today)[asking.first]
    last = first + timedelta(days=LENGTHS.get(asking.length, 1) - 1)
    if typed_last:
        last = typed_day(typed_last, first)
    if not timedelta(0) <= last - first < timedelta(days=LONGEST_DAYS):
        raise Unsaid("value_invalid")
    return first, last


def first_days(today: date) -> dict[str, date]:
    """Return the days on which one goes most."""
    monday = today + timedelta(days=7 - today.weekday())
    return {"today": today, "tomorrow": today + timedelta(days=1), "monday": monday}


def _say(model: TeamModel, absence: Absence, *, before: Absence | None) -> Decided:
    said = msgspec.structs.replace(model, made=absence, before=before, makes=model.makes + 1)
    return said, [_submit(absence)]


def _submit(absence: Absence) -> Submit:
    return Submit(record_id=absence_record(absence.absence_id), mutation=DeclareAbsence(absence=absence))
