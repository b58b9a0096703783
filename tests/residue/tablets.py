"""Real tablets that hold somebody, hear that she is forgotten, and are searched for what is left of her.

Started by ``comptoir prove erasure``, which may not hold the tablet's half: one JSON command a line comes in,
one JSON answer goes out. Each tablet has a folder as the app has it: store, write-ahead log, pictures, lease.
"""

import asyncio
import gc
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec

from mobile_app.keystore import FileKeystore
from mobile_app.lease import Lease
from mobile_app.pictures import Pictures
from schemas.engagement import NoteLevel
from schemas.mutations import WriteNote
from schemas.protocol import encode
from schemas.record import Struct
from schemas.snapshot import SNAPSHOT, SnapshotReply, SnapshotRequest
from sync.replica.database import open_store
from sync.replica.driver import Connection
from sync.replica.engine import Engine, Line
from sync.replica.packed import every_record, keys
from sync.replica.store import Store
from sync.replica.transport import HttpTransport
from sync.snapshot_part import FORMAT

FILE_PATIENCE_S = 240.0
KEY = bytes(range(32))


class Person(Struct):
    """Somebody with a tablet, and what becomes of it."""

    name: str
    code: str
    device_id: UUID
    device_secret: str
    by_file: bool = False  # its first download is a file
    sealed: bool = False  # its store is encrypted, as in the field
    edit: str = ""  # what it writes of her and has not sent when she is forgotten


class Task(Struct):
    """Who has tablets, and whom they know."""

    server: str
    store: str
    password: str
    folder: str
    her: UUID
    product: str
    people: tuple[Person, ...]


class Tablet:
    """A folder, a store and an engine."""

    def __init__(self, task: Task, person: Person, client: httpx.AsyncClient) -> None:
        self.task, self.person, self.client = task, person, client
        self.folder = Path(task.folder) / person.name
        self.folder.mkdir(parents=True)
        key = KEY if person.sealed else None
        self.store = Store(open_store(self.folder / "store.db", key), app_version="1.0")
        self.transport = HttpTransport(client, bearer=self._bearer)
        self.engine = Engine(
            self.store,
            self.transport if person.by_file else _Pages(self.transport),
            wall_ms=wall_ms,
            chance=random.random,
            entropy=os.urandom,
        )
        self.ahead_s = 0.0  # of its clock
        self.lease = Lease(
            self.folder / "lease",
            person.code,
            FileKeystore(self.folder / "key"),
            wall=lambda: time.time() + self.ahead_s,
        )
        self._token = ""

    async def fill(self) -> None:
        """Sign in, download what the person may hold, a picture, and write what is not sent yet."""
        person = self.person
        body = {
            "code": person.code,
            "password": self.task.password,
            "device_id": str(person.device_id),
            "device_secret": person.device_secret,
        }
        reply = (await self.client.post("/v1/auth/sign-in", json=body)).raise_for_status()
        self._token = reply.json()["access_token"]
        me = await self.client.get("/v1/me", headers={"Authorization": f"Bearer {self._token}"})
        self.store.set_up(device_id=person.device_id, author=me.json()["associate_id"], shop=self.task.store)
        if person.by_file:
            await self._file_is_ready()
        await self.call()
        await Pictures(self.folder / "pictures", self.client, bearer=self._bearer).file_of(self.task.product)
        if person.edit:
            note = WriteNote(note_id=self.store.new_id(wall_ms()), text=person.edit, level=NoteLevel.STORE)
            self.store.submit(self.task.her, note, wall_ms=wall_ms())

    async def call(self) -> None:
        """Sync until all is said and heard."""
        for _ in range(20):
            report = await self.engine.once()
            if report.line is Line.SYNCED and not self.store.pending():
                until = self.store.status().lease_until
                if until is not None:
                    self.lease.renew(now=wall_ms(), lease_until=until)
                return
            await asyncio.sleep(0.2)
        raise TimeoutError(self.person.name)

    async def _file_is_ready(self) -> None:
        deadline = time.monotonic() + FILE_PATIENCE_S
        while time.monotonic() < deadline:
            asked = encode(SnapshotRequest(caller=self.store.caller(wall_ms()), format=FORMAT))
            reply = msgspec.msgpack.decode(await self.transport.exchange(SNAPSHOT, asked), type=SnapshotReply)
            if reply.offer is not None:
                return
            await asyncio.sleep(0.2)
        raise TimeoutError("no file")

    async def _bearer(self) -> str:
        return self._token

    def content(self) -> Iterator[tuple[str, bytes]]:
        """Yield every place of this tablet: files as they lie, the store opened, its memory."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                yield f"file {path.relative_to(self.folder)}", path.read_bytes()
        for table, held in opened_tables(self.store.connection):
            yield f"table {table}", held
        yield "memory", b"\n".join(remembered(self.store, self.engine))


class _Pages:
    """A way to the server on which no files come."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport

    async def exchange(self, path: str, body: bytes) -> bytes:
        return await self._transport.exchange(path, body)


def opened_tables(connection: Connection) -> Iterator[tuple[str, bytes]]:
    """Yield every table of a store with all that is in it, what lies deflated in the clear."""
    names = connection.execute("select name from sqlite_master where type = 'table' order by 1").fetchall()
    for (name,) in names:
        parts: list[bytes] = []
        for row in connection.execute(f'select * from "{name}"').fetchall():
            parts += [each if isinstance(each, bytes) else str(each).encode() for each in row]
        if name == "block":
            parts += [body for _, found in every_record(connection) for _, _, body in found]
        yield name, b"\n".join(parts)


def remembered(*roots: Any) -> Iterator[bytes]:
    """Yield every text that can be reached in memory from these objects."""
    seen: set[int] = set()
    waiting: list[Any] = list(roots)
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type):
            continue
        seen.add(id(each))
        if isinstance(each, str):
            yield each.encode(errors="replace")
        elif isinstance(each, bytes | bytearray):
            yield bytes(each)
        elif type(each).__module__ not in {"builtins", "types"} or isinstance(
            each, dict | list | tuple | set
        ):
            waiting += gc.get_referents(each)


class Office:
    """Does what each line asks."""

    def __init__(self) -> None:
        self.tablets: dict[str, Tablet] = {}
        self.task: Task | None = None

    async def fill(self, *, task: dict[str, Any]) -> dict[str, Any]:
        """Give everybody a tablet; say how many customers each has, and whether they came by a file."""
        self.task = msgspec.convert(task, Task)
        made: dict[str, Any] = {}
        for person in self.task.people:
            client = httpx.AsyncClient(base_url=self.task.server, timeout=240)
            tablet = self.tablets[person.name] = Tablet(self.task, person, client)
            await tablet.fill()
            packed = len(keys(tablet.store.connection))
            made[person.name] = {"customers": tablet.store.status().customers, "packed": packed}
        return made

    async def call(self, *, names: list[str]) -> dict[str, Any]:
        """Let these tablets call; return what each then tells its person of edits that found nobody."""
        for name in names:
            await self.tablets[name].call()
        return {name: [str(each.code) for each in self.tablets[name].store.problems()] for name in names}

    async def search(self, *, words: list[str], names: list[str]) -> dict[str, Any]:
        """Look for words everywhere; return how many places there are, and where there was one."""
        wanted = [word.encode() for word in words]
        places, found = 0, []
        for name in names:
            for place, held in self.tablets[name].content():
                places += 1
                low = held.lower()
                found += [f"tablet {name}: {place}" for word in wanted if word in low][:1]
        return {"places": places, "found": found}

    async def plant(self, *, name: str, word: str) -> dict[str, Any]:
        """Leave a word in each kind of place of a tablet; return the places."""
        tablet = self.tablets[name]
        connection = tablet.store.connection
        connection.execute("pragma secure_delete = off")
        connection.execute("insert into meta (name, value) values ('planted', ?)", (word.encode(),))
        connection.execute("pragma wal_checkpoint(truncate)")
        connection.execute("delete from meta where name = 'planted'")
        connection.execute("pragma wal_checkpoint(truncate)")  # gone, and its bytes are still there
        connection.execute("insert or replace into search_segment (n, body) values (99, ?)", (word.encode(),))
        connection.execute("insert into recent (record_id, at) values (?, 1)", (word.encode(),))
        (tablet.folder / "pictures").mkdir(exist_ok=True)
        (tablet.folder / "pictures" / "planted.png").write_bytes(word.encode())
        tablet.store.customers.planted = [word]  # type: ignore[attr-defined]
        places = ("file store.db", "file store.db-wal", "file pictures/planted.png")
        return {
            "places": [
                f"tablet {name}: {each}"
                for each in (*places, "table search_segment", "table recent", "memory")
            ]
        }

    async def later(self, *, name: str, seconds: float) -> dict[str, Any]:
        """Let time pass for a tablet that never calls; say whether its store stays shut."""
        tablet = self.tablets[name]
        before = tablet.lease.ended
        tablet.ahead_s = seconds
        return {"before": before, "after": tablet.lease.ended}


def wall_ms() -> int:
    """Return the tablets' clock."""
    return time.time_ns() // 1_000_000


async def serve() -> None:
    """Answer line by line until there are no more."""
    office = Office()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        asked: dict[str, Any] = msgspec.json.decode(line)
        act: Callable[..., Any] = getattr(office, asked.pop("do"))
        answer = await act(**asked)
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(serve())
