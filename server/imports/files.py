"""Works on files that were brought over the API: rehearses, takes in, takes back, one at a time.

What is done can be stopped after any transaction, and gone on with: the batch keeps its place. A process that
dies leaves the file to the next one that looks, once its lease is over.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from server.auth.sealing import derive
from server.database.pool import Connection, Pool, prepare, transaction
from server.imports import undoing
from server.imports.csv_source import FileUnreadable, require_table
from server.imports.frame import ImportBusy, principal_for
from server.imports.mapping import MappingInvalid
from server.imports.proposing import Proposal, propose
from server.imports.table_file import TableFile, looked_over

MOST_BYTES = 256 << 20  # of a table once it is inflated
LEASE_S = 60
LOOK_S = 0.5  # how often what is being done is looked at: whether to stop, how far it is
KEPT_FOR = timedelta(days=7)  # a file that nobody takes in

log = structlog.get_logger()


class Stopped(Exception):
    """Somebody said stop."""


def look_over(body: bytes, file_name: str, mapping: Any, *, store: str | None) -> TableFile:
    """Look a brought file over; it lies on disk only so long.

    Raises:
        FileUnreadable, MappingInvalid: it cannot be taken in as it is, and why.
    """
    with tempfile.TemporaryDirectory(prefix="comptoir-import-") as folder:
        return laid_down(Path(folder), body, file_name, mapping, store=store)


def proposed(body: bytes, file_name: str) -> Proposal:
    """Return how a brought file might be read; it lies on disk only so long.

    Raises:
        FileUnreadable: it is no table.
    """
    with tempfile.TemporaryDirectory(prefix="comptoir-import-") as folder:
        path = Path(folder) / file_name
        path.write_bytes(body)
        require_table(path, most_bytes=MOST_BYTES)
        return propose(path)


def laid_down(folder: Path, body: bytes, file_name: str, mapping: Any, *, store: str | None) -> TableFile:
    """Lay a brought file down in a folder, and look it over there."""
    path, mapping_path = folder / file_name, folder / ".mapping.json"
    path.write_bytes(body)
    mapping_path.write_bytes(msgspec.json.encode(mapping))
    require_table(path, most_bytes=MOST_BYTES)
    return looked_over(path, mapping_path, store=store)


async def work_on_next(
    pool: Pool,
    database_url: str,
    secret: bytes,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> bool:
    """Do what is wanted of the file that has waited longest; return whether there was one."""
    async with transaction(pool) as connection:
        row = await connection.fetchrow(
            """
            update import_file set leased_until = $1, done = 0, error = null where id = (
              select id from import_file
              where wanted is not null and (leased_until is null or leased_until < $2)
              order by created_at, id limit 1 for update skip locked)
            returning *
            """,
            clock() + timedelta(seconds=LEASE_S),
            clock(),
        )
    if row is None:
        return False
    work = _Work(pool, row, clock)
    watching = asyncio.create_task(work.watch())
    try:
        said = await work.do(database_url, secret)
    except Stopped:
        said = {"state": "stopped"}
    except (FileUnreadable, MappingInvalid, undoing.NothingToUndo) as error:
        said = {"state": "failed", "error": str(error)[:200]}
    except ImportBusy:
        said = {"state": "failed", "error": "the same file is being worked on elsewhere"}
    except Exception as error:
        log.error("import.failed", kind=type(error).__name__, file=str(row["id"]))
        said = {"state": "failed", "error": type(error).__name__}
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    async with transaction(pool) as connection:
        await connection.execute(
            """
            update import_file set wanted = null, stop = false, leased_until = null, state = $2, error = $3,
                   done = $4, rehearsed = coalesce($5, rehearsed), result = coalesce($6, result),
                   batch_id = coalesce($7, batch_id), body = case when $2 = 'done' then null else body end
            where id = $1
            """,
            row["id"],
            said["state"],
            said.get("error"),
            work.done,
            said.get("rehearsed"),
            said.get("result"),
            said.get("batch_id"),
        )
    return True


async def forget_old(connection: Connection, *, now: datetime) -> None:
    """Let go of the content of files that nobody took in."""
    await connection.execute(
        "update import_file set body = null where created_at < $1 and body is not null and wanted is null",
        now - KEPT_FOR,
    )


class _Work:
    """What is being done with one file, and how far it is."""

    def __init__(self, pool: Pool, row: Any, clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._row = row
        self._clock = clock
        self._stopped = False
        self.done = 0

    async def watch(self) -> None:
        """Say how far it is, hear whether to stop, and keep the lease."""
        while True:
            async with transaction(self._pool) as connection:
                self._stopped = bool(
                    await connection.fetchval(
                        "update import_file set done = $2, leased_until = $3 where id = $1 returning stop",
                        self._row["id"],
                        self.done,
                        self._clock() + timedelta(seconds=LEASE_S),
                    )
                )
            await asyncio.sleep(LOOK_S)

    def _progress(self, done: int, of: int) -> None:
        self.done = done
        if self._stopped:
            raise Stopped

    async def do(self, database_url: str, secret: bytes) -> dict[str, Any]:
        row = self._row
        connection: Connection = await asyncpg.connect(
            database_url, server_settings={"application_name": "comptoir import"}
        )
        try:
            await prepare(connection)
            stores = await connection.fetch(
                "select code from store where brand = $1 order by code", row["brand"]
            )
            principal = principal_for(
                row["source"], brand=row["brand"], stores=tuple(each["code"] for each in stores)
            )
            if row["wanted"] == "undo":
                undone = await undoing.undo(
                    connection,
                    row["batch_id"],
                    principal=principal,
                    clock=self._clock,
                    progress=self._progress,
                )
                return {"state": "undone", "result": msgspec.to_builtins(undone)}
            if row["body"] is None:
                raise FileUnreadable("its content was forgotten: bring it again")
            with tempfile.TemporaryDirectory(prefix="comptoir-import-") as folder:
                found = await asyncio.to_thread(
                    laid_down, Path(folder), row["body"], row["file_name"], row["mapping"], store=row["store"]
                )
                if row["wanted"] == "rehearse":
                    told = await found.rehearse(
                        connection,
                        principal=principal,
                        clock=self._clock,
                        secret=derive(secret, "identity"),
                        progress=self._progress,
                    )
                    told.pop("first_rows", None)  # what is kept of a rehearsal is counts
                    return {"state": "rehearsed", "rehearsed": told}
                try:
                    taken = await found.take_in(
                        connection, principal=principal, clock=self._clock, progress=self._progress
                    )
                except Stopped:
                    batch_id = await connection.fetchval(
                        """
                        select id from import_batch where source = $1 and file_hash = $2 and state = 'open'
                        order by started_at desc limit 1
                        """,
                        found.source,
                        found.file_hash,
                    )
                    return {"state": "stopped", "batch_id": batch_id}
            return {"state": "done", "result": taken["totals"], "batch_id": UUID(taken["batch_id"])}
        finally:
            await connection.close()
