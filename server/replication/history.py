"""What a field held before: kept whenever a value gives way or loses, so that it can be undone."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from schemas.record import Stamp, Struct
from server.database.pool import Connection
from server.replication.judging import Lost

UNDO_FOR = timedelta(days=30)


async def keep_past(connection: Connection, lost: Iterable[tuple[UUID, Lost]]) -> None:
    """Keep values that gave way, each with the record it was of."""
    rows = [
        (record_id, each.path, each.value, msgspec.to_builtins(each.stamp), each.lost_to)
        for record_id, each in lost
    ]
    if rows:
        await connection.executemany(
            "insert into field_past (record_id, field, value, stamp, lost_to) values ($1, $2, $3, $4, $5)",
            rows,
        )


class Past(Struct):
    """A value that gave way, or lost."""

    entry_id: int
    path: str
    value: Any
    said: Stamp | None
    lost_to: UUID
    ended_at: datetime


async def past_of(
    connection: Connection, customer_id: UUID, *, fields: Sequence[str], before: int, limit: int
) -> list[Past]:
    """Return what these fields of a customer held, newest first, before one entry."""
    rows = await connection.fetch(
        """
        select id, field, value, stamp, lost_to, created_at from field_past
        where record_id = $1 and id < $2 and split_part(field, '/', 1) = any($3)
        order by id desc limit $4
        """,
        customer_id,
        before,
        list(fields),
        limit,
    )
    return [_past(row) for row in rows]


async def past_named(connection: Connection, customer_id: UUID, entry_id: int) -> Past | None:
    """Return one entry of a customer's history; None when there is none."""
    row = await connection.fetchrow(
        """
        select id, field, value, stamp, lost_to, created_at from field_past where record_id = $1 and id = $2
        """,
        customer_id,
        entry_id,
    )
    return _past(row) if row else None


def _past(row: asyncpg.Record) -> Past:
    return Past(
        entry_id=row["id"],
        path=row["field"],
        value=row["value"],
        said=msgspec.convert(row["stamp"], Stamp) if row["stamp"] else None,
        lost_to=row["lost_to"],
        ended_at=row["created_at"],
    )
