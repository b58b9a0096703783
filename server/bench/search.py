"""`bench search`: customers found in PostgreSQL by name, slip and phone, against reading the rows found."""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import asyncpg

from schemas.identity import fold
from schemas.record import Struct
from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, Lens, lens_of
from server.bench.crowd import seed_crowd
from server.bench.measure import (
    Figure,
    Report,
    command_text,
    figure,
    interleaved,
    machine,
    now_text,
    quantile,
)
from server.bench.world import world
from server.customers.search import find
from server.database.pool import Connection, Pool, open_pool
from server.demo.brand import BRAND_CODE
from server.demo.people import associate_id
from server.scope import brand_scope, store_scope

LIMIT = 20
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Question(Struct):
    """What somebody types, and whom he means."""

    text: str
    meant: UUID
    name: str  # folded: a namesake is as good an answer


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=100_000, help="(default: %(default)s)")
    parser.add_argument(
        "--questions", type=int, default=200, help="per kind and round (default: %(default)s)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")


def run(arguments: argparse.Namespace) -> Report:
    with world(arguments, customers=arguments.customers, kind="crowd", fill=seed_crowd) as url:
        return asyncio.run(_measure(arguments, url))


async def _measure(arguments: argparse.Namespace, url: str) -> Report:
    pool = await open_pool(url, size=2)
    async with pool:
        version = await pool.fetchval("show server_version")
        held = await pool.fetchval("select count(*) from customer")
        people = await _sample(pool, arguments.questions * 2)
        lens = lens_of(DEFAULT_POLICY, Role.HEAD_OFFICE_CRM, person=associate_id("agathe"), stores=())
        kinds = _kinds(people, arguments.questions)
        took: dict[str, list[float]] = {name: [] for name in kinds}
        found: dict[str, float] = {}

        def asking(name: str, questions: Sequence[Question]) -> Callable[[], Awaitable[float]]:
            scope = store_scope("bruxelles") if name.endswith("one store") else brand_scope(BRAND_CODE)

            async def ask() -> float:
                async with pool.acquire() as connection:
                    times, recall = await _ask(connection, questions, [scope], lens)  # type: ignore[arg-type]
                took[name] += times
                found[name] = recall
                return quantile(times, 0.5)

            return ask

        async def bare() -> float:
            async with pool.acquire() as connection:
                return await _bare(connection, people)  # type: ignore[arg-type]

        medians = await interleaved(
            arguments.rounds,
            {"bare": bare, **{name: asking(name, questions) for name, questions in kinds.items()}},
        )
    figures: list[Figure] = [figure("the rows of 20 customers by their ids, p50", "ms", _ms(medians["bare"]))]
    ratios = []
    for name in kinds:
        figures.append(figure(f"{name}, p50", "ms", _ms(medians[name])))
        figures.append(figure(f"{name}, p99", "ms", [quantile(took[name], 0.99) * 1000]))
        figures.append(figure(f"{name}, found among the first {LIMIT}", "share", [found[name]]))
        ratios.append(
            figure(
                f"{name} to bare rows",
                "ratio",
                [mine / limit for mine, limit in zip(medians[name], medians["bare"], strict=True)],
            )
        )
    return Report(
        bench="search",
        at=now_text(),
        command=command_text(),
        machine=machine(version),
        parameters={"customers": held, "questions": arguments.questions},
        figures=tuple(figures),
        ratios=tuple(ratios),
        checks={
            "every exact name, beginning and phone is found": all(
                found[name] >= 0.95 for name in ("exact name", "phone")
            ),
            "a slip costs few answers": found["one slip"] >= 0.9,
        },
    )


async def _sample(pool: Pool, count: int) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await pool.fetch(
        """
        select id, given_name, family_name, phone, home_store from customer
        where given_name is not null and family_name is not null and phone is not null
        order by md5(id::text) limit $1
        """,
        count,
    )
    return rows


def _kinds(people: Sequence[asyncpg.Record], count: int) -> dict[str, list[Question]]:
    rng = random.Random(5)
    named = list(people)[:count]
    local = [each for each in people if each["home_store"] == "bruxelles"][:count] or named[:1]

    def questions(rows: Sequence[asyncpg.Record], typed: Callable[[str, str], str]) -> list[Question]:
        return [
            Question(
                text=typed(row["given_name"], row["family_name"]),
                meant=row["id"],
                name=fold(f"{row['given_name']} {row['family_name']}"),
            )
            for row in rows
        ]

    def slipped(given: str, family: str) -> str:
        return f"{given} {_slip(rng, fold(family))}"

    return {
        "exact name": questions(named, lambda given, family: f"{given} {family}"),
        "names the other way round": questions(named, lambda given, family: f"{family} {given}"),
        "three letters of each name": questions(
            named, lambda given, family: f"{fold(given)[:3]} {fold(family)[:3]}"
        ),
        "one slip": questions(named, slipped),
        "one slip, one store": questions(local, slipped),
        "phone": [
            Question(
                text=row["phone"], meant=row["id"], name=fold(f"{row['given_name']} {row['family_name']}")
            )
            for row in named
        ],
    }


def _slip(rng: random.Random, word: str) -> str:
    """Return the word with one letter left out, doubled, changed or swapped with the next."""
    place = rng.randrange(1, len(word)) if len(word) > 1 else 0
    kind = rng.randrange(4)
    if kind == 0 and len(word) > 3:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place] + word[place:]
    if kind == 2 and place + 1 < len(word):
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + rng.choice(LETTERS) + word[place + 1 :]


async def _ask(
    connection: Connection, questions: Sequence[Question], scopes: Sequence[str], lens: Lens
) -> tuple[list[float], float]:
    """Return how long each answer took in seconds, and the share in which the one meant was shown."""
    times: list[float] = []
    answers = []
    for question in questions:
        started = time.perf_counter()
        hits = await find(connection, question.text, scopes=scopes, lens=lens, limit=LIMIT)
        times.append(time.perf_counter() - started)
        answers.append([hit.customer_id for hit in hits])
    names = await _names(connection, {each for shown in answers for each in shown})
    good = sum(
        question.meant in shown or any(names[each] == question.name for each in shown)
        for question, shown in zip(questions, answers, strict=True)
    )
    return times, good / len(questions)


async def _names(connection: Connection, ids: set[UUID]) -> dict[UUID, str]:
    rows = await connection.fetch(
        "select id, given_name, family_name from customer where id = any($1)", list(ids)
    )
    return {row["id"]: fold(f"{row['given_name']} {row['family_name']}") for row in rows}


async def _bare(connection: Connection, people: Sequence[asyncpg.Record]) -> float:
    times = []
    for start in range(0, max(len(people) - LIMIT, 1), LIMIT):
        ids = [row["id"] for row in people[start : start + LIMIT]]
        started = time.perf_counter()
        await connection.fetch(
            "select id, given_name, family_name, town from customer where id = any($1)", ids
        )
        times.append(time.perf_counter() - started)
    return quantile(times, 0.5)


def _ms(seconds: Sequence[float]) -> list[float]:
    return [value * 1000 for value in seconds]
