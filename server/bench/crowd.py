"""Very many customers who have nothing but what they are found by: names, a town, contact points, scopes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from itertools import chain, islice
from typing import Any, Final
from uuid import UUID

import asyncpg

from schemas.identity import deletions, tokens
from schemas.ids import id_from
from schemas.record import Kind
from server.commands.answer import progress
from server.database.bulk import open_to_copies
from server.demo.brand import BRAND_CODE
from server.demo.people import Person, draw_household
from server.demo.seed import SEED, seed
from server.replication.feed import KIND_NUMBERS
from server.scope import brand_scope, scope_ids, store_scope

_AT_ONCE: Final = 50_000  # people in one copy
_WHOLE: Final = 500  # customers of the made brand beside whom they stand
_COLUMNS: Final = {
    "customer": (
        "id", "given_name", "family_name", "town", "email", "phone", "home_store", "stamps", "brand",
    ),
    "customer_search": ("customer_id", "tokens"),
    "contact_point": ("kind", "normalised", "customer_id"),
    "member": ("scope", "record_id", "kind", "state"),
    "name_token": ("token",),
    "name_token_delete": ("variant", "token"),
}  # fmt: skip


async def seed_crowd(url: str, customers: int) -> None:
    """Fill an empty, migrated database with so many customers, drawn as the made brand's are.

    A few hundred live a whole life; all others are as the indexes of search know a customer.
    """
    await seed(url, customers=min(customers, _WHOLE), seed=SEED)
    async with open_to_copies(url, _COLUMNS):
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                await _copy(connection, customers - min(customers, _WHOLE))
        finally:
            await connection.close()


async def _copy(connection: asyncpg.Connection[asyncpg.Record], customers: int) -> None:
    stores = [row["code"] for row in await connection.fetch("select code from store")]
    scopes = await scope_ids(connection, [brand_scope(BRAND_CODE), *map(store_scope, stores)])
    words: set[str] = set()
    done = 0
    people = _people(customers)
    while part := list(islice(people, _AT_ONCE)):
        rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _COLUMNS}
        for number, person in enumerate(part, done):
            words.update(_add(rows, id_from("crowd", str(number)), person, scopes))
        for table, records in rows.items():
            await connection.copy_records_to_table(table, records=records, columns=_COLUMNS[table])
        done += len(part)
        progress(f"seeding    {done} of {customers} customers")
    known = {row["token"] for row in await connection.fetch("select token from name_token")}
    new = sorted(words - known)
    await connection.copy_records_to_table(
        "name_token", records=((word,) for word in new), columns=_COLUMNS["name_token"]
    )
    await connection.copy_records_to_table(
        "name_token_delete",
        records=((variant, word) for word in new for variant in deletions(word)),
        columns=_COLUMNS["name_token_delete"],
    )


def _people(count: int) -> Iterator[Person]:
    rng = random.Random(SEED)
    today = date(2026, 1, 1).toordinal()
    households = iter(lambda: draw_household(rng, since=today - 3000, until=today), None)
    return islice(chain.from_iterable(households), count)


def _add(
    rows: dict[str, list[tuple[Any, ...]]], identifier: UUID, person: Person, scopes: dict[str, int]
) -> set[str]:
    """Append what the tables hold of a person, and return the words she is found by."""
    name, town = person.name, person.home.town.name
    rows["customer"].append(
        (
            identifier, name.given_name, name.family_name, town, person.email, person.phone, person.store,
            "{}", BRAND_CODE,
        )
    )  # fmt: skip
    words = tokens(name.given_name, name.family_name, town)
    rows["customer_search"].append((identifier, list(words)))
    contacts = (("email", person.email), ("phone", person.phone))
    rows["contact_point"] += [(kind, form, identifier) for kind, form in contacts if form]
    keys = [brand_scope(BRAND_CODE), *([store_scope(person.store)] if person.store else [])]
    rows["member"] += [(scopes[key], identifier, KIND_NUMBERS[Kind.CUSTOMER], 1) for key in keys]
    return set(words)
