"""The frame of every import: for whom it speaks, one run of a file at a time, and what its batch has done."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from schemas.ids import id_from
from schemas.record import Struct
from schemas.staff import Role
from server.auth.principal import Principal
from server.database.pool import Connection

Part = TypeVar("Part")

IMPORT_LOCK = 0x494D504F


class ImportBusy(Exception):
    """The same file is being imported by another process."""


class Batch(Struct):
    """An open batch: what was dealt with before, and what was counted of it."""

    id: UUID
    position: int
    counts: Any


def principal_for(source: str, *, brand: str, stores: tuple[str, ...]) -> Principal:
    """Return whom an import speaks for: the source system, with the rights of an integration."""
    return Principal(
        associate_id=id_from("integration", source),
        name=source,
        role=Role.INTEGRATION,
        stores=stores,
        zone=None,
        brand=brand,
    )


@asynccontextmanager
async def alone(connection: Connection, *, source: str, file_hash: str, name: str) -> AsyncIterator[None]:
    """Keep a file from being imported twice at once. ``connection`` is outside any transaction.

    Raises:
        ImportBusy: the same file is being imported elsewhere.
    """
    number = int.from_bytes(id_from(source, file_hash).bytes[:4], "big", signed=True)
    if not await connection.fetchval("select pg_try_advisory_lock($1, $2)", IMPORT_LOCK, number):
        raise ImportBusy(name)
    try:
        yield
    finally:
        await connection.execute("select pg_advisory_unlock($1, $2)", IMPORT_LOCK, number)


async def open_batch(
    connection: Connection,
    *,
    source: str,
    file_name: str,
    file_hash: str,
    mapping: Mapping[str, Any],
    started_by: UUID,
) -> Batch:
    """Return the open batch of this file with its position and counts; a new one when none is open."""
    row = await connection.fetchrow(
        """
        select id, position, counts from import_batch
        where source = $1 and file_hash = $2 and mapping = $3 and state = 'open'
        """,
        source,
        file_hash,
        mapping,
    )
    if row is not None:
        return Batch(id=row["id"], position=row["position"], counts=row["counts"])
    batch_id: UUID = await connection.fetchval(
        """
        insert into import_batch (id, source, file_name, file_hash, mapping, started_by)
        values (uuidv7(), $1, $2, $3, $4, $5) returning id
        """,
        source,
        file_name,
        file_hash,
        mapping,
        started_by,
    )
    return Batch(id=batch_id, position=0, counts={})


async def keep_place(connection: Connection, batch_id: UUID, *, position: int, counts: Any) -> None:
    """Move a batch on, in the transaction that did the work."""
    await connection.execute(
        "update import_batch set position = $2, counts = $3 where id = $1", batch_id, position, counts
    )


async def close_batch(connection: Connection, batch_id: UUID, *, now: datetime) -> None:
    """Note that a file has been read to its end."""
    await connection.execute(
        "update import_batch set state = 'done', ended_at = $2 where id = $1", batch_id, now
    )


async def read_ahead(found: Iterator[Part]) -> AsyncIterator[Part]:
    """Yield the parts of a file, the next one being read while the database works on this one."""
    with ThreadPoolExecutor(1) as reading:
        loop = asyncio.get_running_loop()
        coming = loop.run_in_executor(reading, next, found, None)
        while (part := await coming) is not None:
            coming = loop.run_in_executor(reading, next, found, None)
            yield part
