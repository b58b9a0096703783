"""The database that speeds are measured on: the made brand at a size, seeded once and used again."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg

from schemas.staff import Role
from server.auth.passwords import Passwords
from server.auth.principal import Principal, principal_of_author
from server.commands.answer import progress
from server.commands.database import data_folder
from server.database.embedded import cluster
from server.database.migrate import migrate
from server.database.pool import Connection
from server.demo.brand import BRAND_CODE, PASSWORD
from server.demo.people import associate_id
from server.demo.seed import seed
from server.scope import brand_scope, scope_ids, store_scope

__all__ = ["PASSWORD", "bench_chain", "bench_store", "manager_on_a_tablet", "world"]

SEED = 2021


Fill = Callable[[str, int], Awaitable[None]]  # makes so many customers in an empty, migrated database


@contextmanager
def world(
    arguments: argparse.Namespace, *, customers: int, kind: str = "bench", fill: Fill | None = None
) -> Iterator[str]:
    """Yield the URL of a database with at least so many customers; the smallest one kept, or a new one.

    It lives beside the database that commands work on, in the same PostgreSQL, under a name of its own.

    Args:
        kind: of customers; those of one kind are used again by all who ask for it.
        fill: makes them; the made brand, where nothing is said.
    """

    def prepared(server_url: str) -> str:
        return asyncio.run(_prepared(server_url, customers, kind, fill or _seeded))

    named = arguments.database_url or os.environ.get("DATABASE_URL")
    if named:
        yield prepared(named)
        return
    with cluster(data_folder(arguments) / "postgres") as running:
        yield prepared(running.ensure_database("comptoir"))


async def bench_store(url: str, *, customers: int) -> str:
    """Open a store of exactly so many customers, with a manager of the same code; return the code."""
    code = f"bench{customers}"
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            if await connection.fetchval("select exists (select from associate where code = $1)", code):
                return code
            scopes = await scope_ids(connection, [store_scope(code), brand_scope(BRAND_CODE)])
            await _open_shop(connection, code)
            await connection.execute(
                """
                insert into member (scope, record_id, kind, state)
                select $1, record_id, kind, state from member where scope = $2 and state = 1
                order by record_id limit $3
                """,
                scopes[store_scope(code)], scopes[brand_scope(BRAND_CODE)], customers,
            )  # fmt: skip
        await connection.execute("vacuum analyze member")
    finally:
        await connection.close()
    return code


async def bench_chain(url: str, *, stores: int, customers: int) -> list[str]:
    """Open so many stores that share so many customers, each with a manager of its code; return the codes."""
    codes = [f"chain{stores}x{customers}n{number}" for number in range(stores)]
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            if await connection.fetchval("select exists (select from associate where code = $1)", codes[0]):
                return codes
            scopes = await scope_ids(connection, [brand_scope(BRAND_CODE), *map(store_scope, codes)])
            for code in codes:
                await _open_shop(connection, code)
            await connection.execute(
                """
                with chosen as (
                  select record_id, kind, row_number() over (order by record_id) as place from member
                  where scope = $2 and state = 1 order by record_id limit $3)
                insert into member (scope, record_id, kind, state)
                select ($1::int[])[1 + place % $4], record_id, kind, 1 from chosen
                """,
                [scopes[store_scope(code)] for code in codes], scopes[brand_scope(BRAND_CODE)], customers,
                stores,
            )  # fmt: skip
        await connection.execute("vacuum analyze member")
    finally:
        await connection.close()
    return codes


async def manager_on_a_tablet(connection: Connection, store: str) -> Principal:
    """Enrol a tablet in a bench store and return its manager on it."""
    device_id = uuid4()
    manager = UUID(str(associate_id(store)))
    await connection.execute(
        "insert into device (id, store, name, secret_hash, enrolled_by) values ($1, $2, 'bench', $3, $4)",
        device_id,
        store,
        os.urandom(8),
        manager,
    )
    principal = await principal_of_author(connection, manager, device_id)
    assert principal is not None
    return principal


async def lean_store(url: str, *, customers: int) -> str:
    """Open a store of exactly so many customers of about 1.5 kB each, with a manager; return the code.

    They are those of the made world without their purchases and without where each value came from, under
    ids of their own.
    """
    code = f"lean{customers}"
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            if await connection.fetchval("select exists (select from associate where code = $1)", code):
                return code
            await _open_shop(connection, code)
            scopes = await scope_ids(connection, [store_scope(code), brand_scope(BRAND_CODE)])
            await connection.execute(
                """
                with chosen as (
                  select record_id, md5('lean' || record_id)::uuid as lean, kind, state from member
                  where scope = $2 and state = 1 order by record_id limit $3),
                entered as (
                  insert into member (scope, record_id, kind, state)
                  select $1, lean, kind, state from chosen)
                insert into fragment (record_id, grp, body)
                select c.lean, f.grp, (f.body::jsonb - 'stamps' #- '{values,touchpoints}')::text
                from chosen c join fragment f on f.record_id = c.record_id
                where f.grp not like 'purchases.%' and f.grp not like 'notes@own:%'
                """,
                scopes[store_scope(code)], scopes[brand_scope(BRAND_CODE)], customers,
            )  # fmt: skip
        await connection.execute("vacuum analyze member")
        await connection.execute("vacuum analyze fragment")
    finally:
        await connection.close()
    return code


async def _open_shop(connection: asyncpg.Connection[asyncpg.Record], code: str) -> None:
    """Open a store with a manager of the same code."""
    await connection.execute(
        "insert into store (code, name, city, brand, zone) values ($1, $1, 'Bench', $2, 'bench')",
        code, BRAND_CODE,
    )  # fmt: skip
    await connection.execute(
        """
        insert into associate (id, code, given_name, family_name, role, stores, brand, password_hash)
        values ($1, $2, 'Bench', 'Bench', $3, $4, $5, $6)
        """,
        associate_id(code), code, Role.STORE_MANAGER.value, [code], BRAND_CODE,
        Passwords(memory_kib=19 * 1024, rounds=2).hash(PASSWORD),
    )  # fmt: skip


async def _seeded(url: str, customers: int) -> None:
    await seed(url, customers=customers, seed=SEED, progress=_Line())


async def _prepared(server_url: str, customers: int, kind: str, fill: Fill) -> str:
    """Return the URL of a filled database, making it if none is large enough."""
    connection = await asyncpg.connect(server_url)
    try:
        rows = await connection.fetch(
            "select datname from pg_database where datname ~ $1", f"^comptoir_{kind}_[0-9]+$"
        )
        kept = sorted(int(row["datname"].rsplit("_", 1)[1]) for row in rows)
        fitting = [size for size in kept if size >= customers]
        if fitting:
            url = _named(server_url, f"comptoir_{kind}_{fitting[0]}")
            await migrate(url)  # it may have been kept from an earlier build
            return url
        making, made = f"comptoir_making_{kind}_{customers}", f"comptoir_{kind}_{customers}"
        await connection.execute(f'drop database if exists "{making}"')
        await connection.execute(f'create database "{making}" template template0')
        url = _named(server_url, making)
        await migrate(url)
        await fill(url, customers)
        await _vacuum(url)
        await connection.execute(f'alter database "{making}" rename to "{made}"')
    finally:
        await connection.close()
    return _named(server_url, made)


async def _vacuum(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


def _named(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


class _Line:
    """A word now and then while a large world is made."""

    def __init__(self) -> None:
        self._told = 0

    def __call__(self, done: int, wanted: int, rows: int) -> None:
        if wanted > 5_000 and done - self._told >= wanted / 10:
            self._told = done
            progress(f"seeding    {done} of {wanted} customers, {rows} rows")
