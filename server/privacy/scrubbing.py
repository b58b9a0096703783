"""Taking the bytes of deleted rows out of the database's files.

PostgreSQL overwrites a deleted row's bytes when it next needs the room, which may be never; ``VACUUM`` alone
leaves them in the hole it makes. Rewriting a table leaves them nowhere, on the standby neither. What the
planner remembers of a column (its commonest values) is drawn anew as well. The write-ahead log and what was
archived of it are a backup's matter: they end with the backups' own term.
"""

import asyncio
import time

import asyncpg

from server.database.pool import Connection

PATIENCE_S = 60.0
LOCKED_S = 20.0

# Whoever began before may still see what was deleted since: then rewriting would carry it along. A standby
# that reports what it reads, and a slot, hold back likewise; those of other databases do not.
_HELD = """
select exists (
  select from pg_stat_activity
  where pid <> pg_backend_pid() and (datname = current_database() or datname is null)
    and age(backend_xmin) > age($1::text::xid)
) or exists (select from pg_replication_slots where age(xmin) > age($1::text::xid))
"""


class ScrubHeld(Exception):
    """Somebody still sees what was deleted, or is at work in a table: it was not all rewritten."""


async def scrub(connection: Connection, *, patience_s: float = PATIENCE_S) -> int:
    """Rewrite every table of ours, one after the other; return how many. Outside a transaction, at night.

    Each is locked while it is rewritten: about a second for a hundred megabytes.

    Args:
        patience_s: for those who began before to end.

    Raises:
        ScrubHeld: they did not.
    """
    begun = await connection.fetchval("select pg_current_xact_id()::xid::text")
    deadline = time.monotonic() + patience_s
    while await connection.fetchval(_HELD, begun):
        if time.monotonic() > deadline:
            raise ScrubHeld(
                "a transaction that is still open sees what was deleted: end it, or try again later"
            )
        await asyncio.sleep(0.1)
    tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public' order by 1")
    await connection.execute(f"set lock_timeout = {LOCKED_S * 1000:.0f}")  # all others wait behind us
    try:
        for row in tables:
            await connection.execute(f'vacuum (full, analyze) "{row["tablename"]}"')
        await connection.execute("vacuum full pg_catalog.pg_statistic")
    except asyncpg.LockNotAvailableError as error:
        raise ScrubHeld("a table is in use by an open transaction: end it, or try again later") from error
    finally:
        await connection.execute("reset lock_timeout")
    await connection.execute("checkpoint")
    return len(tables)
