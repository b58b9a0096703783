"""The work of a store today, counted from what is on this tablet. Pure."""

from collections.abc import Iterable

from mobile_app.screens.agenda import Agenda, Item, days_until
from schemas.record import Struct
from schemas.staff import Absence
from sync.summary import Summary

SINCE_DAYS = 7  # new customers and words on consent are counted so far back


class Work(Struct, frozen=True):
    """What the reader may know of the store's work. What his role may not know is None."""

    agenda: Agenda = Agenda()  # everybody's
    absences: tuple[Absence, ...] = ()  # today and later
    unowned: int | None = None  # customers of the store without an associate of their own
    to_own: tuple[Summary, ...] = ()  # some of them
    fresh: tuple[Summary, ...] = ()  # written down by people in the last days
    allowed: int | None = None  # customers who gave a consent in the last days
    withdrew: int | None = None


class Share(Struct, frozen=True):
    """What one colleague has promised; the empty id is whoever of the store is there."""

    associate_id: str
    promised: int = 0
    late: int = 0
    comes: int = 0  # appointments today
    away: Absence | None = None


def shares(work: Work) -> tuple[Share, ...]:
    """Return who has promised what: those who are late first, then those with most to do, then the others."""
    agenda = work.agenda
    found = {each: [0, 0, 0] for each in (*agenda.colleagues, "")}
    for item in here(agenda, agenda.to_do):
        counts = found.setdefault(item.what.owner, [0, 0, 0])
        counts[0] += 1
        counts[1] += is_late(agenda, item)
    for item in here(agenda, agenda.comes):
        if item.day == agenda.today:
            found.setdefault(item.what.owner, [0, 0, 0])[2] += 1
    away = {str(each.associate_id): each for each in work.absences if each.covers(agenda.today.isoformat())}
    made = [
        Share(associate_id=who, promised=counts[0], late=counts[1], comes=counts[2], away=away.get(who))
        for who, counts in found.items()
        if who or any(counts)
    ]
    return tuple(
        sorted(
            made,
            key=lambda each: (-each.late, -each.promised, agenda.directory.person(each.associate_id)),
        )
    )


def here(agenda: Agenda, items: Iterable[Item]) -> tuple[Item, ...]:
    """Return what was promised in this store, or by somebody who works in it."""
    return tuple(
        item
        for item in items
        if item.what.store in ("", agenda.store) or item.what.owner in agenda.colleagues
    )


def is_late(agenda: Agenda, item: Item) -> bool:
    """Whether the day of something is over."""
    days = days_until(agenda, item)
    return days is not None and days < 0


def waiting(agenda: Agenda) -> tuple[Item, ...]:
    """Return the store's waiting list: what has arrived or is kept for somebody, and what is nobody's."""
    return tuple(
        item
        for item in here(agenda, agenda.to_do)
        if item.what.kind in ("arrival", "put_aside") or not item.what.owner
    )
