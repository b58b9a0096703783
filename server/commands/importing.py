"""Around the rows of an import on the command line: where to, in whose name, progress, refused lines."""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol
from uuid import UUID

from server.auth.principal import Principal
from server.commands.answer import CommandFailed
from server.commands.database import connected, database, settings_for
from server.commands.migrate import migrate_reachable
from server.commands.secret import require_servers_secret
from server.database.pool import Connection
from server.imports import frame, refusals
from server.imports.csv_source import Dialect
from server.privacy.fingerprints import use_secret
from server.settings import Settings

BAR = 30  # characters


class Brought(Protocol):
    """A file that was looked at, of whatever kind."""

    @property
    def path(self) -> Path: ...

    @property
    def dialect(self) -> Dialect: ...


@contextmanager
def target(arguments: argparse.Namespace) -> Iterator[tuple[str, Settings]]:
    """Yield the URL of the migrated database to import into, and the settings of its server."""
    with database(arguments) as url:
        settings = settings_for(arguments, url)
        use_secret(settings.secret)
        asyncio.run(migrate_reachable(url))
        yield url, settings


@asynccontextmanager
async def importing(
    url: str, arguments: argparse.Namespace, source: str, store: str | None
) -> AsyncIterator[tuple[Connection, Principal]]:
    """Yield a connection, and in whose name a source is imported.

    Raises:
        CommandFailed: no such brand or store, the same file is being imported elsewhere, or
            this is not the server's secret.
    """
    async with connected(url) as connection:
        await require_servers_secret(
            connection,
            settings_for(arguments, url).secret,
            otherwise="the fingerprints of who was forgotten would keep nobody out",
        )
        brand, stores = await brand_of(connection, arguments.brand, store)
        try:
            yield connection, frame.principal_for(source, brand=brand, stores=stores)
        except frame.ImportBusy as error:
            raise CommandFailed(f"{error} is being imported by another process") from error


async def brand_of(
    connection: Connection, brand: str | None, store: str | None
) -> tuple[str, tuple[str, ...]]:
    """Return the brand the customers belong to and its stores.

    Raises:
        CommandFailed: there is none, there are several and none was named, or the store is not one of it.
    """
    rows = await connection.fetch("select code, brand from store order by code")
    brands = sorted({row["brand"] for row in rows})
    if brand is None and len(brands) > 1:
        raise CommandFailed(f"several brands: say --brand {' or '.join(brands)}")
    if not brands or (brand is not None and brand not in brands):
        raise CommandFailed("no such brand: make stores first, for instance by comptoir seed")
    chosen = brand or brands[0]
    stores = tuple(row["code"] for row in rows if row["brand"] == chosen)
    if store is not None and store not in stores:
        raise CommandFailed(f"no store {store}; there are {', '.join(stores)}")
    return chosen, stores


async def keep_refused(
    connection: Connection,
    brought: Brought,
    batch_id: UUID,
    arguments: argparse.Namespace,
    facts: dict[str, object],
) -> None:
    """Write the lines of a batch that stayed outside to a file, and name it among the facts."""
    path = arguments.refused or Path(f"{brought.path.name}.refused.csv")
    async with connection.transaction():
        await refusals.write_file(path, brought.dialect, refusals.stored(connection, batch_id))
    facts["refused_file"] = str(path)


def where_refused(facts: dict[str, object]) -> str:
    return f"\nrefused lines are in {facts['refused_file']}" if "refused_file" in facts else ""


def bar() -> Callable[[int, int], None]:
    """Return what draws progress: a bar on a terminal, a line for each tenth elsewhere."""
    started = time.perf_counter()
    first: list[int] = []
    last_tenth = -1

    def draw(done: int, of: int) -> None:
        nonlocal last_tenth
        if not first:
            first.append(done)
        seconds = time.perf_counter() - started
        rate = round((done - first[0]) / seconds) if seconds > 0.5 else 0
        share = done / of if of else 1.0
        text = f"{share:4.0%}  {done:,}/{of:,} lines" + (f"  {rate:,} lines/s" if rate else "")
        if sys.stderr.isatty():
            filled = round(BAR * share)
            end = "\n" if done >= of else ""
            print(f"\r[{'#' * filled}{'-' * (BAR - filled)}] {text}   ", end=end, file=sys.stderr, flush=True)
        elif (tenth := int(share * 10)) > last_tenth:
            last_tenth = tenth
            print(text, file=sys.stderr, flush=True)

    return draw
