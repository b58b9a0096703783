"""One look at the database for all tablets that call at a moment: who they are, and whether anything moved.

It is a statement of a connection at rest, which may read nothing of customers. What moved in whose scopes a
function of the wall tells, to whoever shows a standing for them.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from schemas.record import Struct
from server.auth.access_token import Claims
from server.auth.principal import WHO_COLUMNS, WHO_JOINS
from server.database.pool import Connection
from server.replication.token import NOTHING_SEEN

_WHO = ("id", "given_name", "family_name", "role", "stores", "zone", "brand", "language", "associate_epoch",
        "device_id", "device_store", "revoked_at", "device_epoch", "policy_version", "wider_stores",
        "ended", "stands_in_for")  # fmt: skip

_GLANCE = f"""
select life.*, {WHO_COLUMNS},
       case when asked.said <> '' then wall_unmoved(asked.said, asked.base::pg_snapshot) end as unmoved
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])
  with ordinality as asked (associate, device, family, said, base, place)
left join associate a on a.id = asked.associate and a.active
{WHO_JOINS.format(family="asked.family", device="asked.device")}
cross join (
  select pg_current_snapshot()::text as snapshot, pg_is_in_recovery() as standby,
         (pg_current_wal_flush_lsn() - '0/0')::bigint as lsn,
         marker.boot_id, marker.gc_floor::text as gc_floor
  from (select 1) one
  left join boot_marker marker
    on marker.started = pg_postmaster_start_time() and marker.database = current_database()) life
order by asked.place
"""  # noqa: S608 (the text put in is ours)


class Glimpse(Struct):
    """What a tablet's call needs of the database when nothing is new."""

    claims: Claims
    said: str = ""  # a sealed standing with the scopes he holds; without one nothing is told of them
    base: str = NOTHING_SEEN  # what he has seen


class Seen(Struct):
    """How things stand, in one snapshot."""

    row: asyncpg.Record | None  # who is asking, or None: nobody who may
    who: tuple[Any, ...]  # the same row to compare with another
    unmoved: bool  # nothing came, went or changed in his scopes, nobody was forgotten, no verdict changed
    snapshot: str
    lsn: int
    boot: UUID | None
    gc_floor: int


async def glance(connection: Connection, asked: Sequence[Glimpse]) -> list[Seen]:
    """Return how things stand for each of those who ask, in their order."""
    rows = await connection.fetch(
        _GLANCE,
        [each.claims.sub for each in asked],
        [each.claims.dev for each in asked],
        [each.claims.sid for each in asked],
        [each.said for each in asked],
        [each.base for each in asked],
    )
    return [_seen(row, each.claims) for row, each in zip(rows, asked, strict=True)]


def _seen(row: asyncpg.Record, claims: Claims) -> Seen:
    missing = row["id"] is None or row["ended"]
    revoked = claims.dev is not None and (row["device_id"] is None or row["revoked_at"] is not None)
    return Seen(
        row=None if missing or revoked else row,
        who=tuple(row[name] for name in _WHO),
        unmoved=row["unmoved"] is True and not row["standby"],
        snapshot=row["snapshot"],
        lsn=row["lsn"],
        boot=row["boot_id"],
        gc_floor=int(row["gc_floor"] or 0),
    )
