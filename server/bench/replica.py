"""`bench tablet` and `bench bootstrap`: the tablet's own half, measured in a process of its own.

The server may not import that half; it makes the world, serves it, lends a tablet, and reads the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import msgspec

from server.bench.measure import Figure, Report, command_text, figure, machine, now_text, ratio_of
from server.bench.serving import api, call, signed_in
from server.bench.world import PASSWORD, bench_store, lean_store, world
from server.commands.answer import CommandFailed

MEASURER, APP_MEASURER = "loadtests.replica_speed", "mobile_app.speed"
TIMEOUT_S = 1_800
THOROUGH = 1_000  # customers; below it the bench itself is what is tried
ADMINISTRATOR = "marc"
DEFAULT_CUSTOMERS = {"tablet": 50_000, "bootstrap": 20_000}


class Measured(msgspec.Struct):
    """What the measurer prints."""

    samples: dict[str, list[float]]
    units: dict[str, str]
    ratios: dict[str, tuple[str, str]]  # name -> samples over samples
    checks: dict[str, bool]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, help="on the tablet (default: 50000; bootstrap: 20000)")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--plain", action="store_true", help="without encryption, to see what that costs")


def run(arguments: argparse.Namespace) -> Report:
    customers = arguments.customers or DEFAULT_CUSTOMERS[arguments.bench]
    with world(arguments, customers=customers) as url:
        make = lean_store if arguments.bench == "bootstrap" else bench_store
        store = asyncio.run(make(url, customers=customers))
        with api(arguments, url) as server:
            tablet = asyncio.run(lend_tablet(server, store))
            task = {
                "bench": arguments.bench, "server": server, "store": store, "code": store,
                "password": PASSWORD, "rounds": arguments.rounds, "plain": arguments.plain,
                "thorough": customers >= THOROUGH, **tablet,
            }  # fmt: skip
            measured = measure(MEASURER, task)
            if arguments.bench == "tablet":
                measured = both(measured, measure(APP_MEASURER, asyncio.run(app_task(server, store, task))))
        version = asyncio.run(version_of(url))
    figures: tuple[Figure, ...] = tuple(
        figure(name, measured.units[name], values) for name, values in measured.samples.items()
    )
    ratios = tuple(
        ratio_of(name, measured.samples[ours], measured.samples[limit])
        for name, (ours, limit) in measured.ratios.items()
    )
    return Report(
        bench=arguments.bench,
        at=now_text(),
        command=command_text(),
        machine=machine(version),
        parameters={"customers": customers, "store": "plain" if arguments.plain else "encrypted"},
        figures=figures,
        ratios=ratios,
        checks=measured.checks,
    )


async def enrolment_code(server: str, store: str) -> str:
    """Return a code that enrols one tablet in the store."""
    token = await signed_in(server, code=ADMINISTRATOR, password=PASSWORD)
    status, body = await call(
        server, "POST", "/v1/devices/enrolment-codes", token=token, body={"store": store}
    )
    if status != 201:
        raise CommandFailed(f"no enrolment code: {status}")
    return str(msgspec.json.decode(body)["code"])


async def lend_tablet(server: str, store: str) -> dict[str, str]:
    """Enrol a tablet in the store and return its id and secret."""
    code = await enrolment_code(server, store)
    status, body = await call(server, "POST", "/v1/devices/enrol", body={"code": code, "name": "bench"})
    if status != 201:
        raise CommandFailed(f"no enrolment: {status}")
    enrolled = msgspec.json.decode(body)
    return {"device_id": enrolled["device_id"], "device_secret": enrolled["device_secret"]}


async def app_task(server: str, store: str, task: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the app's own measurer is to do."""
    named = {name: task[name] for name in ("server", "code", "password", "rounds")}
    named["thorough"] = task["thorough"]
    return {**named, "enrolment": await enrolment_code(server, store)}


def both(one: Measured, other: Measured) -> Measured:
    """Return two measurers' figures together."""
    return Measured(
        samples=one.samples | other.samples,
        units=one.units | other.units,
        ratios=one.ratios | other.ratios,
        checks=one.checks | other.checks,
    )


def measure(measurer: str, task: Mapping[str, Any]) -> Measured:
    """Run a measurer in a process of its own and return what it prints.

    Raises:
        CommandFailed: it failed; its last words are told.
    """
    with TemporaryDirectory(prefix="comptoir-bench-") as folder:
        done = subprocess.run(
            [sys.executable, "-P", "-m", measurer, folder],
            input=msgspec.json.encode(task),
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            env=os.environ,
        )
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()
        raise CommandFailed(f"the measurer failed: {last[-1] if last else 'it said nothing'}")
    return msgspec.json.decode(done.stdout, type=Measured)


async def version_of(url: str) -> str:
    """Return the version of the PostgreSQL that serves a database."""
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval("show server_version"))
    finally:
        await connection.close()
