"""Customers pinned to a tablet: the most recently asked for stay, for a while."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from schemas.record import Kind
from server.database.pool import Connection
from server.replication.publishing import move_members
from server.scope import pin_scope, scope_ids

MOST_PINNED = 500  # customers of one device
PINNED_FOR = timedelta(days=30)  # since they were last asked for
EXPIRED_AT_ONCE = 1_000


async def pin(connection: Connection, device_id: UUID, record_ids: Sequence[UUID], *, now: datetime) -> None:
    """Let customers join a device's scope, or stay in it; those asked for longest ago make room.

    The caller has locked the customers.
    """
    key = pin_scope(device_id)
    await move_members(
        connection, Kind.CUSTOMER, entering=[(key, record_id) for record_id in record_ids], leaving=[]
    )
    scope = (await scope_ids(connection, [key]))[key]
    await connection.execute(
        """
        insert into pin (scope, record_id, used_at) select $1, unnest($2::uuid[]), $3
        on conflict (scope, record_id) do update set used_at = excluded.used_at
        """,
        scope,
        sorted(record_ids),
        now,
    )
    oldest = await connection.fetch(
        """
        delete from pin where scope = $1 and record_id in (
          select record_id from pin where scope = $1 order by used_at desc, record_id offset $2)
        returning record_id
        """,
        scope,
        MOST_PINNED,
    )
    await _leave(connection, [(key, row["record_id"]) for row in oldest])


async def expire_pins(connection: Connection, *, now: datetime) -> int:
    """Let customers leave the tablets on which nobody has asked for them for long; return how many left."""
    gone = await connection.fetch(
        """
        delete from pin p using scope s
        where s.id = p.scope and (p.scope, p.record_id) in (
          select scope, record_id from pin where used_at < $1 order by used_at limit $2)
        returning s.key, p.record_id
        """,
        now - PINNED_FOR,
        EXPIRED_AT_ONCE,
    )
    await _leave(connection, [(row["key"], row["record_id"]) for row in gone])
    return len(gone)


async def _leave(connection: Connection, leaving: Sequence[tuple[str, UUID]]) -> None:
    if leaving:  # the record's row is locked before the feed is touched
        await connection.execute(
            "select 1 from customer where id = any($1) order by id for update",
            [record_id for _, record_id in leaving],
        )
        await move_members(connection, Kind.CUSTOMER, entering=[], leaving=leaving)
