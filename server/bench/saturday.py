"""`bench saturday`: more and more tablets of a Saturday, until a budget of the load tests is broken.

Locust plays `loadtests/journeys/saturday.py` on the cores it measures: what it takes of them is stated.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import psutil

from schemas.record import Struct
from server.bench.measure import Report, command_text, figure, machine, now_text, ratio_of
from server.bench.replica import version_of
from server.bench.serving import api, cpu_s, postmaster_of, resident
from server.bench.world import PASSWORD, bench_chain, world
from server.commands.answer import CommandFailed, progress
from server.commands.database import CHECKOUT

STEPS = "250,500,750,1000,1500,2000"
DESKS = 3  # of head office, among the people of each step
PATIENCE_S = 240.0  # beyond what the steps take


class Stage(Struct):
    """What Locust judged of one step; as ``loadtests.budgets.Judged``."""

    people: int
    requests: int
    failures: int
    p95_ms: dict[str, float]
    allowed_ms: dict[str, float]

    @property
    def tablets(self) -> int:
        """How many tablets worked."""
        return max(0, self.people - DESKS)

    @property
    def used(self) -> float:
        """The largest share that any kind of request took of its budget."""
        return max((taken / self.allowed_ms[name] for name, taken in self.p95_ms.items()), default=0.0)

    @property
    def holds(self) -> bool:
        """Whether nothing failed and no budget was broken."""
        return self.failures == 0 and self.used <= 1


class _Taken(Struct):
    """What the machine gave."""

    stages: list[Stage]
    took_s: float
    server_cpu_s: float
    own_cpu_s: float
    memory: list[float]  # MB of each process that serves, at the end


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", default=STEPS, help="people at work, step by step (default: %(default)s)")
    parser.add_argument("--hold", type=float, default=60.0, help="seconds of each step (default: 60)")
    parser.add_argument("--arriving", type=float, default=10.0, help="people a second between (default: 10)")
    parser.add_argument("--stores", type=int, default=100, help="they belong to (default: %(default)s)")
    parser.add_argument("--customers", type=int, default=20_000, help="of all stores (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes of the API (default: %(default)s)")


def run(arguments: argparse.Namespace) -> Report:
    if importlib.util.find_spec("locust") is None:
        raise CommandFailed("the load tests want Locust: pip install 'comptoir[load]'")
    with world(arguments, customers=arguments.customers) as url:
        codes = asyncio.run(bench_chain(url, stores=arguments.stores, customers=arguments.customers))
        with api(arguments, url, workers=arguments.workers) as server:
            taken = _play(arguments, server, url, codes)
        version = asyncio.run(version_of(url))
    stages = taken.stages
    held = [stage.tablets for stage in stages if stage.holds]
    broken = next((stage.tablets for stage in stages if not stage.holds), 0)
    largest = max((each for each in held if not broken or each < broken), default=0)
    each = sum(stage.requests for stage in stages) or 1
    return Report(
        bench="saturday",
        at=now_text(),
        command=command_text(),
        machine=machine(version),
        parameters={
            "stores": arguments.stores,
            "customers": arguments.customers,
            "seconds of each step": round(arguments.hold),
            "workers": arguments.workers,
        },
        figures=(
            figure("tablets that broke no budget", "tablets", [float(largest)]),
            figure("the least that broke one", "tablets", [float(broken)]),
            *(
                figure(f"{stage.tablets} tablets: {name}, p95", "ms", [p95])
                for stage in stages
                for name, p95 in sorted(stage.p95_ms.items())
            ),
            figure("requests a second over all steps", "1/s", [each / taken.took_s]),
            figure("processor time of server and database", "ms/request", [taken.server_cpu_s / each * 1000]),
            figure("processor time of the load itself", "ms/request", [taken.own_cpu_s / each * 1000]),
            figure("memory of a process of the API after the peak", "MB", taken.memory or [0.0]),
        ),
        ratios=tuple(
            ratio_of(f"{stage.tablets} tablets: the request nearest to its budget", [stage.used], [1.0])
            for stage in stages
        ),
        checks={
            "every step was judged, up to the first that broke a budget": (
                len(stages) == len(arguments.steps.split(",")) or not stages[-1].holds
            ),
            "no request failed, nothing was lost": all(stage.failures == 0 for stage in stages),
        },
    )


def _play(arguments: argparse.Namespace, server: str, url: str, codes: list[str]) -> _Taken:
    postmaster = asyncio.run(postmaster_of(url))
    with TemporaryDirectory(prefix="comptoir-bench-") as folder:
        verdict, words = Path(folder) / "verdict.json", Path(folder) / "locust.log"
        command = [
            sys.executable, "-m", "locust", "-f", "loadtests/journeys/saturday.py", "--headless",
            "--host", server, "--password", PASSWORD, "--shops", ",".join(codes), "--steps", arguments.steps,
            "--hold", str(arguments.hold), "--arriving", str(arguments.arriving), "--verdict", str(verdict),
            "--until-broken",
        ]  # fmt: skip
        began, spent = time.monotonic(), cpu_s(postmaster, server)
        with words.open("wb") as into:
            load = subprocess.Popen(
                command, cwd=CHECKOUT, stdout=into, stderr=subprocess.STDOUT, env=os.environ
            )
            own = _wait(arguments, load)
        if not verdict.exists():
            last = words.read_text(errors="replace").strip().splitlines()
            raise CommandFailed(f"the load test judged nothing: {last[-1] if last else 'it said nothing'}")
        return _Taken(
            stages=msgspec.json.decode(verdict.read_bytes(), type=list[Stage]),
            took_s=time.monotonic() - began,
            server_cpu_s=cpu_s(postmaster, server) - spent,
            own_cpu_s=own,
            memory=resident(server),
        )


def _wait(arguments: argparse.Namespace, load: subprocess.Popen[bytes]) -> float:
    """Wait for the end and return the processor time the load took, in seconds."""
    people = [int(each) for each in arguments.steps.split(",")]
    seconds = max(people) / arguments.arriving + len(people) * arguments.hold
    deadline, own, told = time.monotonic() + seconds + PATIENCE_S, 0.0, time.monotonic()
    process = psutil.Process(load.pid)
    while load.poll() is None:
        if time.monotonic() > deadline:  # what was judged so far stands
            progress("saturday   the load test does not end: its last step is not judged")
            load.kill()
        if time.monotonic() - told > 30:
            told = time.monotonic()
            progress(f"saturday   {max(0.0, deadline - PATIENCE_S - told):.0f} s to go")
        try:
            times = process.cpu_times()
            own = times.user + times.system
        except psutil.NoSuchProcess:
            break
        time.sleep(0.5)
    load.wait()
    return own
