"""Fills an empty database with the made brand by bulk COPY: what the write path would leave, in seconds."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from schemas.hlc import pack
from schemas.identity import deletions
from schemas.ids import id_from, record_id_of
from schemas.mutations import CountStock, PutProduct
from schemas.record import Channel, Kind, Said
from schemas.staff import Associate, Role, Store
from schemas.visibility import DEFAULT_POLICY, Policy, field_groups
from server.auth.passwords import Passwords
from server.auth.principal import display_name
from server.catalog.edits import count_stock, put_products
from server.database.bulk import open_to_copies
from server.database.pool import Connection, prepare
from server.demo.brand import BRAND_CODE, PASSWORD, STAFF, STORES
from server.demo.catalog import catalogue, stock_of
from server.demo.fold import fold_life
from server.demo.history import BLOCK, draw_block
from server.demo.people import associate_id
from server.demo.pictures import write_pictures
from server.demo.rows import COLUMNS, Rows, add_account
from server.demo.templates import publish_templates
from server.demo.wordings import publish_wordings
from server.policy.in_force import publish_default
from server.replication.publishing import publish_public
from server.replication.workspace import Entry
from server.scope import CATALOG, DIRECTORY, brand_scope, own_scope, scope_ids, store_scope

__all__ = ["SEED", "AlreadyInUse", "is_seeded", "seed"]

SEED: Final = 2021
_ALONE: Final = 2 * BLOCK  # so few customers are made without helpers

Progress = Callable[[int, int, int], None]  # customers made, customers wanted, rows written


class AlreadyInUse(Exception):
    """The database holds people or stores that are not of the made brand."""


async def is_seeded(database_url: str) -> bool:
    """Return whether the made brand is there, complete: its staff is hired last."""
    connection = await asyncpg.connect(database_url)
    try:
        return bool(await connection.fetchval(_COMPLETE, BRAND_CODE, STAFF[0].code))
    finally:
        await connection.close()


DICTIONARY = ("name_token", "name_token_delete")


async def seed(
    database_url: str,
    *,
    customers: int = 5000,
    seed: int = SEED,
    now: datetime | None = None,
    progress: Progress | None = None,
    helpers: int | None = None,
    pictures: Path | None = None,
) -> dict[str, int]:
    """Make the brand in a migrated, empty database and return how many rows each table got.

    A seed that was interrupted is begun anew; a database that holds the brand already is left as it is, and
    the answer is empty. The same ``seed``, ``now`` and number give the same rows.

    Args:
        helpers: processes to draw lives in; by default one per core when there is enough to do.
        pictures: folder for the products' pictures; those it lacks are drawn, whatever the database holds.

    Raises:
        AlreadyInUse: the database is somebody's.
    """
    helpers = helpers if helpers is not None else min(os.cpu_count() or 1, 8)
    if pictures is not None:
        await asyncio.to_thread(write_pictures, pictures, helpers=helpers)
    if await is_seeded(database_url):
        return {}
    now = now or datetime.now(UTC)
    connection = await asyncpg.connect(database_url)
    try:
        await _clear_unfinished(connection)
        policy = await _policy(connection)
        numbers = await _open_house(connection, now=now)
        made = await _make_customers(
            database_url, customers=customers, seed=seed, now=now, policy=policy, scope_ids=numbers,
            progress=progress, helpers=helpers,
        )  # fmt: skip
        async with connection.transaction():
            made["associate"] = await _hire(connection)
        made |= {"store": len(STORES), "product": len(catalogue())}
        await connection.execute("analyze")
    finally:
        await connection.close()
    return made


_COMPLETE: Final = "select exists (select from associate where brand = $1 and code = $2)"
_SEEDED_TABLES: Final = (
    *COLUMNS,
    "scope",
    "store",
    "associate",
    "product",
    "stock",
    "consent_wording",
    "name_token",
    "name_token_delete",
)


async def _clear_unfinished(connection: Connection) -> None:
    """Empty the tables of a seed that did not come to its end.

    Raises:
        AlreadyInUse: anything is there that the seed did not write.
    """
    foreign = await connection.fetchval(
        """
        select exists (select from associate) or exists (select from receipt)
            or exists (select from store where brand <> $1) or exists (select from customer where brand <> $1)
            or (exists (select from customer) and not exists (select from store))
        """,
        BRAND_CODE,
    )
    if foreign:
        raise AlreadyInUse("the database is in use; the made brand goes into an empty one")
    await connection.execute(f"truncate {', '.join(_SEEDED_TABLES)} restart identity")


async def _policy(connection: Connection) -> Policy:
    await prepare(connection)
    await publish_default(connection)
    document = await connection.fetchval("select document from policy order by version desc limit 1")
    return msgspec.convert(document, Policy) if document else DEFAULT_POLICY


async def _open_house(connection: Connection, *, now: datetime) -> dict[str, int]:
    """Write stores, products, wordings and the scopes of everybody, and return the number of each scope."""
    keys = [CATALOG, DIRECTORY, brand_scope(BRAND_CODE)]
    keys += [store_scope(one.code) for one in STORES]
    keys += [own_scope(associate_id(one.code)) for one in STAFF]
    async with connection.transaction():
        numbers = await scope_ids(connection, keys)
        await connection.executemany(
            "insert into store (code, name, city, brand, zone, country) values ($1, $2, $3, $4, $5, $6)",
            [(one.code, one.name, one.town, BRAND_CODE, one.zone, one.country) for one in STORES],
        )
        stores = [
            Store(
                code=one.code, name=one.name, city=one.town, brand=BRAND_CODE, zone=one.zone,
                country=one.country,
            )
            for one in STORES
        ]  # fmt: skip
        await publish_public(
            connection,
            Kind.STORE,
            DIRECTORY,
            [(record_id_of(Kind.STORE, one.code), msgspec.to_builtins(one)) for one in stores],
        )
        await publish_wordings(connection)
        await publish_templates(connection)
        at_ms = int(now.timestamp() * 1000)
        said = Said(
            mid=id_from("demo-catalogue"), hlc=pack(at_ms, 0), channel=Channel.IMPORT, author="catalogue"
        )
        products = [
            Entry(state=None, mutation=PutProduct(product=made.product), said=said) for made in catalogue()
        ]
        await put_products(connection, products, at_ms)
        for store in STORES:
            counts = [
                Entry(state=None, mutation=CountStock(stock=stock), said=said)
                for stock in stock_of(store.code, at_ms)
            ]
            await count_stock(connection, counts, at_ms)
    return numbers


async def _hire(connection: Connection) -> int:
    """Give everybody an account, all with one password, hashed once."""
    kept = await asyncio.to_thread(Passwords(memory_kib=19 * 1024, rounds=2).hash, PASSWORD)
    for one in STAFF:
        await connection.execute(
            """
            insert into associate (id, code, given_name, family_name, role, stores, zone, brand, language,
                                   password_hash)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            associate_id(one.code), one.code, one.given_name, one.family_name, one.role, list(one.stores),
            one.zone, BRAND_CODE, one.language, kept,
        )  # fmt: skip
    directory = [
        Associate(
            associate_id=UUID(associate_id(one.code)),
            display_name=display_name(one.given_name, one.family_name),
            role=Role(one.role),
            stores=one.stores,
        )
        for one in STAFF
    ]
    await publish_public(
        connection,
        Kind.ASSOCIATE,
        DIRECTORY,
        [
            (record_id_of(Kind.ASSOCIATE, str(one.associate_id)), msgspec.to_builtins(one))
            for one in directory
        ],
    )
    return len(STAFF)


async def _make_customers(
    database_url: str, *, customers: int, seed: int, now: datetime, policy: Policy, scope_ids: dict[str, int],
    progress: Progress | None, helpers: int,
) -> dict[str, int]:  # fmt: skip
    """Draw, fold and copy block after block, in processes beside this one when there are many."""
    tasks = [
        _Task(
            database_url=database_url, block=block, customers=min(BLOCK, customers - block * BLOCK),
            seed=seed,
            now=now, policy=policy, scope_ids=scope_ids,
        )
        for block in range(-(-customers // BLOCK))
    ]  # fmt: skip
    counts: dict[str, int] = {}
    words: set[str] = set()
    done = 0

    def take(finished: _Done) -> None:
        nonlocal done
        done += finished.counts["customer"]
        for table, count in finished.counts.items():
            counts[table] = counts.get(table, 0) + count
        words.update(finished.words)
        if progress:
            progress(done, customers, sum(counts.values()))

    async with open_to_copies(database_url, (*COLUMNS, *DICTIONARY)):
        if customers <= _ALONE or helpers < 2:
            for task in tasks:
                take(await _make_block(task))
        else:
            await _make_beside(tasks, helpers, take)
        await _add_words(database_url, words)
    return counts


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    database_url: str
    block: int
    customers: int
    seed: int
    now: datetime
    policy: Policy
    scope_ids: dict[str, int]


class _Done(msgspec.Struct, frozen=True, kw_only=True):
    counts: dict[str, int]
    words: frozenset[str]


async def _make_beside(tasks: Iterable[_Task], helpers: int, take: Callable[[_Done], None]) -> None:
    """Run tasks in processes, a few ahead and no more, so that memory stays the same for any number."""
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(helpers, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting: set[asyncio.Future[_Done]] = set()
        for task in tasks:
            waiting.add(asyncio.ensure_future(loop.run_in_executor(pool, _make_block_alone, task)))
            if len(waiting) > 2 * helpers:
                finished, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for one in finished:
                    take(one.result())
        for one in asyncio.as_completed(waiting):
            take(await one)


def _make_block_alone(task: _Task) -> _Done:
    return asyncio.run(_make_block(task))


async def _make_block(task: _Task) -> _Done:
    """Draw one block and copy its rows in one transaction."""
    rows: Rows = {table: [] for table in COLUMNS}
    groups = field_groups(task.policy)
    now_ms = int(task.now.timestamp() * 1000)
    for life in draw_block(task.block, customers=task.customers, seed=task.seed, now=task.now):
        add_account(rows, fold_life(life, now_ms=now_ms), scope_ids=task.scope_ids, groups=groups)
    connection = await asyncpg.connect(task.database_url)  # JSON goes in as text: no codec of ours
    try:
        async with connection.transaction():
            await connection.execute("set local synchronous_commit = off")
            for table, records in rows.items():
                await connection.copy_records_to_table(table, records=records, columns=list(COLUMNS[table]))
    finally:
        await connection.close()
    words = frozenset(word for _customer, tokens in rows["customer_search"] for word in tokens)
    return _Done(counts={table: len(records) for table, records in rows.items()}, words=words)


async def _add_words(database_url: str, words: set[str]) -> None:
    """Write the dictionary of names that search looks slips up in."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.copy_records_to_table(
                "name_token", records=((word,) for word in sorted(words)), columns=["token"]
            )
            await connection.copy_records_to_table(
                "name_token_delete",
                records=((variant, word) for word in sorted(words) for variant in deletions(word)),
                columns=["variant", "token"],
            )
    finally:
        await connection.close()
