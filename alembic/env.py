"""Where Alembic finds the catalogue and the connection it migrates."""

import asyncio
import os
from importlib import import_module
from pathlib import Path

from alembic import context
from sqlalchemy import Connection

import server
from server.database.metadata import metadata
from server.database.migrate import engine_of

for path in sorted(Path(server.__path__[0]).glob("*/tables.py")):
    import_module(f"server.{path.parent.name}.tables")


def migrate(connection: Connection) -> None:
    """Run what is missing on this connection, in one transaction."""
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_migrate(database_url: str) -> None:
    """Migrate a database for `alembic` on the command line."""
    engine = engine_of(database_url)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
        await connection.commit()
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    asyncio.run(connect_and_migrate(os.environ["DATABASE_URL"]))
