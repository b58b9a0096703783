"""Reads the consent ledger, newest first."""

from uuid import UUID

import msgspec

from schemas.consent import ConsentEvent
from server.database.pool import Connection


async def ledger(
    connection: Connection, customer_id: UUID, *, before: int | None, limit: int
) -> list[tuple[int, ConsentEvent]]:
    """Return what a customer said, with its place in the ledger, newest first, before a place."""
    rows = await connection.fetch(
        """
        select position, id, brand, channel, purpose, state, at_ms, knows, wording, language, how, author,
               store, device_id
        from consent_event where customer_id = $1 and position < $2 order by position desc limit $3
        """,
        customer_id,
        before if before is not None else 1 << 62,
        limit,
    )
    return [
        (
            row["position"],
            msgspec.convert(
                {
                    "event_id": row["id"],
                    "at": row["at_ms"],
                    "device": row["device_id"],
                    **{
                        name: row[name]
                        for name in (
                            "brand",
                            "channel",
                            "purpose",
                            "state",
                            "knows",
                            "wording",
                            "language",
                            "how",
                            "author",
                            "store",
                        )
                    },
                },
                ConsentEvent,
            ),
        )
        for row in rows
    ]
