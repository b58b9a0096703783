"""`bench resolve`: one new record held against all customers there are, as when a seller types it.

The customers, their keys and the counts are written at once by the product's own functions; then new records
come one by one: half of them are somebody who is known, written otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg

from schemas.ids import id_from
from server.bench.imports import BRAND, STORE, named, scratch
from server.bench.measure import Report, command_text, figure, machine, now_text, quantile, ratio_of
from server.commands.answer import progress
from server.commands.database import database
from server.database.pool import Connection, prepare
from server.demo.names import SEXES, draw_name
from server.identity.following import counted_of, hashes_of, likenesses
from server.identity.person import Person, person_of

SECRET = b"a key that only this measurement knows"
AT_ONCE = 20_000  # customers written together


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=1_000_000, help="(default: %(default)s)")
    parser.add_argument("--records", type=int, default=1_000, help="new ones (default: %(default)s)")


def run(arguments: argparse.Namespace) -> Report:
    with database(arguments) as url, scratch(url) as name:
        return asyncio.run(_measure(arguments, named(url, name)))


async def _measure(arguments: argparse.Namespace, url: str) -> Report:
    connection: Connection = await asyncpg.connect(url)
    try:
        await prepare(connection)
        await _fill(connection, arguments.customers)
        rng = random.Random(11)
        took: list[float] = []
        bare: list[float] = []
        found = 0
        wanted = max(1, arguments.records // 2)
        for number in range(arguments.records):
            whom = rng.randrange(arguments.customers) if number % 2 else None
            person = (
                _again(whom, rng) if whom is not None else person_of(_values(arguments.customers + number))
            )
            started = time.perf_counter()
            near = await likenesses(connection, person, hashes_of(person, SECRET), SECRET)
            took.append((time.perf_counter() - started) * 1000)
            started = time.perf_counter()
            other = _id(rng.randrange(arguments.customers))
            await connection.fetchrow("select * from customer where id = $1", other)
            bare.append((time.perf_counter() - started) * 1000)
            found += whom is not None and bool(near) and near[0][0] == _id(whom)
        version = await connection.fetchval("show server_version")
    finally:
        await connection.close()
    return Report(
        bench="resolve",
        at=now_text(),
        command=command_text(),
        machine=machine(version),
        parameters={"customers": arguments.customers, "new records": arguments.records},
        figures=(
            figure("one record resolved, half of them", "ms", [quantile(took, 0.5)]),
            figure("one record resolved, 99 of 100", "ms", [quantile(took, 0.99)]),
            figure("one row read by its key, half of them", "ms", [quantile(bare, 0.5)]),
            figure("known people found again first", "share", [found / wanted]),
        ),
        ratios=(ratio_of("resolving to reading one row", [quantile(took, 0.5)], [quantile(bare, 0.5)]),),
        checks={"nine in ten who are known are found first": found >= wanted * 0.9},
    )


async def _fill(connection: Connection, customers: int) -> None:
    """Write the customers, their keys and the counts; indexes are made when all is there."""
    await connection.execute("drop index identity_key_customer")
    await connection.execute("alter table identity_key drop constraint pk_identity_key")
    counts: Counter[int] = Counter()
    for start in range(0, customers, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, customers))
        people = [(_id(number), _values(number)) for number in numbers]
        await _copy(connection, people, counts)
        progress(f"{numbers.stop:,} of {customers:,} customers")
    await connection.copy_records_to_table("identity_count", records=counts.items(), columns=("value", "n"))
    await connection.execute(
        "alter table identity_key add constraint pk_identity_key primary key (key, customer_id)"
    )
    await connection.execute("create index identity_key_customer on identity_key (customer_id)")
    await connection.execute("vacuum analyze")


async def _copy(
    connection: Connection, people: list[tuple[UUID, dict[str, Any]]], counts: Counter[int]
) -> None:
    columns = ("id", "brand", "home_store", *people[0][1])
    names = ", ".join(columns)
    await connection.execute("drop table if exists bench_customer")  # COPY knows no jsonb
    texts = ", ".join(f"{name} text" for name in columns[1:])
    await connection.execute(f"create temp table bench_customer (id uuid, {texts})")
    await connection.copy_records_to_table(
        "bench_customer",
        records=[
            (whom, BRAND, STORE, *(values | {"address": json.dumps(values["address"])}).values())
            for whom, values in people
        ],
        columns=columns,
    )
    cast = names.replace("address", "address::jsonb")
    await connection.execute(f"insert into customer ({names}) select {cast} from bench_customer")  # noqa: S608

    def keys() -> Iterator[tuple[int, UUID]]:
        for whom, values in people:
            person = person_of(values)
            counts.update(counted_of(person, SECRET))
            for key in set(hashes_of(person, SECRET)):
                yield key, whom

    await connection.copy_records_to_table("identity_key", records=keys(), columns=("key", "customer_id"))


def _id(number: int) -> UUID:
    return id_from("bench", str(number))


def _values(number: int) -> dict[str, Any]:
    rng = random.Random(number)
    born = rng.randint(1940, 2005)
    name = draw_name(rng, sex=rng.choice(SEXES), born=born)
    code = f"{rng.randint(1000, 95999):05}"
    return {
        "given_name": name.given_name,
        "family_name": name.family_name,
        "email": f"{name.given_name[:1]}.{name.family_name}{number}@example.com".casefold().replace(" ", ""),
        "phone": f"+336{rng.randrange(10**8):08}",
        "birth_date": f"{born}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
        "address": {
            "line1": f"{rng.randint(1, 99)} rue {draw_name(rng, sex='M', born=1940).family_name}",
            "postal_code": code,
            "city": f"Ville {code[:3]}",
            "country": "FR",
        },
    }


def _again(number: int, rng: random.Random) -> Person:
    """Return somebody who is known as another system writes her: a slip in the name, one contact missing."""
    values = _values(number)
    name = values["family_name"]
    place = rng.randrange(1, max(2, len(name) - 1))
    values["family_name"] = name[:place] + name[place + 1 :]
    del values[rng.choice(("email", "phone", "address"))]
    return person_of(values)
