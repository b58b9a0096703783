"""Whom to think of today: at most five people, each for one reason and with one thing to do. Pure."""

from datetime import date, timedelta
from enum import Enum
from uuid import UUID

from mobile_app.screens.agenda import ASKED_WITHIN, Agenda, Item, days_until
from schemas.record import Struct
from sync.summary import Summary

MOST = 5
MOST_PROMISES = 3  # where others wait for a word too
DAY_MS = 86_400_000


class Why(Enum):
    """Why somebody is on the list, the most pressing first."""

    OVERDUE = "overdue"
    DUE = "due"
    ARRIVED = "arrived"
    SOLVED = "solved"
    BIRTHDAY = "birthday"
    LAPSED = "lapsed"


class Do(Enum):
    """What to do about it."""

    DONE = "done"  # say that it is done
    REACH = "reach"  # a word to her, by whatever means she allows
    OPEN = "open"  # the card


class Person(Struct, frozen=True):
    """Somebody to think of."""

    who: Summary
    why: Why
    do: Do
    item: Item | None = None
    day: date | None = None  # birthday, or the day it is due
    more: int = 0  # other things ahead with her

    @property
    def record_id(self) -> UUID:
        """Her id."""
        return self.who.record_id


def people(agenda: Agenda) -> tuple[Person, ...]:
    """Return at most five people, the most pressing first; nobody twice."""
    promises = _once([each for item in agenda.to_do if (each := _promise(agenda, item)) is not None])
    others = _once([*_solved(agenda), *_birthdays(agenda), *_lapsed(agenda)])
    taken = {each.record_id for each in promises[:MOST_PROMISES]}
    others = [each for each in others if each.record_id not in taken]
    first = promises[: max(MOST_PROMISES, MOST - len(others))]
    taken = {each.record_id for each in first}
    chosen = [*first, *(each for each in others if each.record_id not in taken)]
    return tuple(chosen[:MOST])


def _promise(agenda: Agenda, item: Item) -> Person | None:
    """Return why a promise makes somebody one to think of today; None when it does not."""
    days = days_until(agenda, item)
    arrived = item.what.kind == "arrival"
    if days is None and not arrived:
        return None
    if days is not None and days > 0:
        return None
    why = Why.ARRIVED if arrived else Why.OVERDUE if days is not None and days < 0 else Why.DUE
    if item.what.field == "cases":
        do = Do.OPEN
    else:
        do = Do.REACH if item.what.kind in ("message", "arrival") else Do.DONE
    return Person(who=item.who, why=why, do=do, item=item, day=item.day)


def _solved(agenda: Agenda) -> list[Person]:
    """Those whose case was solved a little while ago: ask how it turned out."""
    since = agenda.now_ms - ASKED_WITHIN * DAY_MS
    return [
        Person(who=item.who, why=Why.SOLVED, do=Do.OPEN, item=item)
        for item in sorted(agenda.solved, key=lambda item: -item.what.since)
        if since <= item.what.since and (agenda.mine(item) or item.who.associate_id == agenda.me)
    ]


def _birthdays(agenda: Agenda) -> list[Person]:
    coming = [(_next_birthday(who.birthday or "", agenda.today), who) for who in agenda.born]
    dated = [(day, who) for day, who in coming if day is not None]
    dated.sort(key=lambda one: (one[0], -(one[1].points or 0), str(one[1].record_id)))
    return [Person(who=who, why=Why.BIRTHDAY, do=Do.REACH, day=day) for day, who in dated]


def _lapsed(agenda: Agenda) -> list[Person]:
    best = sorted(agenda.lapsed, key=lambda who: (-(who.points or 0), str(who.record_id)))
    return [Person(who=who, why=Why.LAPSED, do=Do.REACH) for who in best]


def _next_birthday(month_and_day: str, today: date) -> date | None:
    """Return the next day with this MM-DD; the 29th of February is kept on the 28th in other years."""
    month, _, number = month_and_day.partition("-")
    for year in (today.year, today.year + 1):
        try:
            day = date(year, int(month), int(number))
        except ValueError:
            if month_and_day != "02-29":
                return None
            day = date(year, 2, 28)
        if day >= today:
            return day if day <= today + timedelta(days=366) else None
    return None


def _once(found: list[Person]) -> list[Person]:
    """Keep the first of each person, and how many more there are of her."""
    kept: dict[UUID, Person] = {}
    count: dict[UUID, int] = {}
    for each in found:
        kept.setdefault(each.record_id, each)
        count[each.record_id] = count.get(each.record_id, -1) + 1
    return [
        Person(
            who=each.who, why=each.why, do=each.do, item=each.item, day=each.day, more=count[each.record_id]
        )
        for each in kept.values()
    ]
