"""A slice of the comparison by the clock, and that both ways ask the same of the database and of the hash."""

import argparse
import random
from collections.abc import Iterator
from typing import Any

import asyncpg.connection
import pytest

from server.auth.passwords import Passwords
from server.proofs.timing import LEAKS, Ask, asked_world, by_rank, prove

SLICE = argparse.Namespace(pairs=2, seed=1)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement and every check of a password, in order."""
    said: list[str] = []
    kind: Any = asyncpg.connection.Connection
    execute, fetch = kind.execute, kind._execute
    check = Passwords._check

    async def executed(self: Any, query: str, *args: Any, **options: Any) -> Any:
        said.append(query)
        return await execute(self, query, *args, **options)

    async def fetched(self: Any, query: str, *args: Any, **options: Any) -> Any:
        said.append(query)
        return await fetch(self, query, *args, **options)

    def checked(self: Passwords, kept: str | None, password: str) -> bool:
        said.append("a password is checked")
        return check(self, kept, password)

    monkeypatch.setattr(kind, "execute", executed)
    monkeypatch.setattr(kind, "_execute", fetched)
    monkeypatch.setattr(Passwords, "_check", checked)
    yield said


async def work_of(ask: Ask, asked: list[str], *, there: bool) -> list[str]:
    await ask(there)  # the first of a kind finds nothing kept from before
    asked.clear()
    await ask(there)
    return list(asked)


class TestBothWays:
    async def test_ask_the_same_of_the_database_and_of_the_hash(
        self, database: str, asked: list[str]
    ) -> None:
        async with asked_world(database) as (doors, connection):
            for name, ask in doors.items():
                there = await work_of(ask, asked, there=True)
                absent = await work_of(ask, asked, there=False)

                assert len(there) > 1, name
                assert there == absent, name
                with LEAKS[name](connection):
                    assert await work_of(ask, asked, there=False) != await work_of(ask, asked, there=True)

    async def test_answer_alike(self, database: str) -> None:
        async with asked_world(database) as (doors, _):
            for ask in doors.values():
                there, absent = await ask(True), await ask(False)

                assert (there.status, there.body) == (absent.status, absent.body)
                assert there.headers == absent.headers


class TestProve:
    async def test_measures_both_doors_and_plants_a_leak_at_each(self, database: str) -> None:
        proof = await prove(database, options=SLICE)  # too few to judge by: what the clock says is not asked

        assert set(proof.figures["doors"]) == set(proof.figures["planted"]) == set(LEAKS)


class TestByRank:
    def test_finds_nothing_where_there_is_nothing(self) -> None:
        chance = random.Random(1)
        some, others = ([chance.gauss(5, 2) for _ in range(500)] for _ in range(2))

        guessed, deviations = by_rank(some, others)

        assert abs(guessed - 0.5) < 0.05
        assert abs(deviations) < 3

    def test_finds_a_small_shift_in_much_noise(self) -> None:
        chance = random.Random(1)
        some = [chance.expovariate(1) + 0.3 for _ in range(1000)]
        others = [chance.expovariate(1) for _ in range(1000)]

        assert by_rank(some, others)[1] > 4.5
        assert by_rank(others, some)[1] < -4.5

    def test_takes_equal_times_for_no_difference(self) -> None:
        assert by_rank([1.0] * 10, [1.0] * 10) == (0.5, 0.0)

    def test_tells_what_never_overlaps(self) -> None:
        assert by_rank([2.0, 3.0], [0.0, 1.0])[0] == 1.0
