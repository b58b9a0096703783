"""Edits that came from a newer app than we were: judged as soon as a build knows their operation.

The tablet was told ``parked`` and goes on; what became of the edit reaches it with a later pull.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from schemas.mutations import Envelope, known_ops
from schemas.problem import ErrorCode
from schemas.record import Struct
from server.auth.principal import principal_of_author
from server.database.pool import Connection, Pool, transaction
from server.policy.in_force import Policies
from server.replication.late_verdicts import tell_later
from server.replication.push import submit


class Retried(Struct):
    """How many parked edits were judged."""

    edits: int = 0


async def retry_parked(pool: Pool, *, now: datetime, policies: Policies) -> Retried:
    """Judge every parked edit whose operation this build knows, oldest first, each in its own transaction.

    Each is judged by what its author may do today, as of when he said it, and gets exactly one verdict more.
    """
    count = 0
    while True:
        async with transaction(pool) as connection:
            row = await _next(connection, known_ops())
            if row is None:
                return Retried(edits=count)
            await _judge_again(connection, row, now=now, policies=policies)
        count += 1


async def _next(connection: Connection, ops: Sequence[str]) -> asyncpg.Record | None:
    return await connection.fetchrow(
        """
        select h.* from held_edit h
        where h.code = 'unknown_op' and h.review = 'open' and h.op = any($1)
        order by h.created_at, h.mutation_id limit 1 for update skip locked
        """,
        ops,
    )


async def _judge_again(
    connection: Connection, row: asyncpg.Record, *, now: datetime, policies: Policies
) -> None:
    author = None
    if row["device_id"] is not None:
        author = await principal_of_author(connection, row["author"], row["device_id"])
    if author is None:  # nobody to judge it by: a person decides, like over anything held
        await connection.execute(
            "update held_edit set code = $2 where mutation_id = $1",
            row["mutation_id"],
            ErrorCode.NOT_ALLOWED.value,
        )
        return
    envelope = Envelope(
        seq=0,  # its age is no reason to park it again: we have its receipt
        mutation_id=row["mutation_id"],
        record_id=row["record_id"],
        op=row["op"],
        args=msgspec.json.encode(row["args"]),
        base=row["base"] or {},
        hlc=row["hlc"],
        policy_version=row["policy_version"],
    )
    # The verdict it has would make it a repetition; if anything fails, both are back.
    await connection.execute("delete from receipt where mutation_id = $1", envelope.mutation_id)
    await connection.execute("delete from held_edit where mutation_id = $1", envelope.mutation_id)
    (outcome,) = await submit(connection, author, [envelope], now=now, policies=policies)
    code = ErrorCode(outcome.code) if outcome.code else None
    await tell_later(connection, envelope.mutation_id, outcome.status, code)
