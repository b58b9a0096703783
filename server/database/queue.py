"""Work that waits in a table: taken by whoever is free, tried again with growing pauses, put aside at last.

A table of work has the columns of ``columns``. Who takes a piece leases it by moving its due time; what he
does and that it is done are written in one transaction: a process that dies leaves the piece due again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Integer, Text, text

from server.database.columns import instant
from server.database.pool import Connection

WAITING, DONE, DEAD = "waiting", "done", "dead"
MOST_ATTEMPTS = 8
FIRST_PAUSE_S = 10
LONGEST_PAUSE_S = 6 * 3600
LONGEST_ERROR = 200


def columns() -> tuple[Column[Any], ...]:
    """Return the columns every table of work has, besides its ``id``."""
    return (
        Column("state", Text, nullable=False, server_default=WAITING),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("due_at", instant("due_at").type, nullable=False, server_default=text("now()")),
        Column("error", Text),  # a code, never a value
        instant("ended_at", nullable=True),
    )


def pause_s(attempts: int) -> int:
    """Return how long to wait after this many attempts: four times longer each, up to six hours."""
    return int(min(FIRST_PAUSE_S * 4 ** max(attempts - 1, 0), LONGEST_PAUSE_S))


async def take(
    connection: Connection, table: str, *, now: datetime, lease_s: float, most: int
) -> Sequence[Any]:
    """Lease the pieces of work that are due, the longest due first, and return their rows.

    Args:
        table: one of ours.
        now: what is due by then; the lease runs from it.
    """
    return await connection.fetch(
        f"""
        with due as (
            select id as due_id, due_at as was_due from {table}
            where state = 'waiting' and due_at <= $1
            order by due_at, id limit $3 for update skip locked
        ), taken as (
            update {table} set attempts = attempts + 1, due_at = $1 + $2::interval
            from due where id = due_id returning *
        )
        select * from taken order by was_due, id
        """,  # noqa: S608 (the name is ours)
        now,
        timedelta(seconds=lease_s),
        most,
    )


async def settle(connection: Connection, table: str, piece: Any, *, now: datetime) -> None:
    """Note that a piece is done, in the transaction that did it."""
    await connection.execute(
        f"update {table} set state = 'done', error = null, ended_at = $2 where id = $1",  # noqa: S608
        piece,
        now,
    )


async def put_off(
    connection: Connection,
    table: str,
    piece: Any,
    *,
    attempts: int,
    error: str,
    now: datetime,
    hopeless: bool = False,
    most: int = MOST_ATTEMPTS,
    pause: timedelta | None = None,
) -> bool:
    """Try a piece again later, or put it aside when it was tried too often; return whether it was.

    Args:
        hopeless: trying again would end in the same.
        most: attempts, after which it is put aside.
        pause: until the next one; as ``pause_s`` says for None.
    """
    dead = hopeless or attempts >= most
    await connection.execute(
        f"""
        update {table} set state = $2, error = $3, due_at = $4, ended_at = $5 where id = $1
        """,  # noqa: S608 (the name is ours)
        piece,
        DEAD if dead else WAITING,
        error[:LONGEST_ERROR],
        now + (timedelta(seconds=pause_s(attempts)) if pause is None else pause),
        now if dead else None,
    )
    return dead


async def try_again(connection: Connection, table: str, piece: Any, *, now: datetime) -> bool:
    """Let a piece that was put aside, or done, be worked on once more; return whether there was one."""
    found = await connection.fetchval(
        f"""
        update {table} set state = 'waiting', attempts = 0, due_at = $2, error = null, ended_at = null
        where id = $1 and state <> 'waiting' returning true
        """,  # noqa: S608 (the name is ours)
        piece,
        now,
    )
    return bool(found)
