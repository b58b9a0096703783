"""Endpoints as they are kept: whom they belong to, what they are told of, how it is signed."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from schemas.record import Struct
from server.auth.sealing import derive
from server.auth.shared_secrets import Secret, exchanged, good_secrets, seal_secrets
from server.database.pool import Connection

ENTERED, CHANGED, LEFT = "customer.entered", "customer.changed", "customer.left"
MERGED, ERASED = "customer.merged", "customer.erased"
TYPES: Final = (CHANGED, ENTERED, ERASED, LEFT, MERGED)

COLUMNS: Final = (
    "id, account_id, brand, url, types, sealed_secrets, active, seen, failing_since, stopped_because"
)


class Endpoint(Struct):
    """Where a service is told of changes."""

    id: UUID
    account_id: UUID
    brand: str
    url: str
    types: tuple[str, ...]
    sealed_secrets: bytes
    active: bool
    seen: str
    failing_since: datetime | None = None
    stopped_because: str | None = None

    def secrets(self, secret: bytes, *, now: datetime) -> list[str]:
        """Return what its messages are signed with now, the newest first."""
        return good_secrets(_key(secret), self.sealed_secrets, context=self.id.bytes, now=now)

    def with_secret(self, secret: bytes, text: str, *, now: datetime, overlap: timedelta) -> bytes:
        """Return its secrets with one more; messages carry both signatures until the overlap is over."""
        good = self.secrets(secret, now=now)
        return sealed(secret, self.id, exchanged(good, text, now=now, overlap=overlap))


def sealed(secret: bytes, endpoint_id: UUID, secrets: list[Secret]) -> bytes:
    """Return secrets as they are kept."""
    return seal_secrets(_key(secret), secrets, context=endpoint_id.bytes)


def of_row(row: Any) -> Endpoint:
    """Return the endpoint of a row."""
    return msgspec.convert(dict(row), Endpoint)


async def endpoint(connection: Connection, endpoint_id: UUID) -> Endpoint | None:
    """Return an endpoint, active or not."""
    row = await connection.fetchrow(
        f"select {COLUMNS} from webhook_endpoint where id = $1",  # noqa: S608 (ours)
        endpoint_id,
    )
    return None if row is None else of_row(row)


async def stop(connection: Connection, endpoint_id: UUID, *, because: str | None, now: datetime) -> None:
    """Tell an endpoint nothing more; what was on its way is put aside.

    What happens from here on is told when it is started again: it is looked up from where it had been told.
    """
    await connection.execute(
        """
        update webhook_endpoint set active = false, failing_since = null, stopped_because = $2 where id = $1
        """,
        endpoint_id,
        because,
    )
    await connection.execute(
        """
        update webhook_message set state = 'dead', error = 'stopped', ended_at = $2
        where endpoint_id = $1 and state = 'waiting'
        """,
        endpoint_id,
        now,
    )


def _key(secret: bytes) -> bytes:
    return derive(secret, "webhooks")
