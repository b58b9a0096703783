"""The pool: JSON as values, one transaction, and nothing left behind on a connection."""

import asyncio
import contextlib
import random

import msgspec
import pytest

from server.database.pool import open_pool, transaction


class TestTransaction:
    async def test_is_undone_by_any_error(self, database: str) -> None:
        async with await open_pool(database, size=2) as pool:
            with pytest.raises(ValueError, match="no"):
                async with transaction(pool) as connection:
                    await connection.execute("insert into scope (key) values ('store:x')")
                    raise ValueError("no")
            assert await pool.fetchval("select count(*) from scope") == 0

    async def test_leaves_nothing_on_a_connection_when_cancelled(self, database: str) -> None:
        async with await open_pool(database, size=3) as pool:

            async def work() -> None:
                async with transaction(pool) as connection:
                    await connection.execute("set local statement_timeout = 12345")
                    await connection.execute("insert into scope (key) values (gen_random_uuid()::text)")
                    await asyncio.sleep(random.random() * 0.004)
                    raise ValueError

            for _ in range(150):
                task = asyncio.create_task(work())
                await asyncio.sleep(random.random() * 0.006)
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, ValueError):
                    await task
            for _ in range(6):
                async with pool.acquire() as connection:
                    assert not connection.is_in_transaction()
                    assert await connection.fetchval("show statement_timeout") == "30s"
            assert await pool.fetchval("select count(*) from scope") == 0


class TestJson:
    async def test_travels_as_values(self, database: str) -> None:
        async with await open_pool(database, size=1) as pool:
            value = {"é": [1, None, {"a": "«"}], "n": 2**53}
            assert await pool.fetchval("select $1::jsonb", value) == value
            assert await pool.fetchval("select $1::jsonb", msgspec.Raw(b'{"a":1}')) == {"a": 1}
            assert await pool.fetchval("select null::jsonb") is None
