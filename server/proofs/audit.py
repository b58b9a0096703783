"""The promise that nobody alters the audit trail unnoticed, attacked with every right on the database."""

import argparse
import asyncio
import os
import random
import time
from collections import Counter
from typing import Final
from uuid import UUID

import asyncpg

from schemas.staff import ROLES
from server.audit import chain
from server.audit.head import Head, signing_key
from server.audit.sealing import Sealer
from server.audit.verifying import verify
from server.auth.principal import Principal
from server.database.pool import Connection, Pool, open_pool, transaction
from server.proofs.proof import Proof
from server.proofs.tampering import TAMPERINGS, Hand

SUMMARY = "an audit trail that is altered, cut off, put back and made up"
WRITERS: Final = 6
EVENTS: Final = 240


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tamperings", type=int, default=1_000, metavar="N", help="make so many (default: %(default)s)"
    )
    parser.add_argument(
        "--looks", type=int, default=100, metavar="N", help="verify so often while it is written"
    )
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn")
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="for which writing is measured, with and without sealing"
    )


async def prove(database_url: str, *, options: argparse.Namespace) -> Proof:
    """Write a trail by many hands while it is sealed and verified, then tamper with it, each time undone."""
    secret = os.urandom(32)
    chance = random.Random(options.seed)
    pool = await open_pool(database_url, size=WRITERS + 3)
    async with pool:
        kept, accused = await written(pool, secret, chance, options.looks)
        async with pool.acquire() as connection:
            found, missed = await tampered(connection, secret, chance, kept, options.tamperings)  # type: ignore[arg-type]
        alone = await _rate(pool, secret, options.seconds, seal=False)
        beside = await _rate(pool, secret, options.seconds, seal=True)
    return Proof(
        promise="nobody alters the audit trail unnoticed",
        figure=f"{found:,} of {options.tamperings:,} tamperings of {len(TAMPERINGS)} kinds found; "
        f"{accused} of {options.looks} clean trails accused, looked at while {WRITERS} wrote and two sealed; "
        f"writing beside the sealing at {beside / max(1.0, alone):.0%} of its rate without",
        holds=not missed and not accused,
        broken_by=tuple(f"{name} ({count} times)" for name, count in missed.items())
        + (("a clean trail was accused",) if accused else ()),
        figures={
            "tamperings": options.tamperings,
            "kinds": len(TAMPERINGS),
            "found": found,
            "missed": dict(missed),
            "clean_trails": options.looks,
            "clean_trails_accused": accused,
            "events_a_second_alone": round(alone),
            "events_a_second_while_sealed": round(beside),
        },
    )


async def written(pool: Pool, secret: bytes, chance: random.Random, looks: int) -> tuple[list[Head], int]:
    """Let several write while two seal; return the heads kept outside and how often it was accused."""
    heads: list[Head] = []
    sealers = [Sealer(secret), Sealer(secret)]
    key = signing_key(secret).public_key()
    accused = 0
    writing = asyncio.gather(*(_write(pool, number, chance.random()) for number in range(WRITERS)))
    try:
        for look in range(looks):
            async with transaction(pool) as connection:
                sealed = await sealers[look % 2].seal(connection)
            if sealed is not None:
                heads.append(sealed.head)
            async with pool.acquire() as connection:
                accused += not (await verify(connection, key, heads)).holds  # type: ignore[arg-type]
    finally:
        await writing
    async with transaction(pool) as connection:
        if (sealed := await sealers[0].seal(connection)) is not None:
            heads.append(sealed.head)
    return heads, accused


async def _write(pool: Pool, number: int, seed: float) -> None:
    """Note what people do, alone or several at once, and sometimes in what comes to nothing."""
    chance = random.Random(f"{number} {seed}")
    for event in range(EVENTS // WRITERS):
        somebody = Principal(
            associate_id=UUID(int=chance.randrange(1, 8)),
            name="",
            role=chance.choice(ROLES),
            stores=(),
            zone=None,
            brand="",
            device_id=chance.choice((None, UUID(int=chance.randrange(100, 104)))),
            device_store=chance.choice((None, "lyon")),
        )
        subjects = [(UUID(int=chance.getrandbits(100)), {"fields": ["phone"], "n": event})]
        try:
            async with transaction(pool) as connection:
                await chain.append_many(
                    connection,
                    chance.choice((None, somebody)),
                    chance.choice(("customer.read", "customer.changed", "auth.signed_in")),
                    "customer",
                    subjects * chance.choice((1, 1, 1, 3)),
                )
                await asyncio.sleep(chance.random() * 0.01)
                if chance.random() < 0.1:
                    raise _Undo
        except _Undo:
            pass


async def tampered(
    connection: Connection, secret: bytes, chance: random.Random, kept: list[Head], tamperings: int
) -> tuple[int, Counter[str]]:
    """Tamper so many times, each undone; return how many were found, and by kind those that were not."""
    missed: Counter[str] = Counter()
    names = list(TAMPERINGS)
    for number in range(tamperings):
        name = names[number % len(names)]
        if not await _is_found(connection, name, secret, chance, kept):
            missed[name] += 1
    return tamperings - missed.total(), missed


async def _is_found(
    connection: Connection, name: str, secret: bytes, chance: random.Random, kept: list[Head]
) -> bool:
    earlier = chance.choice([head for head in kept[:-1] if head.link < kept[-1].link])
    hand = Hand(connection, chance, earlier=earlier, secret=secret)
    key = signing_key(secret).public_key()
    transaction = connection.transaction()
    await transaction.start()
    try:
        await hand.begin()
        await TAMPERINGS[name](hand)
        return not (await verify(connection, key, kept)).holds
    except asyncpg.IntegrityConstraintViolationError:
        return True  # the database itself would not have it
    finally:
        await transaction.rollback()


async def _rate(pool: Pool, secret: bytes, seconds: float, *, seal: bool) -> float:
    """Return how many events a second several writers note, one in each transaction."""
    until = time.monotonic() + seconds
    sealer = Sealer(secret)

    async def write() -> int:
        noted = 0
        while time.monotonic() < until:
            async with transaction(pool) as connection:
                await chain.append(connection, None, "customer.read", subject_kind="customer")
            noted += 1
        return noted

    async def seal_often() -> None:
        while True:
            await sealer.run_once(pool)
            await asyncio.sleep(0.2)

    sealing = asyncio.create_task(seal_often()) if seal else None
    try:
        return sum(await asyncio.gather(*(write() for _ in range(WRITERS)))) / seconds
    finally:
        if sealing is not None:
            sealing.cancel()


class _Undo(Exception):
    """A transaction that comes to nothing."""
