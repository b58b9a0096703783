"""Refresh tokens: opaque, used once, in families that end when one of them is used twice."""

import secrets
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from schemas.record import Struct
from server.auth.sealing import derive, digest, seal, unseal
from server.database.pool import Connection

TOKEN_BYTES = 32
LONGEST_TOKEN = 128


class Session(Struct):
    """A sign-in that may go on: the next refresh token and whom it belongs to."""

    token: str
    family_id: UUID
    associate_id: UUID
    device_id: UUID | None


class Ended(Struct):
    """A refresh token that gives nothing. ``reused``: somebody holds a copy, so the family ended."""

    why: Literal["unknown", "reused"]
    family_id: UUID | None = None
    associate_id: UUID | None = None


async def start_family(
    connection: Connection, *, associate_id: UUID, device_id: UUID | None, expires_at: datetime
) -> Session:
    """Open a family for a fresh sign-in and return its first token."""
    family_id = uuid4()
    await connection.execute(
        "insert into refresh_family (id, associate_id, device_id, expires_at) values ($1, $2, $3, $4)",
        family_id,
        associate_id,
        device_id,
        expires_at,
    )
    token = await _add(connection, family_id)
    return Session(token=token, family_id=family_id, associate_id=associate_id, device_id=device_id)


async def rotate(
    connection: Connection,
    token: str,
    *,
    device_id: UUID | None,
    now: datetime,
    grace: timedelta,
    life: timedelta,
) -> Session | Ended:
    """Trade a token for its successor, or say why not.

    It answers instead of raising, because the end of a family must be committed.

    Within ``grace`` the token just used answers the same successor again, to the same device only, because
    replies get lost. After that, its use ends the family.

    Args:
        device_id: the device that proved itself with this request.
    """
    row = await connection.fetchrow(
        """
        select t.used_at, t.sealed_successor, f.id as family_id, f.associate_id, f.device_id
        from refresh_token t join refresh_family f on f.id = t.family_id
        where t.token_hash = $1 and f.ended_at is null and f.expires_at > $2
        for update of t, f
        """,
        digest(token[:LONGEST_TOKEN]),
        now,
    )
    if row is None or row["device_id"] != device_id:
        return Ended(why="unknown")
    family_id: UUID = row["family_id"]
    if row["used_at"] is None:
        successor = await _add(connection, family_id)
        await connection.execute(
            "update refresh_token set used_at = $2, sealed_successor = $3 where token_hash = $1",
            digest(token),
            now,
            seal(_own_key(token), successor.encode()),
        )
        await connection.execute(
            "update refresh_family set expires_at = $2 where id = $1", family_id, now + life
        )
    elif now - row["used_at"] <= grace and (
        again := await _unused_successor(connection, token, row["sealed_successor"])
    ):
        successor = again
    else:
        await end_family(connection, family_id, reason="reused", now=now)
        return Ended(why="reused", family_id=family_id, associate_id=row["associate_id"])
    return Session(
        token=successor, family_id=family_id, associate_id=row["associate_id"], device_id=device_id
    )


async def end_family(connection: Connection, family_id: UUID, *, reason: str, now: datetime) -> None:
    """End a family; its access tokens are refused from now on too. Ending it twice changes nothing."""
    await connection.execute(
        "update refresh_family set ended_at = $2, end_reason = $3 where id = $1 and ended_at is null",
        family_id,
        now,
        reason,
    )


async def _add(connection: Connection, family_id: UUID) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await connection.execute(
        "insert into refresh_token (token_hash, family_id) values ($1, $2)", digest(token), family_id
    )
    return token


async def _unused_successor(connection: Connection, token: str, sealed: bytes) -> str | None:
    successor = unseal(_own_key(token), sealed).decode()
    unused = await connection.fetchval(
        "select used_at is null from refresh_token where token_hash = $1", digest(successor)
    )
    return successor if unused else None


def _own_key(token: str) -> bytes:
    """Only who holds the token can open what it was traded for."""
    return derive(token.encode(), "refresh-successor")
