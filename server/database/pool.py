"""The pool of connections, JSON over msgspec, and the one transaction of a request.

Behind the wall (`wall.py`) a transaction has the rights of one role; it takes it in the very message that
begins it. At rest a connection may find out who is asking, and nothing else.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

import asyncpg
import msgspec

from server.database.roles import DOOR, Keys, Standing, Work, name_of

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


STATEMENTS_KEPT = 400  # prepared, of a connection: each role has its own


class GuardedConnection(Connection):
    """A connection behind the wall: it knows whose rights its transaction has."""

    keys: Keys
    acting: Work | Standing | None = None  # whose rights the transaction shall have, or has

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        """Run a command; one that begins a transaction takes its role along."""
        if self.acting is not None and not args and query.startswith("BEGIN"):
            query += self.keys.entering(self.acting)
        return await super().execute(query, *args, timeout=timeout)

    async def _get_statement(self, query: str, *args: Any, **options: Any) -> Any:
        # PostgreSQL plans a statement anew when another role runs it: each role has its own.
        name = DOOR if self.acting is None else name_of(self.acting)
        return await super()._get_statement(f"{query} --{name}", *args, **options)  # type: ignore[misc]


class GuardedPool(Pool):
    """A pool behind the wall. Its own ``fetch`` and the like are transactions with the rights of the gate."""

    keys: Keys

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        """Return the rows of one statement."""
        async with transaction(self, Work.GATE) as connection:
            return await connection.fetch(query, *args, **options)

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        """Return the first row of one statement."""
        async with transaction(self, Work.GATE) as connection:
            return await connection.fetchrow(query, *args, **options)

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        """Return the first value of one statement."""
        async with transaction(self, Work.GATE) as connection:
            return await connection.fetchval(query, *args, **options)

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        """Run one command."""
        async with transaction(self, Work.GATE) as connection:
            return await connection.execute(query, *args, **options)


async def open_pool(database_url: str, *, size: int = 10) -> Pool:
    """Return an open pool with the rights of the URL's own login. The caller closes it.

    The URL may name several hosts as for libpq: ``…@one:5432,two:5432/db?target_session_attrs=read-write``.
    After a fail-over new connections go to the one that takes writes.
    """
    return await asyncpg.create_pool(database_url, init=prepare, **_options(size))


async def open_guarded_pool(database_url: str, keys: Keys, password: str, *, size: int = 10) -> Pool:
    """Return an open pool behind the wall of this database. The caller closes it."""

    async def furnish(connection: Any) -> None:
        connection.keys = keys
        await prepare(connection)

    options = _options(size)
    # What is asked at rest is asked by keys, of however many: planned anew for each, who is asking would take
    # five times as long to plan as to answer. A transaction plans as PostgreSQL sees fit.
    options["server_settings"] |= {"role": keys.role(DOOR), "plan_cache_mode": "force_generic_plan"}
    pool = GuardedPool(
        database_url,
        user=keys.login(),
        password=password,
        connection_class=GuardedConnection,
        record_class=asyncpg.Record,
        init=furnish,
        loop=None,
        setup=None,
        init_size=1,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        statement_cache_size=STATEMENTS_KEPT,
        **options,
    )
    pool.keys = keys
    return await pool


def _options(size: int) -> dict[str, Any]:
    return {
        "min_size": 1,
        "max_size": size,
        "reset": _reset,
        "timeout": CONNECT_TIMEOUT_S,
        "command_timeout": ANSWER_TIMEOUT_S,
        "server_settings": {
            "application_name": "comptoir",
            "jit": "off",
            "statement_timeout": str(STATEMENT_TIMEOUT_MS),
            "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
        },
    }


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

    Nothing of ours outlives a transaction (roles and settings are LOCAL, locks are of the transaction):
    ending an open one is enough.
    """
    if connection.is_in_transaction():
        await connection.execute("rollback")
    guarded = _guarded(connection)
    if guarded is not None:
        guarded.acting = None


@asynccontextmanager
async def transaction(
    pool: Pool, acting: Work | Standing = Work.ENGINE, *, isolation: Any = None
) -> AsyncIterator[Connection]:
    """Open one transaction: committed at the end, rolled back when anything is raised.

    Args:
        acting: whose rights it has, where the wall stands.
    """
    async with pool.acquire(timeout=LONGEST_WAIT_S) as lent:
        connection = cast(Connection, lent)  # the pool's proxy behaves as its connection
        guarded = _guarded(connection)
        if guarded is not None:
            guarded.acting = acting
        async with connection.transaction(isolation=isolation):
            yield connection


@asynccontextmanager
async def as_engine(connection: Connection) -> AsyncIterator[None]:
    """Give a caller's transaction the engine's rights for a while."""
    guarded = _guarded(connection)
    if guarded is None or guarded.acting is None:
        yield
        return
    before = guarded.acting
    await _take(guarded, Work.ENGINE)
    try:
        yield
    finally:
        # In a failed transaction nothing can be said any more, and nothing will be.
        with suppress(asyncpg.InFailedSQLTransactionError):
            await _take(guarded, before)


async def _take(guarded: GuardedConnection, acting: Work | Standing) -> None:
    await guarded.execute(guarded.keys.entering(acting))
    guarded.acting = acting


def is_guarded(connection: Connection) -> bool:
    """Whether this connection is behind the wall."""
    return _guarded(connection) is not None


def _guarded(connection: Any) -> GuardedConnection | None:
    """Return the connection behind a pool's proxy, where the wall stands."""
    real = getattr(connection, "_con", connection)
    # Not isinstance: asyncpg has every connection pass for one of any class of connections.
    return real if type(real) is GuardedConnection else None


@asynccontextmanager
async def at_rest(pool: Pool) -> AsyncIterator[Connection]:
    """Lend a connection without a transaction: it may find out who is asking, and nothing else."""
    async with pool.acquire(timeout=LONGEST_WAIT_S) as connection:
        yield cast(Connection, connection)
