"""What a field held before: kept whenever a value gives way or loses, so that it can be undone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from server.database.pool import Connection
from server.replication.judging import Lost

UNDO_FOR = timedelta(days=30)
KEPT_FOR = timedelta(days=90)  # then nobody can tell any more what the field once held
AT_ONCE = 5_000  # rows of one transaction


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


async def forget_past(connection: Connection, *, now: datetime) -> int:
    """Delete what is older than it may be kept; return how many. Call again while it returns a full batch."""
    gone = await connection.execute(
        """
        delete from field_past where id in (
          select id from field_past where created_at < $1 order by created_at limit $2)
        """,
        now - KEPT_FOR,
        AT_ONCE,
    )
    return int(gone.rpartition(" ")[2])
