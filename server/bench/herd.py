"""`bench herd`: many tablets that come back at once after an outage, each with edits to send.

They speak the protocol over a connection each, obey `Retry-After` and rest as the tablet's engine rests. Each
has pulled before (its token stands at the present), so that the herd brings edits and asks for news. The herd
runs on the cores it measures: what it takes of them is stated.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from collections import Counter
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import msgspec
import psutil
import uvloop

from schemas.engagement import NoteLevel
from schemas.hlc import pack
from schemas.ids import uuid7
from schemas.mutations import AddElement, Envelope, Mutation, PutEntry, WriteNote, encode_args, op_of
from schemas.protocol import (
    CONTENT_TYPE,
    PROTOCOL,
    Caller,
    PullReply,
    PullRequest,
    PushReply,
    PushRequest,
    encode,
)
from schemas.record import Struct
from schemas.staff import Role
from server.auth.access_token import KeyRing
from server.auth.principal import Principal
from server.auth.sealing import digest
from server.bench.measure import Report, command_text, figure, machine, now_text, quantile
from server.bench.replica import version_of
from server.bench.serving import api, cpu_s, postmaster_of, resident
from server.bench.world import bench_chain, world
from server.commands.database import settings_for
from server.database.pool import open_pool
from server.policy.in_force import Policies
from server.replication.lives import current_boot
from server.replication.routes import feed_key
from server.replication.token import FeedToken, Stream, write_token
from server.scope import scope_ids, tablet_scopes

FIRST_WAIT_S, LONGEST_WAIT_S, TRUSTED = 1.0, 300.0, 6  # as the engine rests
PATIENCE_S = 300.0
KEPT_S = 3.0  # a server hangs up on who is silent for longer
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]

OPEN_AT_ONCE = 500  # connections being made: more than the backlog of a socket would be refused by the system


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tablets", type=int, default=2_000, help="(default: %(default)s)")
    parser.add_argument("--edits", type=int, default=20, help="of each (default: %(default)s)")
    parser.add_argument("--within", type=float, default=10.0, help="seconds in which they come (default: 10)")
    parser.add_argument("--stores", type=int, default=100, help="they belong to (default: %(default)s)")
    parser.add_argument("--customers", type=int, default=10_000, help="of all stores (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes of the API (default: %(default)s)")


def run(arguments: argparse.Namespace) -> Report:
    with world(arguments, customers=arguments.customers) as url:
        codes = asyncio.run(bench_chain(url, stores=arguments.stores, customers=arguments.customers))
        with api(arguments, url, workers=arguments.workers) as server:
            herd = asyncio.run(_gathered(arguments, url, codes))
            postmaster = asyncio.run(postmaster_of(url))
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                seen, memory = runner.run(_let_go(server, herd, arguments.within, postmaster))
        kept = asyncio.run(_kept(url, [each.device_id for each in herd]))
        version = asyncio.run(version_of(url))
    edits = arguments.tablets * arguments.edits
    errors = sum(times for status, times in seen.statuses.items() if status not in (200, 503))
    served = [*seen.pushes, *seen.pulls]
    return Report(
        bench="herd",
        at=now_text(),
        command=command_text(),
        machine=machine(version),
        parameters={
            "tablets": arguments.tablets,
            "stores": arguments.stores,
            "customers": arguments.customers,
            "edits of each": arguments.edits,
            "seconds": round(arguments.within),
            "workers": arguments.workers,
        },
        figures=(
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
            figure("memory of a process of the API", "MB", memory or [0.0]),
        ),
        ratios=(),
        checks={
            "every edit was taken exactly once": kept == edits and seen.taken == edits,
            "no error but 503": errors == 0,
            "nobody gave up": seen.gave_up == 0,
        },
    )


class _Tablet(Struct):
    device_id: UUID
    token: str
    push: bytes
    pull: bytes


class _Seen:
    def __init__(self) -> None:
        self.pushes: list[float] = []
        self.pulls: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.taken = self.gave_up = 0
        self.settled_s = self.own_cpu_s = self.server_cpu_s = 0.0


async def _gathered(arguments: argparse.Namespace, url: str, codes: list[str]) -> list[_Tablet]:
    """Enrol and sign in everybody, and give each a token of the present and his edits."""
    settings = settings_for(arguments, url)
    pool = await open_pool(url, size=2)
    async with pool:
        keys = KeyRing(pool, settings)
        await keys.load()
        people = {
            row["code"]: row
            for row in await pool.fetch(
                "select code, id, brand, epoch from associate where code = any($1)", codes
            )
        }
        customers: dict[str, list[UUID]] = {code: [] for code in codes}
        for row in await pool.fetch(
            "select s.key, m.record_id from member m join scope s on s.id = m.scope where s.key = any($1)",
            [f"store:{code}" for code in codes],
        ):
            customers[row["key"].removeprefix("store:")].append(row["record_id"])
        herd: list[_Tablet] = []
        now = int(time.time())
        for number in range(arguments.tablets):
            store = codes[number % len(codes)]
            person = people[store]
            device_id, family, incarnation = uuid4(), uuid4(), uuid4()
            principal = Principal(
                associate_id=person["id"], name="", role=Role.STORE_MANAGER, stores=(store,), zone=None,
                brand=person["brand"], device_id=device_id, device_store=store,
            )  # fmt: skip
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute(
                    """
                    insert into device (id, store, name, secret_hash, enrolled_by)
                    values ($1, $2, 'herd', $3, $4)
                    """,
                    device_id, store, digest("herd"), person["id"],
                )  # fmt: skip
                await connection.execute(
                    """
                    insert into refresh_family (id, associate_id, device_id, expires_at)
                    values ($1, $2, $3, now() + interval '1 hour')
                    """,
                    family, person["id"], device_id,
                )  # fmt: skip
                lens = await Policies().lens(connection, principal)  # type: ignore[arg-type]
                keys_of = tablet_scopes(principal)
                await connection.execute(  # written by its first pull
                    """
                    insert into device_incarnation
                      (device_id, incarnation, associate_id, lease_until, seen_at)
                    values ($1, $2, $3, now() + interval '14 days', now() - interval '1 hour')
                    """,
                    device_id, incarnation, person["id"],
                )  # fmt: skip
                numbers = await scope_ids(connection, keys_of)  # type: ignore[arg-type]
                boot = await current_boot(connection)  # type: ignore[arg-type]
                base = await connection.fetchval("select pg_current_snapshot()::text")
            stream = Stream(scopes=tuple(sorted(keys_of)), groups=tuple(sorted(lens.groups)), base=base)
            caller = Caller(
                protocol=PROTOCOL, app_version="herd", device_id=device_id, incarnation=incarnation, fence=0,
                sent_at=now * 1000,
            )  # fmt: skip
            sealed = write_token(
                feed_key(settings), FeedToken(boot=boot, streams=(stream,)), device_id, person["id"],
                scopes=numbers,
            )  # fmt: skip
            herd.append(
                _Tablet(
                    device_id=device_id,
                    token=keys.issue(
                        associate_id=person["id"], family_id=family, device_id=device_id, now=now
                    ),
                    push=encode(PushRequest(caller=caller, edits=_edits(customers[store], arguments.edits))),
                    pull=encode(PullRequest(caller=caller, token=sealed)),
                )
            )
    return herd


def _edits(customers: list[UUID], count: int) -> tuple[Envelope, ...]:
    """Return the edits of a shift: a few customers, each with tastes, a size and a note."""
    mine = random.sample(customers, min(5, len(customers)))
    now = int(time.time() * 1000)
    made: list[Envelope] = []
    for number in range(count):
        mutation: Mutation
        match number % 4:
            case 0 | 1:
                mutation = AddElement(field="likes", element=f"like {random.randrange(1000)}")
            case 2:
                mutation = PutEntry(
                    field="sizes", key="shoes", value={"value": str(random.randrange(35, 45))}
                )
            case _:
                mutation = WriteNote(
                    note_id=uuid4(), text="Prefers to be called in the morning.", level=NoteLevel.STORE
                )
        made.append(
            Envelope(
                seq=number + 1, mutation_id=uuid7(now, os.urandom(10)), record_id=random.choice(mine),
                op=op_of(mutation), args=encode_args(mutation), hlc=pack(now, number), policy_version=1,
            )
        )  # fmt: skip
    return tuple(made)


async def _let_go(
    server: str, herd: list[_Tablet], within_s: float, postmaster: psutil.Process | None
) -> tuple[_Seen, list[float]]:
    seen = _Seen()
    opening = asyncio.Semaphore(OPEN_AT_ONCE)
    before, own_before = cpu_s(postmaster, server), time.process_time()
    started = time.monotonic()
    await asyncio.gather(*(_comes_back(server, each, within_s, seen, opening) for each in herd))
    seen.settled_s = time.monotonic() - started
    seen.own_cpu_s, seen.server_cpu_s = time.process_time() - own_before, cpu_s(postmaster, server) - before
    return seen, resident(server)


async def _comes_back(
    server: str, tablet: _Tablet, within_s: float, seen: _Seen, opening: asyncio.Semaphore
) -> None:
    await asyncio.sleep(random.random() * within_s)
    deadline = time.monotonic() + PATIENCE_S
    failures = 0
    line: Line | None = None
    for path, body, times in (
        ("/v1/sync/push", tablet.push, seen.pushes),
        ("/v1/sync/pull", tablet.pull, seen.pulls),
    ):
        while True:
            try:
                if line is None:
                    line = await _opened(server, opening)
                status, retry_after, content, took = await _ask(line, server, path, tablet.token, body)
            except (OSError, asyncio.IncompleteReadError, ValueError):
                status, retry_after, content, took = 0, 0.0, b"", 0.0
            if line is not None and (not status or retry_after >= KEPT_S):
                line[1].close()
                line = None
            seen.statuses[status] += 1
            if status == 200:
                times.append(took)
                break
            failures += 1
            if time.monotonic() > deadline or status not in (0, 503):
                seen.gave_up += 1
                return
            doubled = max(failures - (TRUSTED if status == 503 else 0), 0)
            await asyncio.sleep(
                retry_after + min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**doubled) * random.random()
            )
        if path.endswith("push"):
            outcomes = msgspec.msgpack.decode(content, type=PushReply).outcomes
            seen.taken += sum(each.status in ("applied", "merged", "duplicate") for each in outcomes)
        else:
            msgspec.msgpack.decode(content, type=PullReply)
    if line is not None:
        line[1].close()


async def _opened(server: str, opening: asyncio.Semaphore) -> Line:
    parts = urlsplit(server)
    async with opening:
        return await asyncio.open_connection(parts.hostname, parts.port)


async def _ask(
    line: Line, server: str, path: str, token: str, body: bytes
) -> tuple[int, float, bytes, float]:
    """Return status, Retry-After, body and how long the answer took."""
    reader, writer = line
    started = time.perf_counter()
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: {urlsplit(server).netloc}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: {CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    head = await reader.readuntil(b"\r\n\r\n")
    named = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
    }
    content = await reader.readexactly(int(named.get(b"content-length", b"0")))
    took = time.perf_counter() - started
    return int(head[9:12]), float(named.get(b"retry-after", b"0")), content, took


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
