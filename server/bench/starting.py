"""`bench start`: how soon the API is ready where PostgreSQL runs, against a Litestar that does nothing."""

from __future__ import annotations

import argparse
import asyncio
import time
from contextlib import AbstractContextManager

from server.bench.floor import floor
from server.bench.measure import Report, command_text, figure, machine, now_text, ratio_of
from server.bench.replica import version_of
from server.bench.serving import api, resident
from server.bench.world import world


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=5_000, help="(default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="(default: %(default)s)")


def run(arguments: argparse.Namespace) -> Report:
    ready: list[float] = []
    least: list[float] = []
    memory: list[float] = []
    with world(arguments, customers=arguments.customers) as url:
        for number in range(-1 if arguments.rounds > 1 else 0, arguments.rounds):  # one fills the caches
            took, megabytes = _until_it_answers(api(arguments, url))
            bare, _ = _until_it_answers(floor(weight=100))
            if number >= 0:
                ready.append(took)
                memory.append(megabytes)
                least.append(bare)
        version = asyncio.run(version_of(url))
    return Report(
        bench="start",
        at=now_text(),
        command=command_text(),
        machine=machine(version),
        parameters={"customers": arguments.customers},
        figures=(
            figure("the API, until it is ready", "s", ready),
            figure("a Litestar with one route, until it answers", "s", least),
            figure("memory of a process when ready", "MB", memory),
        ),
        ratios=(ratio_of("the API to a Litestar with one route", ready, least),),
        checks={"it was ready each time": len(ready) == arguments.rounds},
    )


def _until_it_answers(starting: AbstractContextManager[str]) -> tuple[float, float]:
    """Return the seconds from the start of a process to its first good answer, and its memory then."""
    begun = time.perf_counter()
    with starting as server:
        took = time.perf_counter() - begun
        return took, max(resident(server), default=0.0)
