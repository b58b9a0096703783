"""Keeps the list of promises in step with the customers they were made to."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from schemas.states import Machine
from server.database.pool import Connection
from server.replication.workspace import Entry
from sync.reducer import value_at
from sync.state_machine import beginning_of, move_of


async def list_promises(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Write the line of every promise that was begun or moved, as it stands after all edits of the batch."""
    rows: dict[tuple[UUID, UUID], tuple[Any, ...]] = {}
    for entry in entries:
        assert entry.state is not None
        beginning, move = beginning_of(entry.mutation), move_of(entry.mutation)
        if beginning is not None:
            machine, key = beginning[0], beginning[1]
        else:
            assert move is not None
            machine, key = move.machine, move.key
        thing = value_at(entry.state.values, f"{machine.field}/{key}")
        if thing is not None:
            line = line_of(machine, key, entry.state.customer_id, thing)
            rows[line[0], line[2]] = line
    await keep_lines(connection, list(rows.values()))


def line_of(machine: Machine, key: str, customer_id: UUID, thing: dict[str, Any]) -> tuple[Any, ...]:
    """Return the line of one promise."""
    return (
        UUID(key),
        machine.field,
        customer_id,
        thing["state"],
        machine.ended(thing["state"]),
        day_of(thing),
        thing.get("owner"),
    )


def day_of(thing: dict[str, Any]) -> str:
    """Return the ISO date on which a promise is due or takes place; empty for none."""
    if "starts" in thing:
        return f"{datetime.fromtimestamp(thing['starts'] / 1000, UTC):%Y-%m-%d}"
    return str(thing.get("due") or "")


async def keep_lines(connection: Connection, lines: Sequence[tuple[Any, ...]]) -> None:
    """Write lines of the list over those of the same promises."""
    if not lines:
        return
    await connection.execute(
        """
        insert into promise (id, field, customer_id, state, ended, day, owner)
        select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bool[], $6::text[],
                             $7::text[])
        on conflict (id, customer_id) do update
          set state = excluded.state, ended = excluded.ended, day = excluded.day, owner = excluded.owner
        """,
        *(list(column) for column in zip(*lines, strict=True)),
    )
