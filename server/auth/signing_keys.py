"""Rotation of the keys that sign access tokens: the one before is believed until its last token ends."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.record import Struct
from server.auth.access_token import LONGEST_LIFE_S, NOTICED_AFTER_S, make_signing_key
from server.database.pool import Connection

OVERLAP: timedelta = timedelta(seconds=LONGEST_LIFE_S + 2 * NOTICED_AFTER_S)


class SigningKey(Struct):
    """One key as it may be shown: its public half, and from when to when it is believed."""

    kid: str
    public: bytes
    created_at: datetime
    retired_at: datetime | None  # None: it signs

    @property
    def jwk(self) -> dict[str, str]:
        """The public half as others read it (RFC 8037)."""
        x = base64.urlsafe_b64encode(self.public).rstrip(b"=").decode()
        return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.kid, "x": x}


async def rotate(connection: Connection, secret: bytes, *, now: datetime, at_once: bool = False) -> str:
    """Make a key that signs from now on, and return its id.

    Every process notices within ``NOTICED_AFTER_S``. What the keys before have signed is believed until it
    expires; with ``at_once`` it is refused as soon as that is noticed, and everybody refreshes.
    """
    until = now if at_once else now + OVERLAP
    async with connection.transaction():
        await connection.execute("lock table signing_key in share row exclusive mode")
        await connection.execute(
            "update signing_key set retired_at = $1 where retired_at is null or retired_at > $1", until
        )
        return await make_signing_key(connection, secret)


async def believed(connection: Connection) -> list[SigningKey]:
    """Return the keys whose tokens are believed now, the newest first."""
    rows: list[Any] = await connection.fetch(
        """
        select kid, public, created_at, retired_at from signing_key
        where retired_at is null or retired_at > $1 order by created_at desc
        """,
        datetime.now(UTC),
    )
    return [SigningKey(**dict(row)) for row in rows]
