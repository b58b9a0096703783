"""Works through what came in: one delivery, one transaction; what fails is tried again, then put aside.

Of several documents in a delivery those that can be read are taken in; for the others it is put aside, and
may be dealt with again as a whole: what was taken in already changes nothing.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from server.auth.sealing import derive
from server.connectors.kinds import Source, documents_of, said_in
from server.connectors.registry import Connector, connector
from server.connectors.said import Unreadable
from server.connectors.settings import Context
from server.connectors.taking_in import TakingIn
from server.database import queue
from server.database.pool import Connection, Pool, transaction
from server.identity import awaiting
from server.imports.frame import principal_for
from server.policy.in_force import Policies

LEASE_S = 120
AT_ONCE = 50
KEPT_FOR = timedelta(days=30)  # a body after it was dealt with: to be read again if we read it wrong
WAITED_FOR = timedelta(days=395)  # what nobody has claimed in thirteen months is nobody's

log = structlog.get_logger()


async def work_through(
    pool: Pool,
    secret: bytes,
    policies: Policies,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    most: int = AT_ONCE,
) -> int:
    """Deal with deliveries that are due, and with what has found its person; return how many pieces."""
    async with transaction(pool) as connection:
        pieces = await queue.take(connection, "delivery", now=clock(), lease_s=LEASE_S, most=most)
        matches = await queue.take(connection, "awaiting_match", now=clock(), lease_s=LEASE_S, most=most)
    for piece in pieces:
        await _one(pool, "delivery", piece, _take_in, secret, policies, clock)
    for piece in matches:
        await _one(pool, "awaiting_match", piece, _claim, secret, policies, clock)
    return len(pieces) + len(matches)


async def _one(
    pool: Pool, table: str, piece: Any, deal: Any, secret: bytes, policies: Policies, clock: Any
) -> None:
    try:
        async with transaction(pool) as connection:
            left = await deal(connection, piece, secret, policies, clock())
            await queue.settle(connection, table, piece["id"], now=clock())
        if not left:
            return
        reason, hopeless = left, True
    except Unreadable as error:
        reason, hopeless = str(error), True
    except Exception as error:  # whatever it is, the others go on; it is tried again and then shown
        reason, hopeless = type(error).__name__, False
    async with transaction(pool) as connection:
        dead = await queue.put_off(
            connection,
            table,
            piece["id"],
            attempts=piece["attempts"],
            error=reason,
            now=clock(),
            hopeless=hopeless,
        )
    log.warning("connector.put_off", table=table, piece=str(piece["id"]), dead=dead)


async def _take_in(
    connection: Connection, piece: Any, secret: bytes, policies: Policies, now: datetime
) -> str | None:
    """Take a delivery in; return which of its documents were left, and why."""
    held = await connector(connection, piece["connector_id"])
    if held is None:
        raise Unreadable("the connector is closed")
    if piece["body"] is None:
        raise Unreadable("its content was forgotten")
    taking = await _taking(connection, held, secret, policies, now)
    context = Context(
        source=held.source,
        brand=held.brand,
        settings=held.settings,
        topic=piece["topic"],
        received_at=int(piece["received_at"].timestamp() * 1000),
    )
    left = await _documents(connection, taking, held.source_kind(), documents_of(piece["body"]), context)
    await connection.execute(
        "update delivery set records = $2, body = case when $3 then null else body end where id = $1",
        piece["id"],
        sorted(taking.records),
        taking.forgotten,
    )
    return left


async def _documents(
    connection: Connection, taking: TakingIn, kind: Source, documents: Sequence[Any], context: Context
) -> str | None:
    """Take in each document by itself; return which were left, and why.

    Raises:
        Unreadable: the only one cannot be read.
    """
    left: list[tuple[int, str]] = []
    for place, document in enumerate(documents, 1):
        told_of = set(taking.records)
        try:
            async with connection.transaction():
                for said in said_in(kind, document, context):
                    await taking.take(said)
        except Unreadable as error:
            if len(documents) == 1:
                raise
            taking.records = told_of
            left.append((place, str(error)))
    if not left:
        return None
    shown = "; ".join(f"document {place}: {why}" for place, why in left)
    return f"{len(left)} of {len(documents)} left: {shown}"


async def _claim(
    connection: Connection, piece: Any, secret: bytes, policies: Policies, now: datetime
) -> None:
    row = await connection.fetchrow(
        """
        select k.id from awaiting a join connector k on k.source = a.source and k.active where a.id = $1
        """,
        piece["awaiting_id"],
    )
    held = await connector(connection, row["id"]) if row else None
    if held is None:
        return
    whom = await awaiting.whose(connection, piece["awaiting_id"], held.brand, derive(secret, "identity"))
    if whom is not None:
        taking = await _taking(connection, held, secret, policies, now)
        await taking.claim(piece["awaiting_id"], whom, None)


async def _taking(
    connection: Connection, held: Connector, secret: bytes, policies: Policies, now: datetime
) -> TakingIn:
    rows = await connection.fetch("select code from store where brand = $1 order by code", held.brand)
    stores = tuple(row["code"] for row in rows)
    return TakingIn(
        connection,
        source=held.source,
        settings=held.settings,
        principal=principal_for(held.source, brand=held.brand, stores=stores),
        policies=policies,
        now=now,
        secret=derive(secret, "identity"),
    )


async def forget_old(connection: Connection, *, now: datetime) -> None:
    """Empty deliveries that were dealt with long ago, and let go of what nobody has claimed in a year."""
    await connection.execute(
        "update delivery set body = null where state <> 'waiting' and ended_at < $1 and body is not null",
        now - KEPT_FOR,
    )
    await connection.execute("delete from awaiting where received_at < $1", now - WAITED_FOR)
    await connection.execute(
        "delete from awaiting_key k where not exists (select from awaiting a where a.id = k.awaiting_id)"
    )
    await connection.execute("delete from awaiting_match where ended_at < $1", now - KEPT_FOR)
    await connection.execute("delete from visitor_link where created_at < $1", now - WAITED_FOR)
