"""Connectors as they are kept: their settings, and their secrets, sealed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from schemas.record import Struct
from server.auth.sealing import derive
from server.auth.shared_secrets import Secret, exchanged, good_secrets, seal_secrets
from server.connectors.kinds import KINDS, Source
from server.connectors.settings import ConnectorSettings
from server.database.pool import Connection


class Connector(Struct):
    """A source that may tell us things."""

    id: UUID
    source: str
    kind: str
    brand: str
    settings: ConnectorSettings
    sealed_secrets: bytes
    active: bool

    def source_kind(self) -> Source:
        """Return how its deliveries are verified and read."""
        return KINDS[self.kind]

    def secrets(self, secret: bytes, *, now: datetime) -> list[str]:
        """Return the secrets that are good now; none when they were sealed with another key."""
        return good_secrets(_key(secret), self.sealed_secrets, context=self.id.bytes, now=now)


async def connector(connection: Connection, connector_id: UUID) -> Connector | None:
    """Return a connector that is not closed."""
    row = await connection.fetchrow(
        f"select {COLUMNS} from connector where id = $1 and active",  # noqa: S608 (ours)
        connector_id,
    )
    return None if row is None else of_row(row)


COLUMNS = "id, source, kind, brand, settings, sealed_secrets, active"


def of_row(row: Any) -> Connector:
    """Return the connector of a row."""
    return msgspec.convert(dict(row), Connector)


def sealed(secret: bytes, connector_id: UUID, secrets: list[Secret]) -> bytes:
    """Return secrets as they are kept."""
    return seal_secrets(_key(secret), secrets, context=connector_id.bytes)


def with_new(before: Connector, secret: bytes, text: str, *, now: datetime, overlap: timedelta) -> bytes:
    """Return the secrets with one more; the one before it is good until the overlap is over."""
    good = before.secrets(secret, now=now)
    return sealed(secret, before.id, exchanged(good, text, now=now, overlap=overlap))


def _key(secret: bytes) -> bytes:
    return derive(secret, "connectors")
