"""Promising something from the card, opening a case, moving either on. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from mobile_app.screens.days import later_days
from mobile_app.screens.undo_move import move
from schemas.mutations import (
    BookAppointment,
    MakeTask,
    MoveAppointment,
    MoveCase,
    MoveTask,
    Mutation,
    OpenCase,
)
from schemas.note_guard import NoteVerdict, judge_note
from schemas.promise import LONGEST_TEXT, AppointmentKind, CaseKind, TaskKind
from schemas.record import Struct
from schemas.states import MACHINES, PROMISED
from schemas.visibility import Level
from sync.replica.draft import Card

KINDS = ("call", "message", "appointment", "put_aside", "sample", "other")
CASE_KINDS = ("repair", "complaint", "question")
HOURS = ("10:00", "11:00", "14:00", "15:30", "17:00", "18:30")
DEFAULT_KIND, DEFAULT_DAY, DEFAULT_HOUR, ME = KINDS[0], "tomorrow", HOURS[3], "me"
STORE = "store"  # whoever is there
MOST_SHOWN = 8


class Open(Struct, frozen=True):
    """Something that is not ended, on the card."""

    field: str
    key: str
    thing: dict[str, Any]

    @property
    def path(self) -> str:
        """Its path in the customer's values."""
        return f"{self.field}/{self.key}"

    def day(self) -> str:
        """Return the ISO date it is due or takes place, where the tablet is; the last one for none."""
        if self.thing.get("starts"):
            return datetime.fromtimestamp(self.thing["starts"] / 1000).date().isoformat()
        return str(self.thing.get("due") or "9999-12-31")


class Unsaid(Exception):
    """The sheet does not say enough, or something that may not be said."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def open_things(values: Mapping[str, Any]) -> tuple[Open, ...]:
    """Return what is promised to her and not ended, the soonest first; cases before all."""
    found = [
        Open(field=field, key=key, thing=thing)
        for field, machine in PROMISED.items()
        for key, thing in (values.get(field) or {}).items()
        if not machine.ended(thing["state"])
    ]
    return tuple(sorted(found, key=lambda each: (each.field != "cases", each.day(), each.key))[:MOST_SHOWN])


def may_promise(card: Card) -> bool:
    """Whether the reader may promise her something."""
    return any(_writes(card, field) for field in ("tasks", "appointments"))


def may_open_case(card: Card) -> bool:
    """Whether the reader may open a case for her."""
    return _writes(card, "cases")


def may_move(card: Card, field: str) -> bool:
    """Whether the reader may move things of this kind."""
    return _writes(card, field)


def kinds(card: Card) -> tuple[str, ...]:
    """Return what the reader may promise."""
    tasks, appointments = _writes(card, "tasks"), _writes(card, "appointments")
    return tuple(kind for kind in KINDS if (appointments if kind == "appointment" else tasks))


def promising(texts: Mapping[str, str], *, fresh: UUID, today: date, me: str) -> Mutation:
    """Return the promise a sheet means.

    Raises:
        Unsaid: the day is none, or the text may not be said of a person.
    """
    kind = texts.get("kind", DEFAULT_KIND)
    day = _day(texts, today)
    owner = None if texts.get("owner") == STORE else me
    text = _text(texts)
    if kind == "appointment":
        starts = _instant(day, texts.get("hour", DEFAULT_HOUR))
        return BookAppointment(
            appointment_id=fresh, kind=AppointmentKind.ADVICE, starts=starts, text=text, owner=owner
        )
    return MakeTask(task_id=fresh, kind=TaskKind(kind), text=text, due=day.isoformat(), owner=owner)


def opening(texts: Mapping[str, str], *, fresh: UUID, today: date, me: str) -> Mutation:
    """Return the case a sheet means.

    Raises:
        Unsaid: as ``promising``.
    """
    day = _day({"day": "week", **texts}, today)
    kind = CaseKind(texts.get("kind", CASE_KINDS[0]))
    return OpenCase(case_id=fresh, kind=kind, text=_text(texts), due=day.isoformat(), owner=me)


def moving(thing: Mapping[str, Any], path: str, choice: str, *, today: date) -> Mutation | None:
    """Return the move that a choice on the sheet of something means; None for none.

    Args:
        choice: ``to:<state>`` or ``day:<key of a day>``.
    """
    field, _, key = path.partition("/")
    machine, number = MACHINES[field], int(thing.get("round", 0))
    what, _, word = choice.partition(":")
    if what == "to" and machine.allows(thing["state"], word):
        return move(field, key, number=number + (word == machine.begins), to=word)
    day = dict(later_days(today)).get(word)
    if what == "day" and day is not None:
        if field == "appointments":
            at = datetime.fromtimestamp(thing["starts"] / 1000)
            return move(field, key, number=number, starts=_instant(day, f"{at:%H:%M}"))
        return move(field, key, number=number, due=day.isoformat())
    return None


def taking_back(mutation: Mutation, before: Mapping[str, Any] | None) -> Mutation | None:
    """Return the edit that takes a promise or a move back.

    Args:
        before: the thing as it stood before a move.
    """
    match mutation:
        case MakeTask(task_id=key):
            return move("tasks", str(key), number=0, to="cancelled")
        case BookAppointment(appointment_id=key):
            return move("appointments", str(key), number=0, to="cancelled")
        case OpenCase(case_id=key):
            return move("cases", str(key), number=0, to="cancelled")
        case MoveTask(task_id=key):
            field = "tasks"
        case MoveAppointment(appointment_id=key):
            field = "appointments"
        case MoveCase(case_id=key):
            field = "cases"
        case _:
            return None
    if before is None:
        return None
    machine = MACHINES[field]
    if mutation.to is not None:
        if machine.ended(str(mutation.to)):
            return move(field, str(key), number=mutation.round + 1, to=machine.begins)
        return move(field, str(key), number=mutation.round, to=before["state"])
    part = "starts" if field == "appointments" else "due"
    return move(field, str(key), number=mutation.round, **{part: before.get(part)})


def _day(texts: Mapping[str, str], today: date) -> date:
    typed = " ".join(texts.get("date", "").split())
    if typed:
        return typed_day(typed, today)
    days = {"today": today, **dict(later_days(today))}
    return days.get(texts.get("day", DEFAULT_DAY), today + timedelta(days=1))


def typed_day(text: str, today: date) -> date:
    """Return a day as typed: ``24/12``, ``24.12.2026``; without a year the next one.

    Raises:
        Unsaid: it is not a day.
    """
    parts = text.replace(".", "/").replace("-", "/").replace(" ", "/").split("/")
    try:
        numbers = [int(part) for part in parts]
        if len(numbers) == 2:
            day = date(today.year, numbers[1], numbers[0])
            return day if day >= today else date(today.year + 1, numbers[1], numbers[0])
        if len(numbers) == 3:
            year, day_of_month = (numbers[0], numbers[2]) if numbers[0] > 31 else (numbers[2], numbers[0])
            return date(year, numbers[1], day_of_month)
    except ValueError as error:
        raise Unsaid("value_invalid") from error
    raise Unsaid("value_invalid")


def _instant(day: date, hour: str) -> int:
    hours, _, minutes = hour.partition(":")
    return int(datetime.combine(day, time(int(hours), int(minutes))).timestamp() * 1000)


def _text(texts: Mapping[str, str]) -> str:
    text = " ".join(texts.get("text", "").split())[:LONGEST_TEXT]
    if judge_note(text).verdict is NoteVerdict.REFUSE:
        raise Unsaid("note_refused")
    return text


def _writes(card: Card, field: str) -> bool:
    return card.levels.get(field, Level.HIDDEN) >= Level.WRITE
