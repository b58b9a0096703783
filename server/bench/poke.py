"""`bench poke`: how soon a change is on another tablet of the store, over a real socket."""

from __future__ import annotations

import argparse
import asyncio

from server.bench.measure import Report, command_text, figure, machine, now_text
from server.bench.replica import lend_tablet, measure, version_of
from server.bench.serving import api
from server.bench.world import PASSWORD, bench_store, world

MEASURER = "loadtests.poke_speed"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=1_000, help="in the store (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=60, help="edits (default: %(default)s)")


def run(arguments: argparse.Namespace) -> Report:
    with world(arguments, customers=arguments.customers) as url:
        store = asyncio.run(bench_store(url, customers=arguments.customers))
        with api(arguments, url) as server:
            tablets = [asyncio.run(lend_tablet(server, store)) for _ in range(2)]
            task = {
                "server": server, "store": store, "code": store, "password": PASSWORD,
                "rounds": arguments.rounds, "tablets": tablets,
            }  # fmt: skip
            measured = measure(MEASURER, task)
        version = asyncio.run(version_of(url))
    return Report(
        bench="poke",
        at=now_text(),
        command=command_text(),
        machine=machine(version),
        parameters={"customers": arguments.customers, "edits": arguments.rounds},
        figures=tuple(
            figure(name, measured.units[name], values) for name, values in measured.samples.items()
        ),
        ratios=(),
        checks=measured.checks,
    )
