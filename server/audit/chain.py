"""The audit trail: events appended by every request, linked to a hash chain moments later.

Appending takes no lock. A sealing step, one at a time (``sealing``), gives committed events their place in
the chain; so no request waits for another, and what the chain says is fixed within seconds.
"""

import hashlib
from collections.abc import AsyncIterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from schemas.record import Struct
from server.auth.extraction import count, is_read
from server.auth.principal import Principal
from server.database.pool import Connection

GENESIS = bytes(32)

_encoder = msgspec.json.Encoder(order="deterministic")


class ChainEnd(Struct):
    """Where the chain ends."""

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
    subjects: Sequence[tuple[UUID | None, Mapping[str, Any]]],
) -> None:
    """Note one action on several subjects, in one statement; a read of people is counted too."""
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
    if principal is not None and is_read(action):
        await count(connection, principal.associate_id, [subject for subject, _ in subjects if subject])


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


def noting_each(first: int) -> str:
    """Return the SQL that notes several events, to stand in a statement of which its parameters are the last.

    Args:
        first: the number of its first parameter; ``noted_each`` gives their values.
    """
    actor, role, device, store, kind, actions, subjects, facts = (
        f"${place}" for place in range(first, first + 8)
    )
    return (
        "insert into audit_event (actor, role, device_id, store, action, subject_kind, subject_id, facts) "  # noqa: S608
        f"select {actor}::uuid, {role}::text, {device}::uuid, {store}::text, action, {kind}::text,"
        f" subject, facts from unnest({actions}::text[], {subjects}::uuid[], {facts}::jsonb[])"
        " as each (action, subject, facts)"
    )


def noted_each(
    principal: Principal, subject_kind: str, events: Sequence[tuple[str, UUID, Mapping[str, Any]]]
) -> tuple[Any, ...]:
    """Return the values of the parameters of ``noting_each``: of each event its action, subject and facts."""
    return (
        principal.associate_id,
        principal.role.value,
        principal.device_id,
        principal.device_store,
        subject_kind,
        [action for action, _, _ in events],
        [subject for _, subject, _ in events],
        [dict(facts) for _, _, facts in events],
    )


async def end_of(connection: Connection) -> ChainEnd:
    """Return the last link of the chain."""
    row = await connection.fetchrow(
        "select link, hash from audit_event where link is not null order by link desc limit 1"
    )
    return ChainEnd(link=row["link"], hash=row["hash"]) if row else ChainEnd(link=0, hash=GENESIS)


async def hash_at(connection: Connection, link: int) -> bytes | None:
    """Return the hash of one link; None when there is no such link."""
    if link == 0:
        return GENESIS
    found: bytes | None = await connection.fetchval("select hash from audit_event where link = $1", link)
    return found


async def unlinked(connection: Connection, most: int) -> list[asyncpg.Record]:
    """Return events that are not in the chain yet, in the order they will have."""
    return await connection.fetch(
        f"select {COLUMNS} from audit_event where link is null order by id limit {most:d}"  # noqa: S608
    )


async def link_up(connection: Connection, events: Sequence[asyncpg.Record]) -> ChainEnd:
    """Give events their places at the end of the chain, in the caller's transaction; return the new end."""
    end = await end_of(connection)
    link, previous = end.link, end.hash
    linked: list[tuple[int, int, bytes, bytes]] = []
    for event in events:
        link += 1
        own = link_hash(previous, link, event)
        linked.append((event["id"], link, previous, own))
        previous = own
    if linked:
        await connection.execute(
            """
            update audit_event e set link = s.link, prev_hash = s.prev, hash = s.own
            from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[]) as s (id, link, prev, own)
            where e.id = s.id
            """,
            *(list(column) for column in zip(*linked, strict=True)),
        )
    return ChainEnd(link=link, hash=previous)


def links(connection: Connection) -> AsyncIterable[asyncpg.Record]:
    """Return every link in its order; only within a transaction."""
    return connection.cursor(
        f"select {COLUMNS}, link, prev_hash, hash from audit_event where link is not null order by link",  # noqa: S608
        prefetch=1000,
    )


COLUMNS = "id, at, actor, role, device_id, store, action, subject_kind, subject_id, facts"


def link_hash(previous: bytes, link: int, row: Mapping[str, Any] | asyncpg.Record) -> bytes:
    """Return the hash that ties an event to all that was linked before it."""
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
