"""`bench push`: a tablet's push of twenty edits, against bare asyncpg writing the rows that came of it.

One connection behind the wall, one push after the other. The limit knows the rows beforehand: it judges
nothing, looks nothing up, and writes them in one transaction, a statement for each table.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import msgspec
import psutil

from schemas.engagement import NoteLevel
from schemas.hlc import pack
from schemas.ids import uuid7
from schemas.mutations import AddElement, Envelope, Mutation, PutEntry, WriteNote, encode_args, op_of
from schemas.protocol import PROTOCOL, Caller, PushReply, PushRequest, encode
from server.auth.principal import Principal
from server.bench.measure import Report, command_text, figure, interleaved, machine, now_text, ratio_of
from server.bench.rows import Written, anew, write, written_by
from server.bench.world import bench_store, manager_on_a_tablet, world
from server.commands.database import settings_for
from server.database.pool import Connection, Pool, open_pool, transaction
from server.database.standing import open_walled_pool
from server.policy.in_force import Policies
from server.replication.push import submit_whole
from server.replication.tablet_push import push

LEASE_S = 60
EDITED = 5  # customers that the edits of one push are about
TASTES = ("cuir", "soie", "lin", "bleu nuit", "or", "cachemire", "perles", "vert sapin")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=2_000, help="in the store (default: %(default)s)")
    parser.add_argument("--edits", type=int, default=20, help="of each push (default: %(default)s)")
    parser.add_argument("--pushes", type=int, default=50, help="per round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="(default: %(default)s)")


def run(arguments: argparse.Namespace) -> Report:
    with world(arguments, customers=arguments.customers) as url:
        store = asyncio.run(bench_store(url, customers=arguments.customers))
        return asyncio.run(_measure(arguments, url, store))


async def _measure(arguments: argparse.Namespace, url: str, store: str) -> Report:
    pool = await open_pool(url, size=1)
    walled = await open_walled_pool(msgspec.structs.replace(settings_for(arguments, url), pool_size=1))
    async with pool, walled, pool.acquire() as lent:
        connection: Connection = lent  # type: ignore[assignment]  # the proxy behaves as its connection
        version = await connection.fetchval("show server_version")
        tablet = _Tablet(connection, walled, await manager_on_a_tablet(connection, store), store)
        await tablet.find_customers()
        clock = await _Clock.of(connection, walled)
        rows: list[Written] = []
        spent: dict[str, list[float]] = {"push": [], "bare": []}
        sizes: dict[str, int] = {}
        pushes_a_round: int = arguments.pushes
        statuses: set[str] = set()

        async def pushes() -> float:
            """Push, and keep the rows of every push for the limit: they are read off the clock."""
            rows.clear()
            took = used = 0.0
            for _ in range(pushes_a_round):
                body = tablet.next_push(arguments.edits)
                started, before = time.perf_counter(), clock.now()
                reply = await tablet.push(body)
                took += time.perf_counter() - started
                used += clock.now() - before
                outcomes = msgspec.msgpack.decode(reply, type=PushReply).outcomes
                statuses.update(str(each.status.value) for each in outcomes)
                sizes.update(up=len(body), down=len(reply))
                rows.append(await written_by(connection, tablet.last))
            spent["push"].append(used * 1000 / pushes_a_round)
            return took * 1000 / pushes_a_round

        async def bare() -> float:
            """Write the rows that the last pushes wrote, under new ids where they need one."""
            took = used = 0.0
            for each in rows or [await written_by(connection, tablet.last)]:
                fresh = anew(each)
                started, before = time.perf_counter(), clock.now()
                await write(connection, fresh)
                took += time.perf_counter() - started
                used += clock.now() - before
            spent["bare"].append(used * 1000 / max(len(rows), 1))
            return took * 1000 / max(len(rows), 1)

        await tablet.push(tablet.next_push(arguments.edits))
        await pushes()
        for samples in spent.values():
            samples.clear()
        rounds = await interleaved(arguments.rounds, {"push": pushes, "bare": bare})
        spent = {name: samples[1:] for name, samples in spent.items()}  # the first round fills caches
        kept = await tablet.receipts()
    return Report(
        bench="push",
        at=now_text(),
        command=command_text(),
        machine=machine(version),
        parameters={
            "customers": arguments.customers,
            "edits": arguments.edits,
            "pushes": arguments.pushes,
        },
        figures=(
            figure(f"a push of {arguments.edits} edits", "ms", rounds["push"]),
            figure("its rows by bare asyncpg, one transaction", "ms", rounds["bare"]),
            figure("processor time of a push and its database", "ms", spent["push"]),
            figure("processor time of its rows by bare asyncpg", "ms", spent["bare"]),
            figure("a push, bodies up", "bytes", [sizes["up"]]),
            figure("its reply, before compression", "bytes", [sizes["down"]]),
        ),
        ratios=(
            ratio_of("a push to its rows by bare asyncpg", rounds["push"], rounds["bare"]),
            ratio_of("the same in processor time", spent["push"], spent["bare"]),
        ),
        checks={
            "every edit was taken": statuses <= {"applied", "merged"},
            "every edit has one receipt": kept == tablet.sent,
        },
    )


class _Tablet:
    """Sends the edits of a shift, and knows how to find what became of the last ones."""

    def __init__(self, connection: Connection, pool: Pool, principal: Principal, store: str) -> None:
        self.connection = connection
        self.pool = pool  # behind the wall
        self.principal = principal
        self.store = store
        self.policies = Policies()
        self.incarnation = uuid4()
        self.sent = self.fence = 0
        self.chance = random.Random(7)
        self.customers: list[UUID] = []
        self.last: tuple[UUID, ...] = ()

    async def find_customers(self) -> None:
        found = await self.connection.fetch(
            """
            select m.record_id from member m join scope s on s.id = m.scope
            where s.key = $1 and m.state = 1 order by m.record_id limit 5000
            """,
            f"store:{self.store}",
        )
        self.customers = [row["record_id"] for row in found]

    def next_push(self, count: int) -> bytes:
        """Return a push of the next edits: a few customers, each with tastes, a size and a note."""
        mine = self.chance.sample(self.customers, min(EDITED, len(self.customers)))
        now = int(time.time() * 1000)
        edits = []
        for number in range(count):
            mutation: Mutation
            match number % 4:
                case 0 | 1:
                    mutation = AddElement(field="likes", element=self.chance.choice(TASTES))
                case 2:
                    size = str(self.chance.randrange(35, 45))
                    mutation = PutEntry(field="sizes", key="shoes", value={"value": size})
                case _:
                    mutation = WriteNote(note_id=uuid4(), text="Préfère le matin.", level=NoteLevel.STORE)
            self.sent += 1
            edits.append(
                Envelope(
                    seq=self.sent, mutation_id=uuid7(now, os.urandom(10)), record_id=mine[number % len(mine)],
                    op=op_of(mutation), args=encode_args(mutation), hlc=pack(now, number),
                    policy_version=self.principal.policy_version,
                )
            )  # fmt: skip
        self.last = tuple(each.mutation_id for each in edits)
        caller = Caller(
            protocol=PROTOCOL, app_version="bench", device_id=self.principal.device_id or UUID(int=0),
            incarnation=self.incarnation, fence=self.fence, sent_at=now,
        )  # fmt: skip
        self.fence += 1
        return encode(PushRequest(caller=caller, edits=tuple(edits)))

    async def push(self, body: bytes) -> bytes:
        """Push as the door does: decode, judge and write in one transaction, encode."""
        request = msgspec.msgpack.decode(body, type=PushRequest)
        async with transaction(self.pool) as connection:
            reply = await push(
                connection,
                self.principal,
                request,
                now=datetime.now(UTC),
                policies=self.policies,
                lease_s=LEASE_S,
                submitting=submit_whole,
            )
        return encode(reply)

    async def receipts(self) -> int:
        return int(
            await self.connection.fetchval(
                "select count(*) from receipt where device_id = $1 and seq > 0", self.principal.device_id
            )
        )


class _Clock:
    """Processor time of this process, and of the backends of its connections where they run here."""

    def __init__(self, backends: Sequence[psutil.Process]) -> None:
        self._backends = backends

    @classmethod
    async def of(cls, connection: asyncpg.Connection[asyncpg.Record], walled: Pool) -> _Clock:
        here = await connection.fetchval("select host(inet_server_addr()) = host(inet_client_addr())")
        backends = [await connection.fetchval("select pg_backend_pid()")]
        async with transaction(walled) as lent:
            backends.append(await lent.fetchval("select pg_backend_pid()"))
        return cls([psutil.Process(backend) for backend in backends] if here else [])

    def now(self) -> float:
        """Return the seconds taken so far. A backend's are counted in hundredths."""
        times = [each.cpu_times() for each in self._backends]
        return time.process_time() + sum(each.user + each.system for each in times)
