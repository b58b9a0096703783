"""Taking the bytes of deleted rows out of the files, while others are at work."""

import asyncio

import asyncpg
import pytest

from server.privacy.scrubbing import ScrubHeld, scrub

pytestmark = pytest.mark.anyio


class TestScrubbing:
    async def test_waits_for_whoever_still_sees_what_was_deleted(self, database: str) -> None:
        ours, another = await asyncpg.connect(database), await asyncpg.connect(database)
        try:
            looking = another.transaction(isolation="repeatable_read")
            await looking.start()
            await another.fetchval("select 1")
            await ours.execute("select pg_current_xact_id()")  # something happens meanwhile
            with pytest.raises(ScrubHeld):
                await scrub(ours, patience_s=0.3)
            begun = asyncio.create_task(scrub(ours))
            await asyncio.sleep(0.3)
            assert not begun.done()
            await looking.rollback()
            assert await begun > 50
        finally:
            await another.close()
            await ours.close()
