"""Reads the consent ledger, newest first."""

from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from schemas.consent import ConsentEvent, standings
from server.database.pool import Connection

_COLUMNS = """id, brand, channel, purpose, state, at_ms, knows, wording, wording_hash, signature, language,
    how, author, store, device_id, confirms"""


async def ledger(
    connection: Connection, customer_id: UUID, *, before: int | None, limit: int
) -> list[tuple[int, ConsentEvent]]:
    """Return what a customer said, with its place in the ledger, newest first, before a place."""
    rows = await connection.fetch(
        f"""
        select position, {_COLUMNS}
        from consent_event where customer_id = $1 and position < $2 order by position desc limit $3
        """,  # noqa: S608 (the columns are ours)
        customer_id,
        before if before is not None else 1 << 62,
        limit,
    )
    return [(row["position"], _event(row)) for row in rows]


async def statement(connection: Connection, customer_id: UUID, event_id: UUID) -> ConsentEvent | None:
    """Return one thing a customer said, or None when she said no such thing."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from consent_event where customer_id = $1 and id = $2",  # noqa: S608
        customer_id,
        event_id,
    )
    return _event(row) if row is not None else None


async def standings_of(connection: Connection, customer_id: UUID) -> dict[str, Any]:
    """Return where a customer stands by her whole ledger, JSON-shaped as a record holds it."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from consent_event where customer_id = $1",  # noqa: S608 (the columns are ours)
        customer_id,
    )
    shaped: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(standings(map(_event, rows))))
    return shaped


def _event(row: asyncpg.Record) -> ConsentEvent:
    fields = {name: row[name] for name in ConsentEvent.__struct_fields__ if name in row}
    fields |= {"event_id": row["id"], "at": row["at_ms"], "device": row["device_id"]}
    return msgspec.convert(fields | {"signature": row["signature"] or ()}, ConsentEvent)
