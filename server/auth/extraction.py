"""Drawing off personal data: how much each person reads is counted in the database, and has an end.

What counts is what was shown: one read for each answer about people, and each person once a day. Nothing
hidden counts, so that no count tells of it. Counters stand in several places, so that requests of one person
do not wait for one another; the next request of his finds their sum.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

import asyncpg

from schemas.record import Struct
from schemas.staff import Role
from server.database.drawing import DAY, HOUR, counting
from server.database.pool import Connection, Pool

# A route's opt: open to those who have read enough: it is how they work on, or how somebody is protected.
UNCOUNTED = "uncounted"
NEAR: Final = 0.8  # of a cap: from there on somebody is told
KEPT_DAYS: Final = 2

# Actions by which something of people is shown, beside every ``customer.…read`` and ``customer.…listed``.
READS: Final = frozenset(
    {
        "conflict.listed",
        "customer.access_file",
        "customer.contact_asked",
        "customer.found",
        "customer.listed_as_exposed",
        "customer.merge_previewed",
        "customer.pinned",
        "customer.revealed",
        "customer.sealed",
        "customer.viewed_as",
        "held_edit.listed",
    }
)


def is_read(action: str) -> bool:
    """Whether an action shows something of people."""
    return action in READS or (action.startswith("customer.") and action.endswith(("read", "listed")))


class Cap(Struct):
    """How much a role may read; None: as much as it likes."""

    reads_per_hour: int | None
    people_per_day: int | None
    export_rows: int | None


class Drawn(Struct):
    """What one person has read: in this hour, and of how many people today. By the clock of the database."""

    reads: int = 0
    people: int = 0


class Limit(Struct):
    """A cap that was reached, or nearly."""

    kind: str  # reads_per_hour | people_per_day
    drawn: int
    cap: int
    reached: bool
    window: datetime  # its beginning
    retry_after_s: int


DEFAULT_CAPS: Final[Mapping[Role, Cap]] = MappingProxyType(
    {
        Role.SELLER: Cap(reads_per_hour=600, people_per_day=1_500, export_rows=0),
        Role.STORE_MANAGER: Cap(reads_per_hour=900, people_per_day=2_500, export_rows=0),
        Role.ZONE_MANAGER: Cap(reads_per_hour=900, people_per_day=4_000, export_rows=0),
        Role.CALL_CENTRE: Cap(reads_per_hour=900, people_per_day=2_500, export_rows=0),
        Role.HEAD_OFFICE_CRM: Cap(reads_per_hour=3_000, people_per_day=20_000, export_rows=20_000),
        Role.LOYALTY_MANAGER: Cap(reads_per_hour=3_000, people_per_day=20_000, export_rows=20_000),
        Role.PRIVACY_OFFICER: Cap(reads_per_hour=1_500, people_per_day=5_000, export_rows=10_000),
        Role.INTEGRATION: Cap(reads_per_hour=500_000, people_per_day=2_000_000, export_rows=100_000),
        Role.ADMINISTRATOR: Cap(reads_per_hour=60, people_per_day=60, export_rows=0),
    }
)
LEAST: Final = Cap(reads_per_hour=60, people_per_day=60, export_rows=0)  # of a role nobody thought of

# For the statement that says who is asking, with him as ``a``: what he has drawn, what his role may.
DRAWN_JOIN: Final = f"""
    left join lateral (
      select coalesce(sum(e.reads) filter (where e.since = {HOUR}), 0)::bigint as reads,
             coalesce(sum(e.people), 0)::bigint as people
      from extraction e where e.person = a.id and e.since >= {DAY}) drawn on true
    left join extraction_cap cap on cap.role = a.role
"""  # noqa: S608 (the text put in is ours)
DRAWN_COLUMNS: Final = """
    drawn.reads as drawn_reads, drawn.people as drawn_people, cap.role as cap_role,
    cap.reads_per_hour, cap.people_per_day, cap.export_rows
"""


_COUNT = f"with {counting('$1', '$2', 'true')} select 1"


async def count(connection: Connection, person: UUID, customers: Sequence[UUID]) -> None:
    """Count one read of these customers, in the caller's transaction: what was not given is not counted."""
    await connection.execute(_COUNT, person, sorted(set(customers)))


def cap_of(row: asyncpg.Record, role: Role) -> Cap:
    """Return the cap in force for a role: head office's own, else the one we ship."""
    if row["cap_role"] is None:
        return DEFAULT_CAPS.get(role, LEAST)
    return Cap(
        reads_per_hour=row["reads_per_hour"],
        people_per_day=row["people_per_day"],
        export_rows=row["export_rows"],
    )


def limits_near(drawn: Drawn, cap: Cap, *, now: datetime) -> list[Limit]:
    """Return the caps that a person has reached, or is near to."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    found: list[Limit] = []
    for kind, much, most, window, ends in (
        ("reads_per_hour", drawn.reads, cap.reads_per_hour, hour, hour + timedelta(hours=1)),
        ("people_per_day", drawn.people, cap.people_per_day, day, day + timedelta(days=1)),
    ):
        if most is not None and much >= most * NEAR:
            left = max(1, int((ends - now).total_seconds()) + 1)
            found.append(
                Limit(
                    kind=kind, drawn=much, cap=most, reached=much >= most, window=window, retry_after_s=left
                )
            )
    return found


async def forget_old(pool: Pool) -> None:
    """Let go of counts that no cap looks at any more, and of who was read."""
    await pool.execute("delete from extraction where since < now() - make_interval(days => $1)", KEPT_DAYS)
    await pool.execute(
        "delete from extraction_person where day < (now() at time zone 'UTC')::date - $1::int", KEPT_DAYS
    )
