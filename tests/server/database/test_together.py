"""Questions asked together: who shares a statement, and who is told of an error."""

import asyncio
from collections.abc import Sequence

import pytest

from server.database.pool import Connection, Pool, open_pool
from server.database.together import MOST_AT_ONCE, Together

pytestmark = pytest.mark.anyio


class Asked:
    """Answers numbers with their doubles, and remembers what was asked together."""

    def __init__(self) -> None:
        self.together: list[list[int]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, connection: Connection, questions: Sequence[int]) -> list[int]:
        self.together.append(list(questions))
        await self.go_on.wait()
        rows = await connection.fetch("select 12 / each as share from unnest($1::int[]) each", questions)
        return [row["share"] for row in rows]


@pytest.fixture
async def pool(database: str) -> Pool:
    return await open_pool(database, size=2)


class TestQuestions:
    async def test_wait_for_the_next_statement_while_one_is_under_way(self, pool: Pool) -> None:
        async with pool:
            asked = Asked()
            asked.go_on.clear()
            together = Together(pool, asked)
            first = asyncio.create_task(together.ask(1))
            while not asked.together:
                await asyncio.sleep(0)
            others = [asyncio.create_task(together.ask(number)) for number in (2, 3, 4)]
            await asyncio.sleep(0)
            asked.go_on.set()
            assert await asyncio.gather(first, *others) == [12, 6, 4, 3]
            assert asked.together == [[1], [2, 3, 4]]

    async def test_are_no_more_than_so_many_at_once(self, pool: Pool) -> None:
        async with pool:
            asked = Asked()
            together = Together(pool, asked)
            await asyncio.gather(*(together.ask(1) for _ in range(MOST_AT_ONCE + 1)))
            assert [len(each) for each in asked.together] == [MOST_AT_ONCE, 1]

    async def test_are_all_told_of_an_error_and_the_next_are_answered(self, pool: Pool) -> None:
        async with pool:
            together = Together(pool, Asked())
            results = await asyncio.gather(together.ask(0), together.ask(1), return_exceptions=True)
            assert all(isinstance(each, Exception) for each in results)
            assert await together.ask(6) == 2

    async def test_of_somebody_who_left_keep_nobody_waiting(self, pool: Pool) -> None:
        async with pool:
            asked = Asked()
            together = Together(pool, asked)
            left = asyncio.create_task(together.ask(1))
            stays = asyncio.create_task(together.ask(2))
            await asyncio.sleep(0)
            left.cancel()
            assert await stays == 6
            assert asked.together == [[2]]

    async def test_without_a_connection_are_told_so(self, pool: Pool) -> None:
        together = Together(pool, Asked())
        await pool.close()
        with pytest.raises(Exception, match="pool"):
            await asyncio.gather(together.ask(1), together.ask(2))
