"""What a house asks of the server all day: profiles, names, pulls, edits; all over HTTP."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote
from uuid import UUID

import asyncpg
import msgspec

from server.auth.access_token import KeyRing
from server.bench.serving import Wire, signed_in
from server.bench.tablets import GOOD_S, OnWire, tablet_over_http
from server.bench.world import PASSWORD, bench_store
from server.commands.database import settings_for
from server.database.pool import Pool, open_pool

MEMBERS = 400  # customers of the store whose tablet pulls, in a world of any size
_SAMPLED = 400
_PREFERRED = "measured"

Ask = Callable[[], Awaitable[None]]


class Unexpected(Exception):
    """The server answered something else than a good answer."""


@asynccontextmanager
async def asking(
    arguments: argparse.Namespace, url: str, server: str, *, at_once: int = 1
) -> AsyncIterator[list[Mapping[str, Ask]]]:
    """Yield, for each of ``at_once`` connections, what can be asked on it: name -> ask once."""
    store = await bench_store(url, customers=MEMBERS)
    pool = await open_pool(url, size=1)
    async with pool:
        keys = KeyRing(pool, settings_for(arguments, url))
        await keys.load()
        tablet = await tablet_over_http(pool, keys, store, server)
        people = await _people(pool)
    signed = _SignedIn(server)
    wires = [await Wire.open(server) for _ in range(at_once)]
    tablets = [tablet]
    try:
        await tablet.pull_all()
        tablets += [await tablet.another(server) for _ in range(at_once - 1)]
        yield [
            _requests(wire, signed, one, people, seed=number)
            for number, (wire, one) in enumerate(zip(wires, tablets, strict=True))
        ]
    finally:
        for wire in (*wires, *(one.wire for one in tablets)):
            wire.close()


class _SignedIn:
    """Head office for as long as a run lasts: a token is renewed before it ends."""

    def __init__(self, server: str) -> None:
        self._server, self._token, self._until = server, "", 0.0
        self._renewing = asyncio.Lock()

    async def token(self) -> str:
        if time.monotonic() >= self._until:
            async with self._renewing:
                if time.monotonic() >= self._until:
                    self._token = await signed_in(self._server, code="agathe", password=PASSWORD)
                    self._until = time.monotonic() + GOOD_S
        return self._token


def _requests(
    wire: Wire, signed: _SignedIn, tablet: OnWire, people: list[tuple[UUID, str]], *, seed: int
) -> Mapping[str, Ask]:
    order = list(people)
    random.Random(seed).shuffle(order)
    turn: Iterator[tuple[UUID, str]] = itertools.cycle(order)
    edits = itertools.count()

    async def ask(method: str, path: str, body: Any = None) -> None:
        content = b"" if body is None else msgspec.json.encode(body)
        status, said = await wire.ask(method, path, token=await signed.token(), content=content)
        if status != 200:
            raise Unexpected(f"{method} {path}: {status} {said[:200]!r}")

    async def profile() -> None:
        await ask("GET", f"/v1/customers/{next(turn)[0]}?expand=purchases,timeline")

    async def name() -> None:
        await ask("GET", f"/v1/customers?q={quote(next(turn)[1])}&limit=20")

    async def edit() -> None:
        preference = f"{_PREFERRED} {seed}.{next(edits)}"
        await ask("PATCH", f"/v1/customers/{next(turn)[0]}", {"payment_preference": preference})

    async def news() -> None:
        await tablet.pull_all()

    return {
        "a profile": profile, "a name": name, "a pull": news, "an edit": edit,
    }  # fmt: skip


async def edits_kept(url: str) -> int:
    """Return how many customers have what an edit of this mix said."""
    connection = await asyncpg.connect(url)
    try:
        return int(
            await connection.fetchval(
                "select count(*) from customer where payment_preference like $1", f"{_PREFERRED} %"
            )
        )
    finally:
        await connection.close()


async def _people(pool: Pool) -> list[tuple[UUID, str]]:
    """Return customers who have a whole life, each with her name."""
    rows = await pool.fetch(
        """
        select c.id, c.given_name, c.family_name from customer c
        where c.given_name is not null and c.family_name is not null and c.alias_of is null
          and exists (select from fragment f where f.record_id = c.id)
        order by md5(c.id::text) limit $1
        """,
        _SAMPLED,
    )
    return [(row["id"], f"{row['given_name']} {row['family_name']}") for row in rows]
