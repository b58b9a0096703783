"""The promise that a pooled connection keeps no role, setting or transaction, however a request ends."""

import argparse
import asyncio
import contextlib
import random
from typing import Final
from uuid import uuid4

import asyncpg

from schemas.staff import Role
from server.database.pool import Pool, open_guarded_pool, transaction
from server.database.roles import DOOR, FILES, Keys, Standing, Work
from server.database.wall import standing_keys
from server.proofs.proof import Proof

SUMMARY = "requests cancelled or failed at random moments, and what their connections keep"
CONNECTIONS: Final = 6
ACTING: Final = (Work.ENGINE.value, Role.SELLER.value, Role.STORE_MANAGER.value, Role.PRIVACY_OFFICER.value)
BETWEEN_LOOKS: Final = 250


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cancellations", type=int, default=20_000, metavar="N", help="(default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the moments")


async def prove(database_url: str, *, options: argparse.Namespace) -> Proof:
    """Cancel requests, many at once, and look at every connection again and again."""
    chance = random.Random(options.seed)
    ended = {"cancelled": 0, "failed": 0, "done": 0}
    left: list[str] = []
    found = await standing_keys(database_url)
    if found is None:
        raise RuntimeError("there is no wall, hence no role to keep")
    keys, password = found
    async with await open_guarded_pool(database_url, keys, password, size=CONNECTIONS) as pool:
        own = keys.role(DOOR)
        left += await what_is_left(pool, own)  # and all of them are open
        for begun in range(0, options.cancellations, BETWEEN_LOOKS):
            many = min(BETWEEN_LOOKS, options.cancellations - begun)
            for how in await asyncio.gather(*(_request(pool, keys, chance) for _ in range(many))):
                ended[how] += 1
            left += await what_is_left(pool, own)
        async with transaction(pool) as connection:
            kept = await connection.fetchval("select count(*) from scope where key like 'proof:%'")
    # One cancelled while its commit was on the way may have committed; one that ended well must have.
    if not ended["done"] <= kept <= ended["done"] + ended["cancelled"]:
        left.append(f"{kept} rows of {ended['done']} requests that came to their end")
    return Proof(
        promise="a connection keeps no role, setting or transaction of a request that was cut off",
        figure=f"{sum(ended.values()):,} requests, {ended['cancelled']:,} cancelled and "
        f"{ended['failed']:,} failed; {len(left)} things left",
        holds=not left and ended["cancelled"] > options.cancellations // 4,
        broken_by=tuple(dict.fromkeys(left[:20])),
        figures={"requests": sum(ended.values()), **ended, "connections": CONNECTIONS, "left": len(left)},
    )


async def _request(pool: Pool, keys: Keys, chance: random.Random) -> str:
    """Do what a request does, be cancelled or fail at some moment, and say how it ended."""
    task = asyncio.create_task(_work(pool, keys, chance.choice(ACTING), chance.random() < 0.2))
    if chance.random() < 0.9:
        for _ in range(chance.randrange(60)):
            await asyncio.sleep(0)
        await asyncio.sleep(chance.random() * 0.02)
        task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return "cancelled"
    except (asyncpg.PostgresError, ZeroDivisionError):
        return "failed"
    return "done"


async def _work(pool: Pool, keys: Keys, role: str, fails: bool) -> None:
    key = f"proof:{uuid4()}"
    acting = Work.ENGINE if role == Work.ENGINE else Standing(role=role, keys=(key,))
    async with transaction(pool, acting) as connection:
        await connection.execute("insert into scope (key) values ($1)", key)
        await connection.execute(f"set local role {keys.role(FILES)}")
        await connection.execute("set local statement_timeout = 12345")
        await connection.execute("select pg_advisory_xact_lock_shared(7)")
        if fails:
            await connection.execute("select 1 / 0")


async def what_is_left(pool: Pool, own: str) -> list[str]:
    """Return what any connection of the pool still holds."""
    left: list[str] = []
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(CONNECTIONS):
            connection = await stack.enter_async_context(pool.acquire())
            row = await connection.fetchrow(
                """
                select current_user as role, current_setting('statement_timeout') as timeout,
                       coalesce(current_setting('comptoir.standing', true), '') as standing,
                       (select count(*) from pg_locks where pid = pg_backend_pid() and locktype = 'advisory')
                       as locks
                """
            )
            assert row is not None
            left += ["a transaction"] if connection.is_in_transaction() else []
            left += [f"the role {row['role']}"] if row["role"] != own else []
            left += [f"a timeout of {row['timeout']}"] if row["timeout"] != "30s" else []
            left += ["a standing"] if row["standing"] else []
            left += ["a lock"] if row["locks"] else []
    return left
