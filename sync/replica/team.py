"""What a store on a tablet knows of the team: who is away, whose customers are here, who is new."""

from collections.abc import Collection
from datetime import date, timedelta
from itertools import islice

from schemas.ids import uuid7
from schemas.mutations import DeclareAbsence, decode_mutation
from schemas.record import Kind
from schemas.staff import Absence
from sync.replica.lines import lines_back
from sync.replica.store import Store
from sync.summary import Summary, decode

_DECLARE = str(DeclareAbsence.__struct_config__.tag)
_NONE = bytes(10)
_VERSION_OF_MOMENTS = 7


def absences(store: Store) -> tuple[Absence, ...]:
    """Return who is away when, the first to go first, with this person's unanswered words applied."""
    found = {each.absence_id: each for each in store.facts(Kind.ABSENCE, Absence)}
    for queued in store.pending():
        if queued.envelope.op == _DECLARE:
            said = decode_mutation(queued.envelope.op, queued.envelope.args)
            assert isinstance(said, DeclareAbsence)
            found[said.absence.absence_id] = said.absence
    standing = (each for each in found.values() if not each.cancelled)
    return tuple(sorted(standing, key=lambda each: (each.first_day, str(each.absence_id))))


def stood_in_for(known: Collection[Absence], *, me: str, today: date) -> frozenset[str]:
    """Return the ids of those who are away today and for whom this person stands in."""
    day = today.isoformat()
    return frozenset(
        str(each.associate_id) for each in known if each.covers(day) and str(each.stand_in or "") == me
    )


def away(known: Collection[Absence], *, today: date) -> frozenset[str]:
    """Return the ids of those who are away today."""
    return frozenset(str(each.associate_id) for each in known if each.covers(today.isoformat()))


def count(store: Store, facets: Collection[str]) -> int:
    """Return how many customers have these facets; nobody's line is read."""
    return len(store.customers.find("", facets, len(store.customers)))


def days_back(today: date, days: int) -> list[str]:
    """Return the ISO days of a span that ends today."""
    return [(today - timedelta(days=number)).isoformat() for number in range(days)]


def made_between(store: Store, first_ms: int, last_ms: int, limit: int) -> list[Summary]:
    """Return the customers whom people wrote down between two instants, the newest first.

    Told by their ids: those that a till or a file told carry no moment.
    """
    low, high = uuid7(first_ms, _NONE).bytes, uuid7(last_ms, _NONE).bytes
    made_by_people = (
        line for key, line in lines_back(store.connection, low, high) if key[6] >> 4 == _VERSION_OF_MOMENTS
    )
    return [decode(line) for line in islice(made_by_people, limit)]
