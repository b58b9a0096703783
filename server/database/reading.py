"""Lists of head office read on a hot standby, where it shows all that the primary had when it was asked.

Never the feed: a standby does not know which transactions are in progress. Who is asking is always asked of
the primary, and the line in the trail is written there.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import asyncpg
import structlog

from server.database.pool import Connection, Pool, transaction
from server.database.roles import Standing
from server.database.standing import WallAbsent, open_walled_pool
from server.settings import Settings

CATCHES_UP_S: Final = 0.25  # what a list waits for the standby at most, before it is read on the primary
LOOKS_EVERY_S: Final = 0.02
LEFT_ALONE_S: Final = 10.0  # a standby that did not answer

log = structlog.get_logger()


class Reading:
    """A pool on a standby. Without one, or while it is not as far as the primary, lists are the primary's."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool: Pool | None = None
        self._not_before = 0.0
        self._opening: asyncio.Task[Pool] | None = None
        self.read_there = self.read_here = 0

    async def close(self) -> None:
        """Let go of the standby."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        if self._pool is not None:
            await self._pool.close()

    @asynccontextmanager
    async def connection(self, primary: Connection, standing: Standing) -> AsyncIterator[Connection]:
        """Lend a connection that shows at least what the primary has committed by now.

        Args:
            primary: the request's own, in its transaction; it is lent where the standby cannot be.
            standing: whose rights the transaction on the standby has.
        """
        async with AsyncExitStack() as stack:
            there = await self._there(primary, standing, stack)
            if there is None:
                self.read_here += 1
            else:
                self.read_there += 1
            yield primary if there is None else there

    async def _there(
        self, primary: Connection, standing: Standing, stack: AsyncExitStack
    ) -> Connection | None:
        if self._settings.reading_url is None or time.monotonic() < self._not_before:
            return None
        # Where the next record goes: a commit that nobody has written out yet lies before it too.
        written: int = await primary.fetchval("select (pg_current_wal_insert_lsn() - '0/0')::bigint")
        try:
            async with AsyncExitStack() as attempt, asyncio.timeout(CATCHES_UP_S):
                pool = self._pool or await self._opened()
                there = await attempt.enter_async_context(transaction(pool, standing))
                while not await there.fetchval(_SHOWS, written):  # noqa: ASYNC110 (nothing here tells us)
                    await asyncio.sleep(LOOKS_EVERY_S)
                stack.push_async_exit(attempt.pop_all())
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, WallAbsent) as error:
            log.warning("standby.passed_over", kind=type(error).__name__)
            if not isinstance(error, TimeoutError):
                self._not_before = time.monotonic() + LEFT_ALONE_S
            return None
        return there

    async def _opened(self) -> Pool:
        """Return the pool once it is open. It goes on opening when who waits for it is out of patience."""
        opening = self._opening
        if opening is None:
            pool = open_walled_pool(self._settings, url=self._settings.reading_url)
            opening = self._opening = asyncio.create_task(pool)
        try:
            self._pool = await asyncio.shield(opening)
        finally:
            if opening.done():
                self._opening = None
        return self._pool


_SHOWS = "select not pg_is_in_recovery() or (pg_last_wal_replay_lsn() - '0/0')::bigint >= $1"
