"""The directory as tablets hold it: stores, and associates as their colleagues see them."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from schemas.ids import record_id_of
from schemas.record import Kind
from schemas.staff import Associate, Role, Store
from server.auth.principal import display_name
from server.database.pool import Connection
from server.replication.publishing import move_members, publish_public
from server.scope import DIRECTORY


async def publish_directory(connection: Connection) -> None:
    """Publish every store and every associate who works here; who left, leaves.

    Repeating it changes nothing.
    """
    stores = [
        Store(**dict(row))
        for row in await connection.fetch("select code, name, city, brand, zone, country from store")
    ]
    await publish_public(
        connection,
        Kind.STORE,
        DIRECTORY,
        [(record_id_of(Kind.STORE.value, one.code), msgspec.to_builtins(one)) for one in stores],
    )
    rows = await connection.fetch(_EVERYBODY)
    await _publish_associates(connection, rows)


async def publish_associate(connection: Connection, associate_id: UUID) -> None:
    """Publish what the directory says of one associate after a change; who left, leaves."""
    await _publish_associates(connection, await connection.fetch(f"{_EVERYBODY} where id = $1", associate_id))


_EVERYBODY = "select id, code, given_name, family_name, role, stores, active from associate"


async def _publish_associates(connection: Connection, rows: Sequence[asyncpg.Record]) -> None:
    working = [
        Associate(
            associate_id=row["id"],
            display_name=display_name(row["given_name"], row["family_name"]),
            role=Role(row["role"]),
            stores=tuple(row["stores"]),
        )
        for row in rows
        if row["active"]
    ]
    await publish_public(
        connection,
        Kind.ASSOCIATE,
        DIRECTORY,
        [
            (record_id_of(Kind.ASSOCIATE.value, str(one.associate_id)), msgspec.to_builtins(one))
            for one in working
        ],
    )
    gone = [record_id_of(Kind.ASSOCIATE.value, str(row["id"])) for row in rows if not row["active"]]
    gone += [record_id_of(Kind.ASSOCIATE.value, row["code"]) for row in rows]  # as they were once named
    await move_members(
        connection, Kind.ASSOCIATE, entering=[], leaving=[(DIRECTORY, record_id) for record_id in gone]
    )
