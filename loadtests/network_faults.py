"""Tablets behind a network that does everything a network may do, and plain ledgers that bear witness.

Started by ``comptoir prove network``. Reads one JSON task from standard input and prints one JSON object. The
proxy speaks HTTP/1.1 on the loopback, one fault for each request it is not kind to. Integrity on the way is
TLS's: without it, only replies that are compressed (and so carry a checksum) are corrupted here.
"""

import asyncio
import os
import random
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import msgspec

from loadtests.ledger import Ledger
from schemas.engagement import NoteLevel
from schemas.mutations import AddElement, CreateCustomer, WriteNote
from schemas.record import Struct
from sync.replica.database import open_store
from sync.replica.engine import Engine, Line
from sync.replica.store import Store
from sync.replica.transport import HttpTransport

CUSTOMERS = 6
PORTAL = b"<html><body>Welcome to our Wi-Fi. Please accept the terms.</body></html>"


class Person(Struct):
    """Somebody with a tablet."""

    code: str
    device_id: UUID
    device_secret: str


class Task(Struct):
    """What to attack, and how long."""

    server: str
    store: str
    password: str
    people: tuple[Person, ...]
    requests: int
    seed: int


class Found(Struct):
    """What came of it."""

    requests: int
    faults: dict[str, int]
    saved: int
    lost: int
    doubled: int
    strange: list[str]  # anything else that should not be


class Message(Struct):
    """One HTTP message: its first lines, and its body."""

    head: bytes
    body: bytes

    def header(self, name: bytes) -> bytes:
        """Return a header's value, or nothing."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == name:
                return value.strip()
        return b""

    @property
    def raw(self) -> bytes:
        """The message as it travels."""
        return self.head + self.body


async def read_message(reader: asyncio.StreamReader) -> Message:
    """Return the next message of a stream that states its length."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(Message(head=head, body=b"").header(b"content-length") or 0)
    return Message(head=head, body=await reader.readexactly(length))


class Network:
    """A proxy before one server, unkind to a share of all requests."""

    def __init__(self, server: str, *, chance: random.Random) -> None:
        parts = urlsplit(server)
        self._host, self._port = parts.hostname or "", parts.port or 0
        self._chance = chance
        self.faults: Counter[str] = Counter()
        self.requests = 0
        self.kind = False
        self._late: set[asyncio.Task[None]] = set()
        self._unkind: dict[str, Callable[[Message, asyncio.StreamWriter], Awaitable[bool]]] = {
            "dropped before": self._drop_before,
            "dropped in the middle": self._drop_middle,
            "dropped after": self._drop_after,
            "delayed": self._delay,
            "delayed past the next": self._delay_past_next,
            "duplicated": self._duplicate,
            "truncated": self._truncate,
            "corrupted": self._corrupt,
            "answered by HTML": self._html,
            "answered by HTML of our type": self._html_of_our_type,
            "redirected": self._redirect,
            "reset": self._reset,
            "wrong encoding": self._wrong_encoding,
            "bad gateway": self._bad_gateway,
            "busy": self._busy,
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection's requests."""
        try:
            while True:
                request = await read_message(reader)
                self.requests += 1
                if self.kind or self._chance.random() < 0.4:
                    writer.write((await self._forwarded(request)).raw)
                    await writer.drain()
                    continue
                name = self._chance.choice(list(self._unkind))
                self.faults[name] += 1
                if not await self._unkind[name](request, writer):
                    return
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def rest(self) -> None:
        """Wait until nothing is on its way any more."""
        await asyncio.gather(*self._late, return_exceptions=True)

    async def _forwarded(self, request: Message) -> Message:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(request.raw)
            return await read_message(reader)
        finally:
            writer.close()

    async def _drop_before(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        return False

    async def _drop_middle(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        _, onward = await asyncio.open_connection(self._host, self._port)
        onward.write(request.raw[: self._chance.randrange(len(request.raw))])
        await onward.drain()
        onward.close()
        return False

    async def _drop_after(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        await self._forwarded(request)
        return False

    async def _delay(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(self._chance.random() * 0.1)
        writer.write((await self._forwarded(request)).raw)
        return True

    async def _delay_past_next(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        async def later() -> None:
            await asyncio.sleep(self._chance.random() * 0.5)
            await self._forwarded(request)

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return False

    async def _duplicate(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        replies = await asyncio.gather(self._forwarded(request), self._forwarded(request))
        writer.write(self._chance.choice(replies).raw)
        return True

    async def _truncate(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        reply = await self._forwarded(request)
        writer.write(reply.head + reply.body[: self._chance.randrange(max(1, len(reply.body)))])
        return False

    async def _corrupt(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        reply = await self._forwarded(request)
        body = bytearray(reply.body)
        if reply.header(b"content-encoding") == b"gzip" and len(body) > 20:
            body[self._chance.randrange(10, len(body))] ^= 1 << self._chance.randrange(8)
        else:
            body[:1] = b"\xc1"  # in no message
        writer.write(reply.head + bytes(body))
        return False

    async def _html(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        writer.write(_answer(b"200 OK", b"text/html", PORTAL))
        return True

    async def _html_of_our_type(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        writer.write(_answer(b"200 OK", b"application/msgpack", PORTAL))
        return True

    async def _redirect(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        writer.write(_answer(b"302 Found", b"text/html", PORTAL, b"Location: http://127.0.0.1:9/portal\r\n"))
        return True

    async def _reset(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        if self._chance.random() < 0.5:
            await self._forwarded(request)
        connected: socket.socket = writer.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    async def _wrong_encoding(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        reply = await self._forwarded(request)
        if reply.header(b"content-encoding"):
            head = reply.head.replace(b"gzip", self._chance.choice((b"br", b"deflate", b"identity")))
        else:
            head = reply.head.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n")
        writer.write(head + reply.body)
        return False

    async def _bad_gateway(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        writer.write(_answer(b"502 Bad Gateway", b"text/html", PORTAL))
        return True

    async def _busy(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        writer.write(_answer(b"503 Service Unavailable", b"text/html", PORTAL))
        return True


def _answer(status: bytes, kind: bytes, body: bytes, more: bytes = b"") -> bytes:
    length = str(len(body)).encode()
    return (
        b"HTTP/1.1 " + status + b"\r\nContent-Type: " + kind + b"\r\nContent-Length: " + length
        + b"\r\n" + more + b"\r\n" + body
    )  # fmt: skip


class Tablet:
    """A real store and a real engine behind the network."""

    def __init__(self, task: Task, person: Person, client: httpx.AsyncClient) -> None:
        self._task, self._person, self._client = task, person, client
        self.store = Store(open_store(":memory:"), app_version="1.0")
        self.engine = Engine(
            self.store,
            HttpTransport(client, bearer=self._bearer),
            wall_ms=wall_ms,
            chance=random.random,
            entropy=os.urandom,
        )
        self.ledger = Ledger()
        self._token = ""

    async def sign_in(self, direct: httpx.AsyncClient) -> None:
        """Sign in by a line that works: this is about what follows."""
        body = {
            "code": self._person.code,
            "password": self._task.password,
            "device_id": str(self._person.device_id),
            "device_secret": self._person.device_secret,
        }
        reply = await direct.post("/v1/auth/sign-in", json=body)
        reply.raise_for_status()
        self._token = reply.json()["access_token"]
        me = await direct.get("/v1/me", headers={"Authorization": f"Bearer {self._token}"})
        author = me.json()["associate_id"]
        self.store.set_up(device_id=self._person.device_id, author=author, shop=self._task.store)

    async def _bearer(self) -> str:
        return self._token

    def write(self, record_id: UUID) -> None:
        """Write a note, witnessed."""
        note_id = self.store.new_id(wall_ms())
        self.ledger.intend(note_id, record_id)
        note = WriteNote(note_id=note_id, text=f"note {note_id}", level=NoteLevel.BRAND)
        self.store.submit(record_id, note, wall_ms=wall_ms())
        self.ledger.save(note_id)


def wall_ms() -> int:
    """Return the tablets' clock."""
    return time.time_ns() // 1_000_000


async def attack(task: Task) -> Found:
    """Let tablets work behind the network until so many requests were carried, then compare."""
    chance = random.Random(task.seed)
    network = Network(task.server, chance=chance)
    proxy = await asyncio.start_server(network.serve, "127.0.0.1", 0)
    behind = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=task.server, timeout=60) as direct:
        clients = [httpx.AsyncClient(base_url=behind, timeout=20) for _ in task.people]
        tablets = [Tablet(task, *each) for each in zip(task.people, clients, strict=True)]
        for tablet in tablets:
            await tablet.sign_in(direct)
        network.kind = True
        customers = await _customers(tablets)
        network.kind = False
        await asyncio.gather(
            *(_work(tablet, customers, network, task.requests, chance) for tablet in tablets)
        )
        await network.rest()
        network.kind = True
        for _ in range(2):  # once to send, once to hear of the others
            for tablet in tablets:
                await _in_step(tablet)
        fresh = Tablet(task, task.people[0], direct)
        await fresh.sign_in(direct)
        await _in_step(fresh)
        for client in clients:
            await client.aclose()
    proxy.close()
    return _compared(network, tablets, fresh)


async def _customers(tablets: list[Tablet]) -> list[UUID]:
    first = tablets[0]
    made = []
    for number in range(CUSTOMERS):
        record_id = first.store.new_id(wall_ms())
        values = {"family_name": f"Network {number}"}
        first.store.submit(record_id, CreateCustomer(values=values), wall_ms=wall_ms())
        made.append(record_id)
    for tablet in tablets:
        await _in_step(tablet)
    return made


async def _in_step(tablet: Tablet) -> None:
    for _ in range(200):
        report = await tablet.engine.once()
        if report.line is Line.SYNCED and not tablet.store.pending():
            return
        await asyncio.sleep(0.2)


async def _work(
    tablet: Tablet, customers: list[UUID], network: Network, requests: int, chance: random.Random
) -> None:
    while network.requests < requests:
        for _ in range(chance.randrange(3)):
            tablet.write(chance.choice(customers))
        if chance.random() < 0.3:
            like = AddElement(field="likes", element=f"like {chance.randrange(20)}")
            tablet.store.submit(chance.choice(customers), like, wall_ms=wall_ms())
        await tablet.engine.once()


def _compared(network: Network, tablets: list[Tablet], fresh: Tablet) -> Found:
    """Count the notes of the ledgers on every tablet and on one that has never been behind the network."""
    saved = {note: record for tablet in tablets for note, record in tablet.ledger.saved.items()}
    strange: list[str] = []
    lost: set[UUID] = set()
    doubled = 0
    for place, tablet in enumerate([*tablets, fresh]):
        shown: Counter[UUID] = Counter()
        for record_id in set(saved.values()):
            card = tablet.store.card(record_id)
            notes = card.values.get("notes", ()) if card is not None else ()
            shown.update(UUID(note["note_id"]) for note in notes)
        lost |= saved.keys() - shown.keys()
        doubled += sum(times - 1 for times in shown.values())
        strange += [f"a note nobody wrote on tablet {place}" for note in shown.keys() - saved.keys()]
        if tablet.store.pending():
            strange.append(f"{len(tablet.store.pending())} edits still wait on tablet {place}")
        strange += [f"{each.state} {each.code} on tablet {place}" for each in tablet.store.problems()]
    return Found(
        requests=network.requests,
        faults=dict(sorted(network.faults.items())),
        saved=len(saved),
        lost=len(lost),
        doubled=doubled,
        strange=sorted(set(strange))[:20],
    )


def main() -> None:
    """Attack what the task says and print what came of it."""
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(attack(task))))


if __name__ == "__main__":
    main()
