"""Idempotency keys: the same request under the same key is carried out once.

A key belongs to the person who sent it. What is kept is a digest of the request, never the request.
"""

import hashlib
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.params import HeaderParameter

from schemas.ids import id_from
from schemas.problem import ErrorCode
from server.auth.principal import Principal
from server.database.pool import Connection
from server.problems import Refusal

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(name="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$"),
]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A key taken for one request."""

    person: UUID
    key: str
    repeated: bool  # this very request was carried out before
    record_id: UUID | None = None  # what it made or changed then

    def mutation_id(self, place: int) -> UUID:
        """Return the id of the request's edit at this place, the same at every repetition."""
        return id_from("rest", str(self.person), self.key, str(place))


async def claim(
    connection: Connection, principal: Principal, request: Request[Any, Any, Any], key: str
) -> Claim:
    """Take a key for a request, in the caller's transaction; a concurrent repetition waits for its end.

    Raises:
        Refusal: IDEMPOTENCY_CONFLICT when the key was used for another request.
    """
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
        return Claim(person=principal.associate_id, key=key, repeated=False)
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
    await connection.execute(
        "update idempotency_key set record_id = $3 where associate_id = $1 and key = $2",
        claimed.person,
        claimed.key,
        record_id,
    )
