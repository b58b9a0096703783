"""What a privacy officer reads of the audit trail: events of the brand's people and tablets, newest first."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from schemas.record import Struct
from server.database.pool import Connection

NEWEST = 2**63 - 1


class Event(Struct, omit_defaults=True):
    """One thing that somebody did; names of fields and counts, no values."""

    id: int
    at: datetime
    action: str
    actor: UUID | None = None  # an associate or a service account; absent: the server itself, or nobody known
    role: str | None = None
    device_id: UUID | None = None
    store: str | None = None
    subject_kind: str | None = None
    subject_id: UUID | None = None
    facts: dict[str, Any] = {}
    link: int | None = None  # its place in the chain; absent for some seconds


class Wanted(Struct):
    """Which events: what is None is not asked about."""

    actor: UUID | None = None
    subject: UUID | None = None
    device: UUID | None = None
    action: str | None = None  # the whole name, or a family of them: "policy."
    since: datetime | None = None
    until: datetime | None = None


# Of another brand's people nothing is told; what concerns no brand concerns every one.
_OF_THE_BRAND = """
(e.actor in (select id from associate where brand = $1 union all
             select id from service_account where brand = $1)
 or e.actor is null and (
   e.subject_id is null or e.subject_kind not in ('associate', 'device')
   or e.subject_id in (select id from associate where brand = $1)
   or e.subject_id in (select d.id from device d join store s on s.code = d.store where s.brand = $1)))
"""

_SELECT = f"""
select e.id, e.at, e.action, e.actor, e.role, e.device_id, e.store, e.subject_kind, e.subject_id,
       e.facts, e.link
from audit_event e
where {_OF_THE_BRAND} and e.id < $2
  and ($3::uuid is null or e.actor = $3) and ($4::uuid is null or e.subject_id = $4)
  and ($5::uuid is null or e.device_id = $5)
  and ($6::text is null or starts_with(e.action, $6))
  and ($7::timestamptz is null or e.at >= $7) and ($8::timestamptz is null or e.at < $8)
order by e.id desc limit $9
"""  # noqa: S608 (the text put in is ours)


async def events(
    connection: Connection, brand: str, wanted: Wanted, *, before: int = NEWEST, limit: int
) -> list[Event]:
    """Return events before one of them, the newest first."""
    rows = await connection.fetch(_SELECT, *_values(brand, wanted, before, limit))
    return [_event(row) for row in rows]


async def all_events(
    connection: Connection, brand: str, wanted: Wanted, *, most: int
) -> AsyncIterator[Event]:
    """Yield events, the newest first; within the caller's transaction."""
    async for row in connection.cursor(_SELECT, *_values(brand, wanted, NEWEST, most), prefetch=500):
        yield _event(row)


def _values(brand: str, wanted: Wanted, before: int, limit: int) -> tuple[Any, ...]:
    return (
        brand,
        before,
        wanted.actor,
        wanted.subject,
        wanted.device,
        wanted.action,
        wanted.since,
        wanted.until,
        limit,
    )


def _event(row: asyncpg.Record) -> Event:
    return Event(**dict(row))
