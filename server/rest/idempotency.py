"""Idempotency keys: the same request under the same key is carried out once.

A key belongs to the person who sent it. What is kept is a digest of the request, never the request.
"""

import hashlib
import os
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.params import HeaderParameter

from schemas.ids import id_from, uuid7
from schemas.problem import ErrorCode
from server.auth.principal import Principal
from server.database.pool import Connection
from server.problems import Refusal

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(name="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$"),
]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A key taken for one request; without one it is carried out each time it comes."""

    person: UUID
    key: str | None
    repeated: bool = False  # this very request was carried out before
    record_id: UUID | None = None  # what it made or changed then

    def new_id(self, place: int = 0) -> UUID:
        """Return an id for what is made at this place, the same at every repetition under the key."""
        if self.key is None:
            return uuid7(int(datetime.now(UTC).timestamp() * 1000), os.urandom(10))
        return id_from("rest", str(self.person), self.key, str(place))


async def claim(
    connection: Connection, principal: Principal, request: Request[Any, Any, Any], key: str | None
) -> Claim:
    """Take a request's key, in its transaction; a concurrent repetition waits for its end.

    Raises:
        Refusal: IDEMPOTENCY_CONFLICT when the key was used for another request.
    """
    if key is None:
        return Claim(person=principal.associate_id, key=None)
    digest = hashlib.sha256(
        b"\x1f".join((request.method.encode(), request.url.path.encode(), await request.body()))
    ).digest()
    taken = await connection.fetchval(
        """
        insert into idempotency_key (associate_id, key, request_digest, record_id) values ($1, $2, $3, $4)
        on conflict do nothing returning true
        """,
        principal.associate_id,
        key,
        digest,
        request.path_params.get("customer_id"),
    )
    if taken:
        return Claim(person=principal.associate_id, key=key)
    row = await connection.fetchrow(
        "select request_digest, record_id from idempotency_key where associate_id = $1 and key = $2",
        principal.associate_id,
        key,
    )
    if row is None or row["request_digest"] != digest:
        raise Refusal(ErrorCode.IDEMPOTENCY_CONFLICT)
    return Claim(person=principal.associate_id, key=key, repeated=True, record_id=row["record_id"])


async def keep_result(connection: Connection, claimed: Claim, record_id: UUID) -> None:
    """Note what the request made or changed, so that a repetition can be answered with it."""
    if claimed.key is None:
        return
    await connection.execute(
        "update idempotency_key set record_id = $3 where associate_id = $1 and key = $2",
        claimed.person,
        claimed.key,
        record_id,
    )
