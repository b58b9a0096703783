"""`bench api`: a profile read by HTTP, against the same rows read by bare asyncpg, encoded by msgspec."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import asyncpg
import msgspec

from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, lens_of
from server.bench.floor import floor
from server.bench.measure import (
    Report,
    command_text,
    figure,
    interleaved,
    machine,
    now_text,
    quantile,
    ratio_of,
)
from server.bench.serving import Wire, api, signed_in
from server.bench.world import PASSWORD, world
from server.demo.people import associate_id

AT_ONCE = 64  # requests under way
WEIGHT = 8_000  # bytes of a profile, about

EXPAND = "purchases,timeline,notes,consents,owned,wish_list,spend"
ROLES = {"claire": Role.STORE_MANAGER, "pierre": Role.LOYALTY_MANAGER}  # a wide lens and a narrow one


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--customers", type=int, default=5000, help="size of the world (default: %(default)s)"
    )
    parser.add_argument("--requests", type=int, default=1500, help="per round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="(default: %(default)s)")
    parser.add_argument(
        "--at-once", type=int, default=AT_ONCE, help="requests under way (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> Report:
    with (
        world(arguments, customers=arguments.customers) as url,
        api(arguments, url) as server,
        floor(weight=WEIGHT) as fixed,
    ):
        return asyncio.run(_measure(arguments, url, server, fixed))


async def _measure(arguments: argparse.Namespace, url: str, server: str, fixed: str) -> Report:
    at_once = arguments.at_once
    pool = await asyncpg.create_pool(url, min_size=at_once, max_size=at_once)
    async with pool:
        version = await pool.fetchval("show server_version")
        await pool.execute(_TRAIL)
        rows = await pool.fetch("select id from customer where home_store = 'lyon' order by id limit 2000")
        ids = [row["id"] for row in rows]
        random.Random(1).shuffle(ids)
        tokens = {code: await signed_in(server, code=code, password=PASSWORD) for code in ROLES}
        groups = {code: _groups(role, code) for code, role in ROLES.items()}
        latencies: dict[str, list[float]] = {code: [] for code in ROLES}
        right = await _answers_agree(server, tokens["claire"], pool, ids[:5])

        def by_http(code: str) -> Callable[[], Awaitable[float]]:
            async def ask() -> float:
                return await _http_rate(server, tokens[code], ids, arguments, latencies[code])

            return ask

        async def nothing() -> float:
            return await _http_rate(fixed, tokens["claire"], ids, arguments, [])

        async def bare() -> float:
            return await _bare_rate(pool, groups["claire"], ids, arguments)

        async def bare_with_a_trail() -> float:
            return await _bare_rate(pool, groups["claire"], ids, arguments, noted=True)

        async def at_half_load() -> float:
            return await _paced(server, tokens["claire"], ids, per_second=half_rate, wires=at_once)

        samples = await interleaved(
            arguments.rounds,
            {
                "bare": bare,
                "noted": bare_with_a_trail,
                "http": by_http("claire"),
                "narrow": by_http("pierre"),
                "floor": nothing,
            },
        )
        half_rate = quantile(samples["http"], 0.5) / 2
        calm = [await at_half_load() for _ in range(max(1, arguments.rounds // 2))]
    return Report(
        bench="api",
        at=now_text(),
        command=command_text(),
        machine=machine(version),
        parameters={
            "customers": arguments.customers, "requests": arguments.requests, "at_once": at_once,
        },
        figures=(
            figure("bare asyncpg and msgspec, one process", "reads/s", samples["bare"]),
            figure("the same, each with a line of a trail", "reads/s", samples["noted"]),
            figure("HTTP, store manager (wide lens)", "reads/s", samples["http"]),
            figure("HTTP, loyalty manager (narrow lens)", "reads/s", samples["narrow"]),
            figure(f"HTTP answering {WEIGHT} fixed bytes, Litestar alone", "reads/s", samples["floor"]),
            figure("HTTP at half load, p99", "ms", [value * 1000 for value in calm]),
        ),
        ratios=(
            ratio_of("HTTP to bare", samples["http"], samples["bare"]),
            ratio_of("HTTP to bare with a line of a trail", samples["http"], samples["noted"]),
            ratio_of("HTTP to Litestar answering fixed bytes", samples["http"], samples["floor"]),
            ratio_of("Litestar answering fixed bytes to bare", samples["floor"], samples["bare"]),
            ratio_of("narrow lens to wide lens", samples["narrow"], samples["http"]),
        ),
        checks={"HTTP answers what the rows hold": right},
    )  # fmt: skip


async def _http_rate(
    server: str, token: str, ids: Sequence[UUID], arguments: argparse.Namespace, latencies: list[float]
) -> float:
    left = iter(itertools.islice(itertools.cycle(ids), arguments.requests))

    async def ask_one_after_another() -> None:
        wire = await Wire.open(server)
        try:
            for customer_id in left:
                started = time.perf_counter()
                status, _body = await wire.ask("GET", _path(customer_id), token=token)
                latencies.append(time.perf_counter() - started)
                if status not in {200, 404}:
                    raise RuntimeError(f"status {status}")
        finally:
            wire.close()

    started = time.perf_counter()
    await asyncio.gather(*(ask_one_after_another() for _ in range(arguments.at_once)))
    return float(arguments.requests / (time.perf_counter() - started))


async def _paced(server: str, token: str, ids: Sequence[UUID], *, per_second: float, wires: int) -> float:
    """Return the 99th percentile of the answering time, in seconds, when requests come evenly."""
    opened = [await Wire.open(server) for _ in range(wires)]
    free = asyncio.Queue[Wire]()
    for wire in opened:
        free.put_nowait(wire)
    took: list[float] = []

    async def ask(customer_id: UUID, due: float) -> None:
        wire = await free.get()
        await wire.ask("GET", _path(customer_id), token=token)
        took.append(time.perf_counter() - due)
        free.put_nowait(wire)

    count = max(50, min(len(ids), int(per_second * 2)))
    begin = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number, customer_id in enumerate(itertools.islice(itertools.cycle(ids), count)):
            due = begin + number / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(ask(customer_id, due))
    for wire in opened:
        wire.close()
    return quantile(took, 0.99)


# What a trail of reads costs whoever writes it before he answers; a table of the bench's own.
_TRAIL = """
    create table if not exists bench_trail (
      id bigint generated always as identity primary key, at timestamptz not null default now(), actor uuid,
      action text not null, subject_id uuid, facts jsonb not null default '{}')"""
_READ = "select grp, body from fragment where record_id = $1 and grp = any($2::text[])"
_NOTED = """
    with noted as (
      insert into bench_trail (actor, action, subject_id) values ($1, 'customer.read', $1))
    select grp, body from fragment where record_id = $1 and grp = any($2::text[])"""


async def _bare_rate(
    pool: asyncpg.Pool[asyncpg.Record],
    groups: Sequence[str],
    ids: Sequence[UUID],
    arguments: argparse.Namespace,
    *,
    noted: bool = False,
) -> float:
    """The limit: the same rows, one round trip, nothing asked about who may see them.

    Args:
        noted: each read leaves a line that is on the disk before it is answered, as a read of a person must.
    """
    left = iter(itertools.islice(itertools.cycle(ids), arguments.requests))
    encoder = msgspec.json.Encoder()

    async def read_one_after_another() -> None:
        async with pool.acquire() as connection:
            statement = await connection.prepare(_NOTED if noted else _READ)
            for customer_id in left:
                rows = await statement.fetch(customer_id, groups)
                encoder.encode({row["grp"]: msgspec.Raw(row["body"].encode()) for row in rows})

    started = time.perf_counter()
    await asyncio.gather(*(read_one_after_another() for _ in range(arguments.at_once)))
    return float(arguments.requests / (time.perf_counter() - started))


async def _answers_agree(
    server: str, token: str, pool: asyncpg.Pool[asyncpg.Record], ids: Sequence[UUID]
) -> bool:
    wire = await Wire.open(server)
    try:
        for customer_id in ids:
            status, body = await wire.ask("GET", _path(customer_id), token=token)
            said = msgspec.json.decode(body)
            kept = await pool.fetchrow(
                "select given_name, phone, jsonb_array_length(coalesce(purchases, '[]')) as bought"
                " from customer where id = $1",
                customer_id,
            )
            if status != 200 or kept is None:
                return False
            if (said.get("given_name"), said.get("phone")) != (kept["given_name"], kept["phone"]):
                return False
            if len(said.get("purchases") or ()) != kept["bought"]:
                return False
    finally:
        wire.close()
    return True


def _path(customer_id: UUID) -> str:
    return f"/v1/customers/{customer_id}?expand={EXPAND}"


def _groups(role: Role, code: str) -> list[str]:
    lens = lens_of(DEFAULT_POLICY, role, person=associate_id(code), stores=["lyon"])
    return list(lens.groups)
