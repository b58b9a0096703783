"""Which database a command works on: the one it is told, or our own beside the checkout."""

import argparse
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands.answer import CommandFailed
from server.database.embedded import EmbeddedPostgresFailed, cluster
from server.settings import Settings, SettingsError, from_environment, home

__all__ = ["add_database_options", "connected", "data_folder", "database", "environment_for", "settings_for"]

if TYPE_CHECKING:
    from server.database.pool import Connection

CHECKOUT = Path(__file__).resolve().parents[2]


def add_database_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="where the embedded PostgreSQL and the demo keep things (default: .comptoir in the checkout)",
    )
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="a PostgreSQL to use instead of the embedded one (default: the environment's DATABASE_URL)",
    )


def data_folder(arguments: argparse.Namespace) -> Path:
    """Return the folder for what a person's own runs leave behind. It may not exist yet."""
    if arguments.data is not None:
        return Path(arguments.data).resolve()
    if chosen := os.environ.get("COMPTOIR_HOME"):
        return Path(chosen).resolve()
    return CHECKOUT / ".comptoir" if (CHECKOUT / "run.py").exists() else home()


@contextmanager
def database(arguments: argparse.Namespace) -> Iterator[str]:
    """Yield the URL of the database to work on, and start the embedded one when no other is named.

    The embedded one is joined when it already runs, for instance under `comptoir demo`, and stopped at the
    end only if it was started here.

    Raises:
        CommandFailed: the embedded PostgreSQL cannot run.
    """
    named = arguments.database_url or os.environ.get("DATABASE_URL")
    if named:
        yield named
        return
    try:
        with cluster(data_folder(arguments) / "postgres") as running:
            yield running.ensure_database("comptoir")
    except EmbeddedPostgresFailed as error:
        raise CommandFailed(str(error)) from error


@asynccontextmanager
async def connected(url: str) -> "AsyncIterator[Connection]":
    """Open one connection to a migrated database.

    Raises:
        CommandFailed: it does not answer, or was never migrated.
    """
    import asyncpg

    from server.database.pool import prepare

    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise CommandFailed(f"the database does not answer: {error}") from error
    try:
        await prepare(connection)
        if not await connection.fetchval("select to_regclass('member') is not null"):
            raise CommandFailed("the database was never migrated: run `comptoir migrate`")
        yield connection
    finally:
        await connection.close()


def settings_for(arguments: argparse.Namespace, database_url: str, **said: str) -> Settings:
    """Return the settings of this environment for one database; what we make is kept in the data folder.

    Raises:
        CommandFailed: the environment says something we cannot work with.
    """
    try:
        return from_environment(environment_for(arguments, database_url) | said)
    except (SettingsError, OSError) as error:
        raise CommandFailed(str(error)) from error


def environment_for(arguments: argparse.Namespace, database_url: str) -> dict[str, str]:
    """Return the environment for a child process that works on the same database."""
    environment = dict(os.environ)
    environment["DATABASE_URL"] = database_url
    environment.setdefault("COMPTOIR_HOME", str(data_folder(arguments)))
    return environment
