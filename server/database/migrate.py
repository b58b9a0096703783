"""Bringing a database to the newest shape."""

from pathlib import Path
from urllib.parse import urlsplit

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

ROOT = Path(__file__).parents[2]
MIGRATION_LOCK = 0x434F4D50  # two servers that start together migrate one after the other


def engine_of(database_url: str) -> AsyncEngine:
    """Return an engine for migrations, speaking through asyncpg, keeping no connection."""
    scheme = urlsplit(database_url).scheme
    url = "postgresql+asyncpg" + database_url[len(scheme) :]
    return create_async_engine(url, poolclass=NullPool)


async def migrate(database_url: str) -> None:
    """Apply every migration that is missing. Repeating it changes nothing."""
    engine = engine_of(database_url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def newest_revision() -> str | None:
    """Return the name of the newest migration there is, whatever the database has."""
    return ScriptDirectory.from_config(Config(str(ROOT / "alembic.ini"))).get_current_head()


def _upgrade(connection: Connection) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
