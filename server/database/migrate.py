"""Bringing a database to the newest shape."""

from pathlib import Path
from urllib.parse import urlsplit

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from server.database.wall import raise_wall

ROOT = Path(__file__).parents[2]
MIGRATION_LOCK = 0x434F4D50  # two servers that start together migrate one after the other


def engine_of(database_url: str) -> AsyncEngine:
    """Return an engine for migrations, speaking through asyncpg, keeping no connection."""
    scheme = urlsplit(database_url).scheme
    url = "postgresql+asyncpg" + database_url[len(scheme) :]
    return create_async_engine(url, poolclass=NullPool)


async def migrate(database_url: str, *, wall_anew: bool = False) -> None:
    """Apply every migration that is missing, and raise the wall. Repeating it changes nothing.

    Args:
        wall_anew: state the grants and row policies again, whatever was done to them by hand.
    """
    engine = engine_of(database_url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            await connection.run_sync(_upgrade)
            raw = await connection.get_raw_connection()
            await raise_wall(raw.driver_connection, anew=wall_anew)
    finally:
        await engine.dispose()


def newest_revision() -> str | None:
    """Return the name of the newest migration there is, whatever the database has."""
    return ScriptDirectory.from_config(Config(str(ROOT / "alembic.ini"))).get_current_head()


def _upgrade(connection: Connection) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
