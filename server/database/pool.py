"""The pool of connections, JSON over msgspec, and the one transaction of a request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection  # generic in the stubs only
    Pool = asyncpg.Pool

STATEMENT_TIMEOUT_MS = 30_000
ANSWER_TIMEOUT_S = 60.0  # a host that fell silent answers nothing, not even that
CONNECT_TIMEOUT_S = 5.0
LONGEST_WAIT_S = 20.0  # for a free connection; then the caller is asked to come back later
IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000  # an open transaction makes every tablet's range longer


async def open_pool(database_url: str, *, size: int = 10) -> Pool:
    """Return an open pool. The caller closes it.

    The URL may name several hosts as for libpq: ``…@one:5432,two:5432/db?target_session_attrs=read-write``.
    After a fail-over new connections go to the one that takes writes.
    """
    pool: Pool = await asyncpg.create_pool(
        database_url,
        min_size=1,
        max_size=size,
        init=prepare,
        reset=_reset,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=ANSWER_TIMEOUT_S,
        server_settings={
            "application_name": "comptoir",
            "jit": "off",
            "statement_timeout": str(STATEMENT_TIMEOUT_MS),
            "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
        },
    )
    return pool


async def prepare(connection: Any) -> None:
    """Make JSON columns travel as Python values; a ``msgspec.Raw`` is passed through as it is."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=_json_text, decoder=msgspec.json.decode, format="text"
        )


def _json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def _reset(connection: Any) -> None:
    """Leave nothing behind. Cheaper than the default, which asks the server to reset everything each time.

    Nothing of ours outlives a transaction (settings are LOCAL, locks are of the transaction): ending an
    open one is enough.
    """
    if connection.is_in_transaction():
        await connection.execute("rollback")


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """Open one transaction: committed at the end, rolled back when anything is raised."""
    async with pool.acquire(timeout=LONGEST_WAIT_S) as connection, connection.transaction():
        yield connection  # type: ignore[misc]  # the pool's proxy behaves as its connection
