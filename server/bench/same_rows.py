"""What an import leaves behind, brought in by COPY: the least that PostgreSQL takes for the same rows."""

import io

import asyncpg


async def everything(connection: asyncpg.Connection, *, but: frozenset[str]) -> dict[str, bytes]:
    """Return the rows of every table, as COPY takes them; tables without rows, and those named, left out."""
    taken: dict[str, bytes] = {}
    for name in sorted(await filled(connection) - but):
        rows = io.BytesIO()
        await connection.copy_from_table(name, output=rows, format="binary")
        taken[name] = rows.getvalue()
    return taken


async def filled(connection: asyncpg.Connection) -> frozenset[str]:
    """Return the tables that hold anything."""
    names = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
    found = [
        row["tablename"]
        for row in names
        if await connection.fetchval(f'select exists (select from "{row["tablename"]}")')  # noqa: S608 (its own names)
    ]
    return frozenset(found)


async def bring_in(connection: asyncpg.Connection, tables: dict[str, bytes]) -> None:
    """Copy rows into tables that hold nothing, in one transaction."""
    async with connection.transaction():
        for name, rows in tables.items():
            await connection.copy_to_table(name, source=io.BytesIO(rows), format="binary")
