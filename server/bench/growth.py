"""`bench growth`: what a request costs beside few customers, and what the same one costs beside very many.

Those beside whom it is asked are a crowd: they have rows in the tables of customers, scopes, contact points
and words, and no history. The tablet that pulls holds as many customers in both.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable

from server.bench.crowd import seed_crowd
from server.bench.measure import (
    Report,
    command_text,
    figure,
    interleaved,
    machine,
    now_text,
    ratio_of,
)
from server.bench.mix import Ask, asking, edits_kept
from server.bench.replica import version_of
from server.bench.serving import api, cpu_s, postmaster_of
from server.bench.world import world


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--few", type=int, default=10_000, help="customers (default: %(default)s)")
    parser.add_argument("--many", type=int, default=100_000, help="customers (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=200, help="per kind and round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")


def run(arguments: argparse.Namespace) -> Report:
    with (
        world(arguments, customers=arguments.few, kind="crowd", fill=seed_crowd) as few,
        world(arguments, customers=arguments.many, kind="crowd", fill=seed_crowd) as many,
        api(arguments, few) as by_few,
        api(arguments, many) as by_many,
    ):
        return asyncio.run(_measure(arguments, (few, by_few), (many, by_many)))


async def _measure(arguments: argparse.Namespace, few: tuple[str, str], many: tuple[str, str]) -> Report:
    postmaster = await postmaster_of(few[0])
    count: int = arguments.requests

    def timed(ask: Ask, server: str) -> Callable[[], Awaitable[float]]:
        async def milliseconds() -> float:
            before = cpu_s(postmaster, server)
            for _ in range(count):
                await ask()
            return max(cpu_s(postmaster, server) - before, 0.01) * 1000 / count

        return milliseconds

    async with asking(arguments, *few) as (beside_few,), asking(arguments, *many) as (beside_many,):
        names = list(beside_few)
        rounds = await interleaved(
            arguments.rounds,
            {f"few {name}": timed(ask, few[1]) for name, ask in beside_few.items()}
            | {f"many {name}": timed(ask, many[1]) for name, ask in beside_many.items()},
        )
    sizes = {"few": arguments.few, "many": arguments.many}
    return Report(
        bench="growth",
        at=now_text(),
        command=command_text(),
        machine=machine(await version_of(few[0])),
        parameters={**sizes, "requests": count},
        figures=tuple(
            figure(f"{name} beside {customers:,} customers, processor", "ms", rounds[f"{size} {name}"])
            for name in names
            for size, customers in sizes.items()
        ),
        ratios=tuple(
            ratio_of(f"{name}, beside many to beside few", rounds[f"many {name}"], rounds[f"few {name}"])
            for name in names
        ),
        checks={"the edits are in both databases": all([await edits_kept(url) for url, _ in (few, many)])},
    )
