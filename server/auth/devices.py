"""Tablets: enrolled with a manager's one-time code, proved by a secret, revoked at once."""

import secrets
from datetime import datetime
from uuid import UUID, uuid4

from schemas.problem import ErrorCode
from schemas.record import Struct
from server.auth.sealing import digest, keyed_digest
from server.database.pool import Connection, Pool
from server.problems import Refusal

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is misread: no 0 O 1 I L
CODE_LENGTH = 8
SECRET_BYTES = 32


class Enrolment(Struct):
    """A code to type on a new tablet."""

    code: str
    store: str
    expires_at: datetime


class EnrolledDevice(Struct):
    """What a tablet keeps of its enrolment; the secret is told this once."""

    device_id: UUID
    device_secret: str
    store: str


async def make_enrolment_code(
    connection: Connection, *, key: bytes, store: str, made_by: UUID, expires_at: datetime
) -> Enrolment:
    """Make a code that enrols one tablet of a store, once, before ``expires_at``."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    await connection.execute(
        "insert into enrolment_code (code_hash, store, made_by, expires_at) values ($1, $2, $3, $4)",
        keyed_digest(key, "enrolment", code),
        store,
        made_by,
        expires_at,
    )
    return Enrolment(code=code, store=store, expires_at=expires_at)


async def enrol(
    connection: Connection, *, key: bytes, code: str, name: str, now: datetime
) -> EnrolledDevice | None:
    """Trade a code for a device's identity; None when the code is wrong, used or expired."""
    row = await connection.fetchrow(
        """
        update enrolment_code set used_at = $2
        where code_hash = $1 and used_at is null and expires_at > $2 returning store, made_by
        """,
        keyed_digest(key, "enrolment", "".join(each for each in code.upper() if each.isalnum())),
        now,
    )
    if row is None:
        return None
    device_id, secret = uuid4(), secrets.token_urlsafe(SECRET_BYTES)
    await connection.execute(
        "insert into device (id, store, name, secret_hash, enrolled_by) values ($1, $2, $3, $4, $5)",
        device_id,
        row["store"],
        name,
        digest(secret),
        row["made_by"],
    )
    return EnrolledDevice(device_id=device_id, device_secret=secret, store=row["store"])


async def proved(connection: Connection | Pool, device_id: UUID | None, secret: str | None) -> UUID | None:
    """Return the device that proves itself; None when the request names none.

    Raises:
        Refusal: WRONG_CREDENTIALS for an unknown device or a wrong secret, DEVICE_REVOKED.
    """
    if device_id is None:
        return None
    row = await connection.fetchrow("select secret_hash, revoked_at from device where id = $1", device_id)
    if row is None or not secrets.compare_digest(row["secret_hash"], digest(secret or "")):
        raise Refusal(ErrorCode.WRONG_CREDENTIALS)
    if row["revoked_at"] is not None:
        raise Refusal(ErrorCode.DEVICE_REVOKED)
    return device_id


async def revoke(connection: Connection, device_id: UUID, *, now: datetime) -> str | None:
    """Refuse a device from its next request on, and return its store; None when there is no such device."""
    store: str | None = await connection.fetchval(
        "update device set revoked_at = coalesce(revoked_at, $2) where id = $1 returning store",
        device_id,
        now,
    )
    await connection.execute(
        """
        update refresh_family set ended_at = $2, end_reason = 'device_revoked'
        where device_id = $1 and ended_at is null
        """,
        device_id,
        now,
    )
    return store
