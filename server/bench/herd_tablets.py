"""The tablets of a herd: enrolled and signed in, with a shift's edits to send, and how they come back.

They speak the protocol over a connection each, obey `Retry-After` and rest as the tablet's engine rests. Each
has pulled before (its token stands at the present), so that it brings edits and asks for news.
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

import msgspec

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


class Tablet(Struct):
    """One of them, and what it will say."""

    device_id: UUID
    token: str
    push: bytes
    edits: tuple[UUID, ...]
    pull: bytes


class Seen:
    """What became of a herd."""

    def __init__(self) -> None:
        self.pushes: list[float] = []
        self.pulls: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.taken = self.gave_up = 0
        self.settled_s = self.own_cpu_s = self.server_cpu_s = 0.0


async def gathered(arguments: argparse.Namespace, url: str, codes: list[str], tablets: int) -> list[Tablet]:
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
        herd: list[Tablet] = []
        now = int(time.time())
        for number in range(tablets):
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
            edits = _edits(customers[store], arguments.edits)
            herd.append(
                Tablet(
                    device_id=device_id,
                    token=keys.issue(
                        associate_id=person["id"], family_id=family, device_id=device_id, now=now
                    ),
                    push=encode(PushRequest(caller=caller, edits=edits)),
                    edits=tuple(each.mutation_id for each in edits),
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


async def comes_back(
    server: str, tablet: Tablet, within_s: float, seen: Seen, opening: asyncio.Semaphore
) -> None:
    """Push and pull at some moment within these seconds, as often as it takes."""
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
