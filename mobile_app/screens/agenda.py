"""What is ahead, drawn from the lines of customers on this tablet: found by filters, never by reading all.

A line holds only what the reader's lens shows, so nothing here can tell more than that. Pure.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from mobile_app.screens.directory import Directory
from schemas.record import Struct
from sync.replica.search import EITHER
from sync.summary import SOLVED, Ahead, Summary

BIRTHDAYS_WITHIN = 7  # days
ASKED_WITHIN = 10  # days after a case was solved
LAPSED_AFTER, LAPSED_UNTIL = 6, 12  # months since she was last seen
TOP_TIERS = ("gold", "platinum", "black")
WEEK = 7
EVERYBODY = 10_000

Look = Callable[[Sequence[str], int], list[Summary]]  # filters, most -> customers


class Item(Struct, frozen=True):
    """Something ahead, and the customer it is about."""

    who: Summary
    what: Ahead

    @property
    def record_id(self) -> UUID:
        """The customer's id."""
        return self.who.record_id

    @property
    def day(self) -> date | None:
        """The day it is due or takes place, where the tablet is; None for none."""
        if self.what.starts:
            return datetime.fromtimestamp(self.what.starts / 1000, UTC).astimezone().date()
        try:
            return date.fromisoformat(self.what.day) if self.what.day else None
        except ValueError:
            return None


class Agenda(Struct, frozen=True):
    """What was found, for one reader on one day."""

    me: str = ""
    store: str = ""
    today: date = date(2000, 1, 1)
    now_ms: int = 0
    directory: Directory = Directory()
    colleagues: tuple[str, ...] = ()  # ids of those who work in this store
    stood_in_for: frozenset[str] = frozenset()  # ids of those away today for whom the reader stands in
    away: frozenset[str] = frozenset()  # ids of those away today
    to_do: tuple[Item, ...] = ()  # tasks and cases, those without a day first, then by day
    comes: tuple[Item, ...] = ()  # appointments of the days asked for, by time
    solved: tuple[Item, ...] = ()
    born: tuple[Summary, ...] = ()
    lapsed: tuple[Summary, ...] = ()

    def mine(self, item: Item) -> bool:
        """Whether it is the reader's to do: his own, nobody's in this store, or of somebody who is away."""
        what = item.what
        if not what.owner:
            return what.store in ("", self.store)
        return what.owner == self.me or self.covers(what.owner, item.who)

    def covers(self, owner: str, who: Summary) -> bool:
        """Whether the reader does today what is somebody else's: he stands in, or is her second associate."""
        return owner in self.stood_in_for or (
            owner in self.away and owner == who.associate_id and who.second_associate_id == self.me
        )


def gather(
    look: Look,
    *,
    me: str,
    store: str,
    today: date,
    now_ms: int,
    directory: Directory,
    colleagues: Sequence[str] = (),
    stood_in_for: frozenset[str] = frozenset(),
    away: frozenset[str] = frozenset(),
    whole: bool = False,
    week: date | None = None,
) -> Agenda:
    """Return what is ahead.

    Args:
        look: finds customers on this tablet by filters.
        stood_in_for: ids of those away today for whom the reader stands in.
        away: ids of all who are away today.
        whole: the work of everybody whose customers are here, not the reader's alone.
        week: first day of the appointments asked for; today's week from today without it.
    """
    first = week or today
    days = [first + timedelta(days=number) for number in range(-1, WEEK + 1)]  # filters go by UTC
    owners = (me, "", *sorted(stood_in_for | away))
    ahead = look(["ahead" if whole else EITHER.join(f"ahead:{each}" for each in owners)], EVERYBODY)
    comes = look([EITHER.join(f"comes:{each}" for each in days)], EVERYBODY)
    own = EITHER.join(f"associate:{each}" for each in (me, *sorted(stood_in_for)))
    months = [_months_ago(today, number) for number in range(LAPSED_AFTER, LAPSED_UNTIL + 1)]
    birthdays = [today + timedelta(days=number) for number in range(BIRTHDAYS_WITHIN + 1)]
    solved = look([EITHER.join(f"solved:{_months_ago(today, number)}" for number in (0, 1))], EVERYBODY)
    agenda = Agenda(
        me=me,
        store=store,
        today=today,
        now_ms=now_ms,
        directory=directory,
        colleagues=tuple(colleagues),
        stood_in_for=stood_in_for,
        away=away,
        to_do=_items(ahead, lambda what: what.field != "appointments" and what.state != SOLVED),
        comes=tuple(
            sorted(
                (
                    each
                    for each in _items(comes, lambda what: what.field == "appointments")
                    if each.day is not None and first <= each.day < first + timedelta(days=WEEK)
                ),
                key=lambda each: each.what.starts,
            )
        ),
        solved=_items(solved, lambda what: what.state == SOLVED),
        born=tuple(look([own, EITHER.join(f"born:{each:%m-%d}" for each in birthdays)], EVERYBODY)),
        lapsed=tuple(
            look(
                [
                    own,
                    EITHER.join(f"tier:{tier}" for tier in TOP_TIERS),
                    EITHER.join(f"seen:{month}" for month in months),
                ],
                EVERYBODY,
            )
        ),
    )
    if whole:
        return agenda
    kept = tuple(item for item in agenda.to_do if agenda.mine(item))
    return Agenda(**{name: getattr(agenda, name) for name in agenda.__struct_fields__} | {"to_do": kept})


def days_until(agenda: Agenda, item: Item) -> int | None:
    """Return in how many days something is due; below zero it is overdue; None without a day."""
    return (item.day - agenda.today).days if item.day is not None else None


def _items(found: Iterable[Summary], wanted: Callable[[Ahead], bool]) -> tuple[Item, ...]:
    items = [Item(who=who, what=what) for who in found for what in who.ahead if wanted(what)]
    return tuple(sorted(items, key=lambda item: (item.what.day, item.what.since, item.what.key)))


def _months_ago(today: date, count: int) -> str:
    months = today.year * 12 + today.month - 1 - count
    return f"{months // 12}-{months % 12 + 1:02}"
