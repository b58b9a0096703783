"""`bench steady`: the memory of the API under an even load, from the first minutes to the last."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Mapping
from itertools import cycle

from server.bench.measure import Report, command_text, figure, machine, now_text, ratio_of
from server.bench.mix import Ask, asking, edits_kept
from server.bench.replica import version_of
from server.bench.serving import api, resident
from server.bench.world import world
from server.commands.answer import progress

AT_ONCE = 8  # connections
SAMPLES = 24  # of the memory; the first and the last quarter are compared


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=5_000, help="(default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=60, help="of even load (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes of the API (default: %(default)s)")


def run(arguments: argparse.Namespace) -> Report:
    with (
        world(arguments, customers=arguments.customers) as url,
        api(arguments, url, workers=arguments.workers) as server,
    ):
        return asyncio.run(_measure(arguments, url, server))


async def _measure(arguments: argparse.Namespace, url: str, server: str) -> Report:
    seconds = arguments.minutes * 60
    asked = 0
    memory: list[float] = []  # of the largest process, in megabytes

    async def keep_asking(requests: Mapping[str, Ask], until: float) -> None:
        nonlocal asked
        for ask in cycle(requests.values()):
            if time.monotonic() >= until:
                return
            await ask()
            asked += 1

    async def keep_looking() -> None:
        for number in range(SAMPLES):
            await asyncio.sleep(seconds / SAMPLES)
            memory.append(max(resident(server)))
            progress(f"steady     {number + 1} of {SAMPLES}: {memory[-1]:.0f} MB after {asked} requests")

    async with asking(arguments, url, server, at_once=AT_ONCE) as connections:
        until = time.monotonic() + seconds
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep_looking())
            for requests in connections:
                tasks.create_task(keep_asking(requests, until))
    quarter = SAMPLES // 4
    first, last = memory[:quarter], memory[-quarter:]
    return Report(
        bench="steady",
        at=now_text(),
        command=command_text(),
        machine=machine(await version_of(url)),
        parameters={
            "customers": arguments.customers,
            "minutes": f"{arguments.minutes:g}",
            "at_once": AT_ONCE,
            "workers": arguments.workers,
        },
        figures=(
            figure("memory of a process, first quarter", "MB", first),
            figure("memory of a process, last quarter", "MB", last),
            figure("memory of a process, most", "MB", [max(memory)]),
            figure("requests answered", "n", [asked]),
            figure("requests a second", "1/s", [asked / seconds]),
        ),
        ratios=(ratio_of("memory, last quarter to first", last, first),),
        checks={"the edits are in the database": await edits_kept(url) > 0},
    )
