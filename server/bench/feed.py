"""`bench feed`: a pull with nothing new, a small delta and the daily sums, against bare asyncpg.

One connection behind the wall, one request after the other: what a pull costs server and PostgreSQL together
on one core; and the same over HTTP, with the processor time of both sides.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import time
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from schemas.patch import PATCHES
from schemas.protocol import Caller, CheckRequest, PullReply, PullRequest, encode
from schemas.record import Struct
from server.auth.access_token import KeyRing
from server.auth.principal import Principal
from server.bench.changes import OFFLINE, a_day_offline, customers_of, fill_sets, move_a_taste
from server.bench.measure import Report, command_text, figure, interleaved, machine, now_text, ratio_of
from server.bench.serving import api, cpu_s, postmaster_of
from server.bench.tablets import OnWire, caller_on, tablet_over_http
from server.bench.world import bench_store, manager_on_a_tablet, world
from server.commands.database import settings_for
from server.database.pool import Connection, Pool, open_pool, transaction
from server.database.standing import open_walled_pool
from server.policy.in_force import Policies
from server.replication.checking import check
from server.replication.tablet_pull import pull
from server.scope import standing_of

KEY = bytes(32)
LEASE_S = 60
CHANGED = 200
AT_ONCE = 32  # tablets that call over HTTP


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=20_000, help="in the store (default: %(default)s)")
    parser.add_argument("--pulls", type=int, default=500, help="per round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument(
        "--at-once", type=int, default=AT_ONCE, help="tablets that call over HTTP (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> Report:
    with world(arguments, customers=arguments.customers) as url:
        store = asyncio.run(bench_store(url, customers=arguments.customers))
        with api(arguments, url) as server:
            by_http = asyncio.run(_over_http(arguments, url, store, server))
        return asyncio.run(_measure(arguments, url, store, by_http))


class _OverHttp(Struct):
    """Pulls with nothing new at the real door: from one tablet after the other, and from several at once."""

    per_second: float
    cpu_ms: float  # of the API and PostgreSQL, each
    together_per_second: float
    together_cpu_ms: float


async def _over_http(arguments: argparse.Namespace, url: str, store: str, server: str) -> _OverHttp:
    settings = settings_for(arguments, url)
    pool = await open_pool(url, size=1)
    async with pool:
        keys = KeyRing(pool, settings)
        await keys.load()
        first = await tablet_over_http(pool, keys, store, server)
    tablets = [first]
    postmaster = await postmaster_of(url)

    async def rate(some: list[OnWire]) -> tuple[float, float]:
        each = arguments.pulls // len(some) + 1
        started, before = time.perf_counter(), cpu_s(postmaster, server)
        await asyncio.gather(*(one.pull_often(each) for one in some))
        took, used = time.perf_counter() - started, cpu_s(postmaster, server) - before
        return each * len(some) / took, max(used, 0.01) * 1000 / (each * len(some))

    try:
        await first.pull_all()
        await first.pull_often(10)  # statements are planned for good after some
        alone = await rate(tablets)
        tablets += [await first.another(server) for _ in range(arguments.at_once - 1)]
        await asyncio.gather(*(one.pull_often(10) for one in tablets))
        together = await rate(tablets)
    finally:
        for one in tablets:
            one.wire.close()
    return _OverHttp(
        per_second=alone[0], cpu_ms=alone[1], together_per_second=together[0], together_cpu_ms=together[1]
    )


class _Tablet:
    """A replica that keeps nothing but its token."""

    def __init__(self, pool: Pool, principal: Principal) -> None:
        self.pool = pool
        self.principal = principal
        self.policies = Policies()
        self.token: bytes | None = None
        self.name = b""
        self.incarnation = uuid4()
        self.asked_bytes = 0

    def caller(self) -> Caller:
        return caller_on(self.principal, self.incarnation, self.name)

    async def pull(self, *, keep: bool = True, patches: int = PATCHES) -> PullReply:
        asked = PullRequest(caller=self.caller(), token=self.token, patches=patches)
        self.asked_bytes = len(encode(asked))
        async with transaction(self.pool, standing_of(self.principal)) as connection:
            reply = await pull(
                connection,
                self.principal,
                asked,
                now=datetime.now(UTC),
                policies=self.policies,
                token_key=KEY,
                lease_s=LEASE_S,
            )
        if keep:
            self.token, self.name = reply.token, reply.entitlement.name
        return reply

    async def pull_all(self) -> None:
        while (await self.pull()).more:
            pass

    async def check(self) -> int:
        assert self.token is not None
        asked = CheckRequest(caller=self.caller(), token=self.token)
        async with transaction(self.pool, standing_of(self.principal)) as connection:
            reply = await check(
                connection,
                self.principal,
                asked,
                now=datetime.now(UTC),
                policies=self.policies,
                token_key=KEY,
                lease_s=LEASE_S,
            )
        return len(gzip.compress(encode(reply), 9, mtime=0)) if reply.sums else 0


async def _measure(arguments: argparse.Namespace, url: str, store: str, by_http: _OverHttp) -> Report:
    pool = await open_pool(url, size=1)
    walled = await open_walled_pool(msgspec.structs.replace(settings_for(arguments, url), pool_size=1))
    async with pool, walled, pool.acquire() as lent:
        connection: Connection = lent  # type: ignore[assignment]  # the proxy behaves as its connection
        version = await connection.fetchval("show server_version")
        tablet = _Tablet(walled, await manager_on_a_tablet(connection, store))
        colleague = await manager_on_a_tablet(connection, store)
        changed = await customers_of(connection, store, CHANGED)
        await fill_sets(connection, colleague, changed)
        await move_a_taste(connection, colleague, changed)
        await tablet.pull_all()
        await tablet.pull()
        nothing = len(encode(await tablet.pull()))
        weighed: dict[str, int] = {}
        day = a_day_offline(tablet.principal, changed)
        pulls: int = arguments.pulls

        async def idle() -> float:
            started = time.perf_counter()
            for _ in range(pulls):
                await tablet.pull()
            return pulls / (time.perf_counter() - started)

        async def bare() -> float:
            started = time.perf_counter()
            for _ in range(pulls):
                async with connection.transaction():
                    await connection.fetchval("select 1")
            return pulls / (time.perf_counter() - started)

        async def delta() -> float:
            await move_a_taste(connection, colleague, changed)
            token = tablet.token
            whole = await tablet.pull(keep=False, patches=0)
            weighed["whole"] = len(gzip.compress(encode(whole), 9, mtime=0))
            assert tablet.token == token
            started = time.perf_counter()
            reply = await tablet.pull()
            content = encode(reply)
            weighed["delta"] = len(gzip.compress(content, 9, mtime=0))
            weighed["rows"] = len(reply.rows) + (len(reply.patches.rev) if reply.patches else 0)
            weighed["more"] = reply.more
            return (time.perf_counter() - started) * 1000

        async def sums() -> float:
            started = time.perf_counter()
            weighed["sums"] = await tablet.check()
            return (time.perf_counter() - started) * 1000

        rounds = await interleaved(
            arguments.rounds, {"idle": idle, "bare": bare, "delta": delta, "sums": sums}
        )
    return Report(
        bench="feed",
        at=now_text(),
        command=command_text(),
        machine=machine(version),
        parameters={
            "customers": arguments.customers,
            "pulls": arguments.pulls,
            "at_once": arguments.at_once,
        },
        figures=(
            figure("pulls with nothing new, one connection", "1/s", rounds["idle"]),
            figure("the same by HTTP, one connection", "1/s", [by_http.per_second]),
            figure("its processor time, server and PostgreSQL", "ms", [by_http.cpu_ms]),
            figure("pulls with nothing new by HTTP, per core", "1/s", [1000 / by_http.cpu_ms]),
            figure(
                f"pulls by HTTP from {arguments.at_once} tablets at once",
                "1/s",
                [by_http.together_per_second],
            ),
            figure("their processor time, server and PostgreSQL", "ms", [by_http.together_cpu_ms]),
            figure("pulls by HTTP at once, per core", "1/s", [1000 / by_http.together_cpu_ms]),
            figure("empty transactions by bare asyncpg", "1/s", rounds["bare"]),
            figure("a pull with nothing new, bodies both ways", "bytes", [tablet.asked_bytes + nothing]),
            figure(f"a pull with {CHANGED} customers changed", "ms", rounds["delta"]),
            figure(f"a reply with {CHANGED} customers changed", "bytes", [weighed["delta"]]),
            figure("the same to an app that reads no patches", "bytes", [weighed["whole"]]),
            figure(f"{OFFLINE} edits made offline, {len(day)} pushes", "bytes", [sum(map(len, day))]),
            figure("sums of all that the tablet holds", "ms", rounds["sums"]),
            figure("a reply with sums", "bytes", [weighed["sums"]]),
        ),
        ratios=(ratio_of("pulls with nothing new to empty transactions", rounds["idle"], rounds["bare"]),),
        checks={
            "a pull with nothing new weighs 600 bytes at most": tablet.asked_bytes + nothing <= 600,
            "the delta brings who changed": weighed["rows"] >= len(changed) > 0,
            "the delta is one reply of 10 kB at most": weighed["delta"] <= 10_000 and not weighed["more"],
            "a day's edits weigh 25 kB at most": sum(map(len, day)) <= 25_000,
            "sums are given": weighed["sums"] > 0,
        },
    )
