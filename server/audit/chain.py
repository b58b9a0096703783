"""The audit trail: events appended by every request, linked to a hash chain moments later.

Appending takes no lock. A sealing step, one at a time, gives committed events their place in the chain; so no
request waits for another, and what the chain says is fixed within seconds.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from schemas.record import Struct
from server.auth.principal import Principal
from server.database.pool import Connection

SEAL_LOCK = 0x41554449
SEAL_BATCH = 5_000
GENESIS = bytes(32)

_encoder = msgspec.json.Encoder(order="deterministic")


class ChainBroken(Exception):
    """The trail was altered: ``link`` is the first place that does not hold."""

    def __init__(self, link: int) -> None:
        super().__init__(f"the audit chain does not hold at link {link}")
        self.link = link


class ChainHead(Struct):
    """Where the chain ends. Kept elsewhere it proves that nothing was cut off."""

    link: int
    hash: bytes


async def append(
    connection: Connection,
    principal: Principal | None,
    action: str,
    *,
    subject_kind: str | None = None,
    subject_id: UUID | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Note that a principal did something. ``facts`` hold names of fields and counts, never values."""
    await append_many(connection, principal, action, subject_kind, [(subject_id, facts or {})])


async def append_many(
    connection: Connection,
    principal: Principal | None,
    action: str,
    subject_kind: str | None,
    subjects: list[tuple[UUID | None, Mapping[str, Any]]],
) -> None:
    """Note one action on several subjects, in one statement."""
    if not subjects:
        return
    await connection.execute(
        """
        insert into audit_event (actor, role, device_id, store, action, subject_kind, subject_id, facts)
        select $1, $2, $3, $4, $5, $6, subject, facts
        from unnest($7::uuid[], $8::jsonb[]) as each (subject, facts)
        """,
        principal.associate_id if principal else None,
        principal.role.value if principal else None,
        principal.device_id if principal else None,
        principal.device_store if principal else None,
        action,
        subject_kind,
        [subject for subject, _ in subjects],
        [dict(facts) for _, facts in subjects],
    )


def noting(first: int) -> str:
    """Return the SQL that notes one event, to stand in a statement of which its parameters are the last.

    Args:
        first: the number of its first parameter; ``noted`` gives their values. It ends where a condition may
            follow.
    """
    places = [f"${place}" for place in range(first, first + 8)]
    kinds = ("uuid", "text", "uuid", "text", "text", "text", "uuid", "jsonb")
    values = ", ".join(f"{place}::{kind}" for place, kind in zip(places, kinds, strict=True))
    return (
        "insert into audit_event (actor, role, device_id, store, action, subject_kind, subject_id, facts) "
        f"select {values}"
    )


def noted(
    principal: Principal, action: str, subject_kind: str, subject_id: UUID, facts: Mapping[str, Any]
) -> tuple[Any, ...]:
    """Return the values of the parameters of ``noting``."""
    return (
        principal.associate_id,
        principal.role.value,
        principal.device_id,
        principal.device_store,
        action,
        subject_kind,
        subject_id,
        dict(facts),
    )


async def seal(connection: Connection) -> int:
    """Link the events that are not in the chain yet, in the caller's transaction; return how many."""
    if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", SEAL_LOCK):
        return 0
    head = await head_of(connection)
    rows = await connection.fetch(
        f"select {_COLUMNS} from audit_event where link is null order by id limit {SEAL_BATCH}"  # noqa: S608
    )
    link, previous = head.link, head.hash
    sealed: list[tuple[int, int, bytes, bytes]] = []
    for row in rows:
        link += 1
        own = _hash(previous, link, row)
        sealed.append((row["id"], link, previous, own))
        previous = own
    if sealed:
        await connection.execute(
            """
            update audit_event e set link = s.link, prev_hash = s.prev, hash = s.own
            from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[]) as s (id, link, prev, own)
            where e.id = s.id
            """,
            *(list(column) for column in zip(*sealed, strict=True)),
        )
    return len(sealed)


async def head_of(connection: Connection) -> ChainHead:
    """Return the end of the chain."""
    row = await connection.fetchrow(
        "select link, hash from audit_event where link is not null order by link desc limit 1"
    )
    return ChainHead(link=row["link"], hash=row["hash"]) if row else ChainHead(link=0, hash=GENESIS)


async def verify(connection: Connection) -> ChainHead:
    """Return the end of the chain after checking every link of it.

    Raises:
        ChainBroken: an event was altered, removed or put in.
    """
    expected, previous = 1, GENESIS
    async with connection.transaction(readonly=True):
        async for row in connection.cursor(
            f"""
            select {_COLUMNS}, link, prev_hash, hash from audit_event
            where link is not null order by link
            """  # noqa: S608
        ):
            if row["link"] != expected or row["prev_hash"] != previous:
                raise ChainBroken(expected)
            if row["hash"] != _hash(previous, expected, row):
                raise ChainBroken(expected)
            expected, previous = expected + 1, row["hash"]
    return ChainHead(link=expected - 1, hash=previous)


_COLUMNS = "id, at, actor, role, device_id, store, action, subject_kind, subject_id, facts"


def _hash(previous: bytes, link: int, row: asyncpg.Record) -> bytes:
    at: datetime = row["at"]
    event = [
        link,
        row["id"],
        at.isoformat(),
        row["actor"],
        row["role"],
        row["device_id"],
        row["store"],
        row["action"],
        row["subject_kind"],
        row["subject_id"],
        row["facts"],
    ]
    return hashlib.sha256(previous + _encoder.encode(event)).digest()
