"""`bench herd`: many tablets that come back at once after an outage, each with edits to send.

The herd runs on the cores it measures: what it takes of them is stated. The limit writes the same rows by
bare asyncpg, in as many processes as serve and over as many connections as they let to work: no HTTP, nobody
asked who he is, nothing judged, and no news for anybody.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from math import ceil
from multiprocessing import get_context
from uuid import UUID

import asyncpg
import psutil
import uvloop

from schemas.record import Struct
from server.bench.herd_tablets import OPEN_AT_ONCE, PATIENCE_S, Seen, Tablet, comes_back, gathered
from server.bench.measure import Report, command_text, figure, machine, now_text, quantile, ratio_of
from server.bench.replica import version_of
from server.bench.rows import Written, anew, write, written_by
from server.bench.serving import api, cpu_s, postmaster_of, resident
from server.bench.world import bench_chain, world
from server.commands.answer import progress
from server.database.pool import open_pool, prepare
from server.replication.admission import PER_CORE

BACK_WITHIN_S = 15.0  # a herd after which nobody in a shop has noticed
SERVED_WITHIN_S = 0.25  # ninety-nine of a hundred requests
FIRST_HERD = 25  # that a search begins with
REWRITTEN = 200  # tablets at most whose rows the limit writes


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tablets", type=int, default=2_000, help="(default: %(default)s)")
    parser.add_argument("--edits", type=int, default=20, help="of each (default: %(default)s)")
    parser.add_argument("--within", type=float, default=10.0, help="seconds in which they come (default: 10)")
    parser.add_argument("--stores", type=int, default=100, help="they belong to (default: %(default)s)")
    parser.add_argument("--customers", type=int, default=10_000, help="of all stores (default: %(default)s)")
    parser.add_argument(
        "--until-broken",
        action="store_true",
        help="look for the largest herd, up to --tablets, that is back within 15 s and served within 250 ms",
    )
    parser.add_argument("--workers", type=int, default=1, help="processes of the API (default: %(default)s)")


def run(arguments: argparse.Namespace) -> Report:
    with world(arguments, customers=arguments.customers) as url:
        codes = asyncio.run(bench_chain(url, stores=arguments.stores, customers=arguments.customers))
        with api(arguments, url, workers=arguments.workers) as server:
            yard = _Yard(arguments=arguments, url=url, codes=codes, server=server)
            if arguments.until_broken:
                largest = until_broken(lambda size: _holds(yard.let_go(size)), arguments.tablets)
                # All sizes that were tried are seen; the largest that held is told of, else the least.
                came = yard.seen[largest or min(yard.seen)]
            else:
                largest, came = None, yard.let_go(arguments.tablets)
            limit = yard.rewrite(came)
        version = asyncio.run(version_of(url))
    seen = came.seen
    tablets = len(came.herd)
    edits = tablets * arguments.edits
    errors = sum(times for status, times in seen.statuses.items() if status not in (200, 503))
    served = [*seen.pushes, *seen.pulls]
    searched = (
        ()
        if largest is None
        else (
            figure("the largest herd back in 15 s, served in 250 ms", "tablets", [float(largest)]),
            figure("the least that was not", "tablets", [float(min(yard.broken, default=0))]),
        )
    )
    return Report(
        bench="herd" if largest is None else "herd-limit",
        at=now_text(),
        command=command_text(),
        machine=machine(version),
        parameters={
            "tablets": tablets,
            "stores": arguments.stores,
            "customers": arguments.customers,
            "edits of each": arguments.edits,
            "seconds": round(arguments.within),
            "workers": arguments.workers,
        },
        figures=(
            *searched,
            figure("all settled after", "s", [seen.settled_s]),
            figure("a push served, p50", "ms", [quantile(seen.pushes, 0.5) * 1000]),
            figure("a push served, p99", "ms", [quantile(seen.pushes, 0.99) * 1000]),
            figure("a pull served, p50", "ms", [quantile(seen.pulls, 0.5) * 1000]),
            figure("a pull served, p99", "ms", [quantile(seen.pulls, 0.99) * 1000]),
            figure("any served, p99", "ms", [quantile(served, 0.99) * 1000]),
            figure("edits a second", "edits/s", [edits / seen.settled_s]),
            figure("asked to come back later", "answers", [float(seen.statuses[503])]),
            figure("other errors", "answers", [float(errors)]),
            figure("processor time of server and database", "ms/request", [_each(seen.server_cpu_s, served)]),
            figure("processor time of the herd itself", "ms/request", [_each(seen.own_cpu_s, served)]),
            figure("a tablet's rows by bare asyncpg, as many at once", "ms", [limit.took_s * 1000]),
            figure("their processor time", "ms", [limit.cpu_s * 1000]),
            figure("memory of a process of the API", "MB", came.memory or [0.0]),
        ),
        ratios=(
            ratio_of(
                "a tablet settled to its rows by bare asyncpg", [seen.settled_s / tablets], [limit.took_s]
            ),
            ratio_of("the same in processor time", [seen.server_cpu_s / tablets], [limit.cpu_s]),
        ),
        checks={
            "every edit was taken exactly once": came.kept == edits and seen.taken == edits,
            "no error but 503": errors == 0,
            "nobody gave up": seen.gave_up == 0,
        },
    )


class _Came(Struct):
    """A herd that came back."""

    herd: list[Tablet]
    seen: Seen
    memory: list[float]  # MB of each process that serves
    kept: int  # edits with a receipt
    since: int  # the first transaction that may have been one of its


class _Limit(Struct):
    """What a tablet's rows cost by themselves."""

    took_s: float  # of the clock, with as many written at once as the server writes
    cpu_s: float


class _Yard:
    """Where herds are let go, one after the other, onto one server."""

    def __init__(self, *, arguments: argparse.Namespace, url: str, codes: list[str], server: str) -> None:
        self._arguments = arguments
        self._url = url
        self._codes = codes
        self._server = server
        self._postmaster = asyncio.run(postmaster_of(url))
        self.seen: dict[int, _Came] = {}

    @property
    def broken(self) -> list[int]:
        """The sizes of herds that were not served as promised."""
        return [size for size, came in self.seen.items() if not _holds(came)]

    def let_go(self, tablets: int) -> _Came:
        """Let so many come back, and tell what became of them."""
        herd = asyncio.run(gathered(self._arguments, self._url, self._codes, tablets))
        since = asyncio.run(_next_transaction(self._url))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            seen = runner.run(_let_go(self._server, herd, self._arguments.within, self._postmaster))
        kept = asyncio.run(_kept(self._url, [each.device_id for each in herd]))
        came = _Came(herd=herd, seen=seen, memory=resident(self._server), kept=kept, since=since)
        self.seen[tablets] = came
        progress(f"herd       {tablets} settled after {seen.settled_s:.1f} s")
        return came

    def rewrite(self, came: _Came) -> _Limit:
        """Write rows of a herd again, in as many processes as serve."""
        workers = self._arguments.workers
        some = came.herd[:: ceil(len(came.herd) / REWRITTEN)]
        rows = asyncio.run(_rows_of(self._url, some, came.since))
        connections = PER_CORE * (os.cpu_count() or 1)
        shares = [rows[number::workers] for number in range(workers) if rows[number::workers]]
        with ProcessPoolExecutor(len(shares), mp_context=get_context("spawn")) as processes:
            before = cpu_s(self._postmaster, self._server)
            wrote = [processes.submit(_write_bare, self._url, share, connections) for share in shares]
            took, own = zip(*(each.result() for each in wrote), strict=True)
            spent = cpu_s(self._postmaster, self._server) - before
        return _Limit(took_s=max(took) / len(rows), cpu_s=(spent + sum(own)) / len(rows))


def until_broken(holds: Callable[[int], bool], most: int) -> int:
    """Return the largest size up to ``most`` that holds, to a tenth: doubled until it breaks, then halved."""
    good, bad, size = 0, most + 1, min(FIRST_HERD, most)
    while True:
        if holds(size):
            good = size
        else:
            bad = size
        if bad - good <= max(good // 10, 1):
            return good
        size = min(good * 2, most) if bad > most else (good + bad) // 2


def _holds(came: _Came) -> bool:
    seen = came.seen
    served = quantile([*seen.pushes, *seen.pulls] or [PATIENCE_S], 0.99)
    return not seen.gave_up and seen.settled_s <= BACK_WITHIN_S and served <= SERVED_WITHIN_S


async def _let_go(
    server: str, herd: list[Tablet], within_s: float, postmaster: psutil.Process | None
) -> Seen:
    seen = Seen()
    opening = asyncio.Semaphore(OPEN_AT_ONCE)
    before, own_before = cpu_s(postmaster, server), time.process_time()
    started = time.monotonic()
    await asyncio.gather(*(comes_back(server, each, within_s, seen, opening) for each in herd))
    seen.settled_s = time.monotonic() - started
    seen.own_cpu_s, seen.server_cpu_s = time.process_time() - own_before, cpu_s(postmaster, server) - before
    return seen


def _each(cpu_s: float, served: list[float]) -> float:
    return cpu_s * 1000 / max(len(served), 1)


async def _kept(url: str, devices: list[UUID]) -> int:
    """Return how many edits of these tablets the server has a receipt for."""
    connection = await asyncpg.connect(url)
    try:
        return int(
            await connection.fetchval("select count(*) from receipt where device_id = any($1)", devices)
        )
    finally:
        await connection.close()


async def _next_transaction(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint"))
    finally:
        await connection.close()


async def _rows_of(url: str, herd: list[Tablet], since: int) -> list[Written]:
    """Return the rows that these tablets' pushes wrote, as they stand after all pushes."""
    async with await open_pool(url, size=1) as pool, pool.acquire() as connection:
        found = [await written_by(connection, each.edits, since=since) for each in herd]  # type: ignore[arg-type]
    return [anew(each) for each in found if each.receipts]  # who gave up wrote nothing


def _write_bare(url: str, rows: list[Written], connections: int) -> tuple[float, float]:
    """Return how long writing them took, of the clock and of this process."""
    return asyncio.run(_write_all(url, rows, connections))


async def _write_all(url: str, rows: list[Written], connections: int) -> tuple[float, float]:
    left = iter(rows)

    async def one_after_the_other(connection: asyncpg.Connection[asyncpg.Record]) -> None:
        for each in left:
            await write(connection, each)

    opened = [await asyncpg.connect(url) for _ in range(connections)]
    for each in opened:
        await prepare(each)
        await each.execute("select 1")
    started, before = time.perf_counter(), time.process_time()
    await asyncio.gather(*map(one_after_the_other, opened))
    took = time.perf_counter() - started, time.process_time() - before
    for each in opened:
        await each.close()
    return took
