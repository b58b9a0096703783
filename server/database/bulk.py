"""Copying rows into tables with row policies, by an owner who is no superuser.

PostgreSQL lets nobody COPY into a table whose policies apply to him. They apply to the owner because the wall
forces them; and the owner has a policy that lets him do everything. So for the time of a copy they are not
forced: he may do no more than before, and every other role is held as ever.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import asyncpg

_FORCED = "select relname from pg_class where oid = any($1::text[]::regclass[]) and relforcerowsecurity"


@asynccontextmanager
async def open_to_copies(database_url: str, tables: Iterable[str]) -> AsyncIterator[None]:
    """Let the owner copy into tables until the end; a superuser may anyway. Names come from our own code."""
    connection = await asyncpg.connect(database_url)
    try:
        if await connection.fetchval("select rolsuper from pg_roles where rolname = current_user"):
            yield
            return
        forced = [row["relname"] for row in await connection.fetch(_FORCED, sorted(set(tables)))]
        await _force(connection, forced, "no force")
        try:
            yield
        finally:
            await _force(connection, forced, "force")
    finally:
        await connection.close()


async def _force(connection: "asyncpg.Connection[asyncpg.Record]", tables: list[str], how: str) -> None:
    if tables:
        await connection.execute(";".join(f"alter table {name} {how} row level security" for name in tables))
