"""Reads the loyalty ledger, newest first."""

from uuid import UUID

from schemas.loyalty import LoyaltyEntry
from server.database.pool import Connection

LAST = (1 << 62, UUID(int=(1 << 128) - 1))  # sorts after every entry


async def ledger(
    connection: Connection, customer_id: UUID, *, before: tuple[int, UUID] | None, limit: int
) -> list[LoyaltyEntry]:
    """Return the movements of a customer's points, newest first, before one of them."""
    at, entry_id = before or LAST
    rows = await connection.fetch(
        """
        select id, at_ms, points, reason, reference from loyalty_entry
        where customer_id = $1 and reason <> 'hold' and (at_ms, id) < ($2, $3)
        order by at_ms desc, id desc limit $4
        """,
        customer_id,
        at,
        entry_id,
        limit,
    )
    return [
        LoyaltyEntry(
            entry_id=row["id"],
            at=row["at_ms"],
            points=row["points"],
            reason=row["reason"],
            reference=row["reference"],
        )
        for row in rows
    ]
