"""The rows that pushes wrote, read back, and written again by bare asyncpg: what pushing is compared with.

The limit knows the rows beforehand: it judges nothing, looks nothing up, and writes them in one transaction,
a statement for each table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec

from schemas.record import Struct
from server.database.pool import Connection


class Written(Struct):
    """The rows that one push wrote."""

    customers: list[tuple[Any, ...]]  # id, stamps, likes, sizes, notes
    fragments: list[tuple[Any, ...]]  # record, group, body
    receipts: list[tuple[Any, ...]]  # of its device (the third) and incarnation (the fourth)
    past: list[tuple[Any, ...]]
    audit: list[tuple[Any, ...]]


async def written_by(connection: Connection, mutation_ids: Sequence[UUID], *, since: int = 0) -> Written:
    """Return the rows of a push by its edits, as they stand now.

    Args:
        since: the first transaction that may have written its fragments; 0: none but the last one did.
    """

    async def rows(statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await connection.fetch(statement, *arguments)]

    receipts = await rows(
        """
        select mutation_id, record_id, device_id, incarnation, seq, status, code from receipt
        where mutation_id = any($1)
        """,
        list(mutation_ids),
    )
    records = sorted({row[1] for row in receipts})
    first = since or await connection.fetchval(
        "select max(xid::text::bigint) from fragment where record_id = any($1)", records
    )
    return Written(
        customers=await rows(
            "select id, stamps, likes, sizes, notes from customer where id = any($1) order by id", records
        ),
        fragments=await rows(
            """
            select record_id, grp, body from fragment
            where record_id = any($1) and xid::text::bigint >= $2 order by record_id, grp
            """,
            records,
            first,
        ),
        receipts=receipts,
        past=await rows(
            "select record_id, field, value, stamp, lost_to from field_past where lost_to = any($1)",
            list(mutation_ids),
        ),
        audit=await rows(
            """
            select actor, role, device_id, store, action, subject_kind, subject_id, facts from audit_event
            where subject_id = any($1) order by id desc limit $2
            """,
            records,
            len(records),
        ),
    )


def anew(rows: Written) -> Written:
    """Return the rows with ids of their own where a table takes each once, and bodies that differ."""
    return msgspec.structs.replace(
        rows,
        receipts=[(uuid4(), record_id, device, incarnation, 0, status, code)
                  for _, record_id, device, incarnation, _, status, code in rows.receipts],
        fragments=[(record_id, group, body + " ") for record_id, group, body in rows.fragments],
    )  # fmt: skip


async def write(connection: Connection, rows: Written) -> None:
    """Write the rows of one push, in one transaction."""
    async with connection.transaction():
        await connection.executemany(
            "update customer set stamps = $2, likes = $3, sizes = $4, notes = $5 where id = $1",
            rows.customers,
        )
        await connection.executemany(
            """
            insert into fragment (record_id, grp, body) values ($1, $2, $3)
            on conflict (record_id, grp) do update
              set rev = fragment.rev + 1, xid = pg_current_xact_id(), body = excluded.body
            """,
            rows.fragments,
        )
        await connection.execute(
            "update member set xid = pg_current_xact_id() where record_id = any($1)",
            [row[0] for row in rows.customers],
        )
        await connection.executemany(
            """
            insert into receipt (mutation_id, record_id, device_id, incarnation, seq, status, code)
            values ($1, $2, $3, $4, $5, $6, $7)
            """,
            rows.receipts,
        )
        if rows.past:
            await connection.executemany(
                """
                insert into field_past (record_id, field, value, stamp, lost_to) values ($1, $2, $3, $4, $5)
                """,
                rows.past,
            )
        await connection.executemany(
            """
            insert into audit_event (actor, role, device_id, store, action, subject_kind, subject_id, facts)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            rows.audit,
        )
        await connection.execute(
            "update device_incarnation set seen_at = now() where device_id = $1 and incarnation = $2",
            *rows.receipts[0][2:4],
        )
