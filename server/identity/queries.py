"""Reads merges: who was merged into whom, and from where each value came."""

from datetime import datetime
from uuid import UUID

from schemas.record import Struct
from server.database.pool import Connection

MOST_MERGES = 200  # of one person


class MergeLine(Struct, omit_defaults=True):
    """One merge, standing or taken back."""

    merged: UUID
    into: UUID
    at: datetime
    by: UUID
    kept: dict[str, str]  # path -> from where its value came
    reason: str | None = None
    undone_at: datetime | None = None
    undone_by: UUID | None = None


async def merges_of(connection: Connection, customer_id: UUID) -> list[MergeLine]:
    """Return the merges of a customer and of all that were ever merged into her, latest first."""
    rows = await connection.fetch(
        """
        with recursive family as (
          select $1::uuid as id
          union select m.loser from merge m join family f on m.winner = f.id)
        select m.loser, m.winner, m.created_at, m.merged_by, m.reason, m.undone_at, m.undone_by,
               coalesce((select jsonb_object_agg(r.path, r.source) from merge_record r
                         where r.merge_id = m.id), '{}') as kept
        from merge m where m.loser in (select id from family)
        order by m.created_at desc, m.id limit $2
        """,
        customer_id,
        MOST_MERGES,
    )
    return [
        MergeLine(
            merged=row["loser"],
            into=row["winner"],
            at=row["created_at"],
            by=row["merged_by"],
            kept=row["kept"],
            reason=row["reason"],
            undone_at=row["undone_at"],
            undone_by=row["undone_by"],
        )
        for row in rows
    ]
