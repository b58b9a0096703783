"""Reads purchases, newest first."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from schemas.purchase import Purchase
from server.database.pool import Connection

LAST = (1 << 62, UUID(int=(1 << 128) - 1))  # sorts after every purchase


async def list_purchases(
    connection: Connection,
    customer_id: UUID,
    *,
    channel: str | None,
    store: str | None,
    before: tuple[int, UUID] | None,
    limit: int,
) -> list[Purchase]:
    """Return a customer's purchases of a channel and a store (None: any), newest first, before one."""
    at, purchase_id = before or LAST
    rows = await connection.fetch(
        """
        select id, source, reference, kind, channel, store, author, at_ms, total, currency from purchase
        where customer_id = $1 and (at_ms, id) < ($2, $3)
          and ($4::text is null or channel = $4) and ($5::text is null or store = $5)
        order by at_ms desc, id desc limit $6
        """,
        customer_id,
        at,
        purchase_id,
        channel,
        store,
        limit,
    )
    lines = await _lines(connection, [row["id"] for row in rows])
    return [
        msgspec.convert(
            {
                "purchase_id": row["id"],
                "source": row["source"],
                "reference": row["reference"],
                "at": row["at_ms"],
                "channel": row["channel"],
                "kind": row["kind"],
                "currency": row["currency"],
                "total": row["total"],
                "store": row["store"],
                "author": row["author"],
                "lines": lines.get(row["id"], []),
            },
            Purchase,
        )
        for row in rows
    ]


async def _lines(connection: Connection, purchase_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    rows = await connection.fetch(
        """
        select purchase_id, sku, title, quantity, amount, unit_price, size, size_category, colour, family
        from purchase_line where purchase_id = any($1::uuid[]) order by purchase_id, position
        """,
        purchase_ids,
    )
    lines: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        line = dict(row)
        lines.setdefault(line.pop("purchase_id"), []).append(line)
    return lines
