"""Measures a replica against a running server: first download, and search per key pressed.

Started by ``comptoir bench tablet`` and ``comptoir bench bootstrap``. Reads one JSON task from standard input
and prints one JSON object.
"""

import asyncio
import gc
import os
import random
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import httpx
import msgspec

from schemas.identity import fold
from schemas.mutations import AddElement
from schemas.protocol import PullReply, encode
from schemas.record import Struct
from schemas.snapshot import SNAPSHOT, SnapshotReply, SnapshotRequest
from sync.replica import records
from sync.replica.bootstrap import bootstrap as file_bootstrap
from sync.replica.database import open_store
from sync.replica.driver import connect
from sync.replica.engine import PULL
from sync.replica.garbage import collect_seldom
from sync.replica.lines import every_line
from sync.replica.pull import apply_page, next_pull
from sync.replica.store import Store
from sync.replica.transport import HttpTransport
from sync.snapshot_part import FORMAT

PRESSED = 150  # names typed, a key at a time
FILE_PATIENCE_S = 300.0  # until a file is made
CARDS = 600  # customers opened; a third of them edited


class Task(Struct):
    """What to measure, where, and as whom."""

    bench: str
    server: str
    store: str
    code: str
    password: str
    device_id: UUID
    device_secret: str
    rounds: int
    thorough: bool = True
    plain: bool = False  # without encryption, to see what that costs


class Measured(Struct):
    """Samples by name, one per round; ratios name the samples they divide."""

    samples: dict[str, list[float]]
    units: dict[str, str]
    ratios: dict[str, tuple[str, str]]
    checks: dict[str, bool]


PAGED, FILED = "pages into the store", "a file into the store"
BARE, BARE_KEY = "the same bytes into a plain table", "the same bytes into an encrypted table"


async def bootstrap(task: Task, folder: Path) -> Measured:
    """Download everything by pages and as a file; then let both enter new stores in turn with bare copies.

    What enters is measured in seconds of this process's processor, download and waiting left out.
    """
    units = dict.fromkeys((PAGED, FILED, BARE, BARE_KEY), "s of processor")
    units |= {"from nothing to the end of the pages": "s", "pages": "MB", "file": "MB", "customers": "n"}
    samples: dict[str, list[float]] = {name: [] for name in units}
    checks: list[bool] = []
    async with Caller.signed_in(task) as caller:
        line = Recording(caller.client, bearer=caller.bearer)
        started = time.perf_counter()
        store = await caller.walked(folder / "first.db", _key(task), line)
        samples["from nothing to the end of the pages"] = [time.perf_counter() - started]
        held, fragments = store.status().customers, len(records.fragments_held(store.connection))
        store.close()
        file = await caller.file(folder, line)
        for number in range(-1, task.rounds):
            took: dict[str, float] = {}
            gc.collect()
            began, store = time.process_time(), caller.new_store(folder / f"paged{number}.db", _key(task))
            for content in line.pages:
                page = msgspec.msgpack.decode(content, type=PullReply)
                apply_page(store, next_pull(store, wall_ms=_wall_ms()), page, wall_ms=_wall_ms())
            took[PAGED] = time.process_time() - began
            checks.append(store.status().customers == held)
            store.close()
            took[BARE], copied = _copy(line.pages, folder / f"bare{number}.db", None)
            took[BARE_KEY], _ = _copy(line.pages, folder / f"sealed{number}.db", os.urandom(32))
            checks.append(copied == fragments)
            if file is not None:
                gc.collect()
                began, store = time.process_time(), caller.new_store(folder / f"filed{number}.db", _key(task))
                await file_bootstrap(store, Played(file), wall_ms=_wall_ms())
                took[FILED] = time.process_time() - began
                checks.append(store.status().customers == held)
                store.close()
            if number >= 0:
                for name, value in took.items():
                    samples[name].append(value)
    samples["pages"] = [sum(map(len, line.pages)) / 1e6]
    samples["customers"] = [float(held)]
    ratios = {"pages to a plain table": (PAGED, BARE), "pages to an encrypted table": (PAGED, BARE_KEY)}
    if file is not None:
        samples["file"] = [sum(map(len, file.parts)) / 1e6]
        ratios |= {
            "a file to a plain table": (FILED, BARE),
            "a file to an encrypted table": (FILED, BARE_KEY),
        }
    return Measured(
        samples={name: values for name, values in samples.items() if values},
        units=units,
        ratios=ratios,
        checks={"the store holds all that was sent": all(checks)},
    )


class File(Struct):
    """A ready-made file, as it came."""

    offered: bytes
    parts: list[bytes]


class Recording(HttpTransport):
    """The real transport; keeps what it carries."""

    def __init__(self, client: httpx.AsyncClient, *, bearer: Callable[[], Awaitable[str]]) -> None:
        super().__init__(client, bearer=bearer)
        self.pages: list[bytes] = []
        self.offered = b""

    async def exchange(self, path: str, body: bytes) -> bytes:
        content = await super().exchange(path, body)
        if path == PULL:
            self.pages.append(content)
        elif path == SNAPSHOT:
            self.offered = content
        return content


class Played:
    """A transport that has the file already."""

    def __init__(self, file: File) -> None:
        self._file = file

    async def exchange(self, path: str, body: bytes) -> bytes:
        return self._file.offered

    async def fetch(self, path: str, into: bytearray, *, most: int) -> None:
        into += self._file.parts[int(path.rpartition("/")[2])]


class Caller:
    """One signed-in person on a lent tablet."""

    def __init__(self, task: Task, client: httpx.AsyncClient, token: str, author: str) -> None:
        self.client = client
        self._task, self._token, self._author = task, token, author

    @classmethod
    @asynccontextmanager
    async def signed_in(cls, task: Task) -> AsyncIterator["Caller"]:
        """Sign in, and hang up at the end."""
        async with httpx.AsyncClient(base_url=task.server, timeout=120) as client:
            reply = await client.post(
                "/v1/auth/sign-in",
                json={
                    "code": task.code,
                    "password": task.password,
                    "device_id": str(task.device_id),
                    "device_secret": task.device_secret,
                },
            )
            reply.raise_for_status()
            token = reply.json()["access_token"]
            me = await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
            me.raise_for_status()
            yield cls(task, client, token, me.json()["associate_id"])

    async def bearer(self) -> str:
        """Return the access token."""
        return self._token

    def new_store(self, path: Path, key: bytes | None) -> Store:
        """Open a store in which nothing is yet."""
        store = Store(open_store(path, key))
        store.set_up(device_id=self._task.device_id, author=self._author, shop=self._task.store)
        return store

    async def walked(self, path: Path, key: bytes | None, line: HttpTransport) -> Store:
        """Walk the feed to its end into a new store."""
        store = self.new_store(path, key)
        more = True
        while more:
            wall_ms = _wall_ms()
            asked = next_pull(store, wall_ms=wall_ms)
            page = msgspec.msgpack.decode(await line.exchange(PULL, encode(asked)), type=PullReply)
            apply_page(store, asked, page, wall_ms=wall_ms)
            more = page.more or page.reconcile is not None
        return store

    async def file(self, folder: Path, line: Recording) -> File | None:
        """Ask for a ready-made file until it is made, and fetch it; None where there will be none."""
        asking = self.new_store(folder / "asking.db", None)
        asked = encode(SnapshotRequest(caller=asking.caller(_wall_ms()), format=FORMAT))
        asking.close()
        until = time.monotonic() + FILE_PATIENCE_S
        while time.monotonic() < until:
            reply = msgspec.msgpack.decode(await line.exchange(SNAPSHOT, asked), type=SnapshotReply)
            if reply.offer is not None:
                parts = []
                for number, part in enumerate(reply.offer.parts):
                    content = bytearray()
                    await line.fetch(
                        f"{SNAPSHOT}/{reply.offer.snapshot_id}/{number}", content, most=part.size
                    )
                    parts.append(bytes(content))
                return File(offered=line.offered, parts=parts)
            if len(line.pages) < 2:
                return None  # nothing that is worth a file
            await asyncio.sleep(0.5)
        return None


async def tablet(task: Task, folder: Path) -> Measured:
    """Type names key by key into the search of a full store."""
    key = _key(task)
    path = folder / "store.db"
    async with Caller.signed_in(task) as caller:
        (await caller.walked(path, key, HttpTransport(caller.client, bearer=caller.bearer))).close()
    size = path.stat().st_size
    starts = []
    for _round in range(task.rounds):
        started = time.perf_counter()
        store = Store(open_store(path, key))
        starts.append(time.perf_counter() - started)
        if _round + 1 < task.rounds:
            store.close()
    customers = store.status().customers
    cards, edits = _cards_and_edits(store)
    names = _names(store)
    typed = random.Random(8).sample(names, min(PRESSED, len(names)))
    kinds: dict[str, Callable[[str], str]] = {
        "a name": lambda name: name,
        "a name with a slip": _slipped,
    }
    samples: dict[str, list[float]] = {
        "a start, store opened and search filled": starts,
        "a card read, p50": [cards[len(cards) // 2] * 1000],
        "a card read, p95": [cards[int(len(cards) * 0.95)] * 1000],
        "an edit saved, p50": [edits[len(edits) // 2] * 1000],
        "an edit saved, p95": [edits[int(len(edits) * 0.95)] * 1000],
        "store, per customer": [size / customers / 1000],
        "memory of the process": [_memory_mb()],
    }
    units: dict[str, str] = {
        "a start, store opened and search filled": "s",
        "store, per customer": "kB",
        "memory of the process": "MB",
    }
    found = {kind: 0 for kind in kinds}
    for _round in range(task.rounds):
        bare = _scan(store, [name for _id, name in typed])
        samples.setdefault("a scan of folded names by SQLite, p50", []).append(bare * 1000)
        for kind, change in kinds.items():
            times = []
            found[kind] = 0
            for meant, name in typed:
                text = change(name)
                for length in range(1, len(text) + 1):
                    started = time.perf_counter()
                    hits = store.search(text[:length], limit=20)
                    times.append(time.perf_counter() - started)
                found[kind] += any(hit.record_id == meant or _name_of(hit) == name for hit in hits)
            times.sort()
            samples.setdefault(f"{kind}, per key, p50", []).append(times[len(times) // 2] * 1000)
            samples.setdefault(f"{kind}, per key, p99", []).append(times[int(len(times) * 0.99)] * 1000)
    for kind in kinds:
        samples[f"{kind}, found among the first 20"] = [found[kind] / len(typed)]
    for name in samples:
        units.setdefault(name, "share" if "found" in name else "ms")
    store.close()
    scan = "a scan of folded names by SQLite, p50"
    return Measured(
        samples=samples,
        units=units,
        ratios={f"{kind} to a scan, per key": (f"{kind}, per key, p50", scan) for kind in kinds},
        checks={
            "every name typed in full is found": found["a name"] == len(typed),
            "a slip costs few answers": found["a name with a slip"] >= 0.85 * len(typed),
        },
    )


def _key(task: Task) -> bytes | None:
    return None if task.plain else os.urandom(32)


def _cards_and_edits(store: Store) -> tuple[list[float], list[float]]:
    """Return how long cards took to read and edits to be saved, each sorted, over customers by chance."""
    held = [UUID(bytes=key) for key, _ in every_line(store.connection)]
    chosen = random.Random(5).sample(held, min(CARDS, len(held)))
    cards, edits = [], []
    for customer in chosen:
        started = time.perf_counter()
        store.card(customer)
        cards.append(time.perf_counter() - started)
    for customer in chosen[: CARDS // 3]:
        started = time.perf_counter()
        store.submit(customer, AddElement(field="likes", element="velours"), wall_ms=_wall_ms())
        edits.append(time.perf_counter() - started)
    return sorted(cards), sorted(edits)


def _memory_mb() -> float:
    """Return the resident memory of this process."""
    pages = Path("/proc/self/statm")
    if not pages.exists():
        return 0.0
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _copy(pages: Sequence[bytes], path: Path, key: bytes | None) -> tuple[float, int]:
    """Return how long the fragments of these pages take to enter a bare table, and how many there are."""
    gc.collect()
    connection = connect(path, key)
    connection.execute("pragma journal_mode = wal")
    connection.execute(
        "create table fragment (record_id blob, grp text, rev int, body blob, primary key (record_id, grp))"
    )
    started = time.process_time()
    for content in pages:
        page = msgspec.msgpack.decode(content, type=PullReply)
        connection.execute("begin")
        connection.executemany(
            "insert or replace into fragment values (?, ?, ?, ?)",
            [
                (row.record_id.bytes, each.group, each.rev, each.body)
                for row in page.rows
                for each in row.fragments
            ],
        )
        connection.execute("commit")
    took = time.process_time() - started
    count = connection.execute("select count(*) from fragment").fetchone()[0]
    connection.close()
    return took, int(count)


def _names(store: Store) -> list[tuple[UUID, str]]:
    found = []
    for record_id, _ in every_line(store.connection):
        summary = store.summary(UUID(bytes=record_id))
        if summary is not None and summary.given_name and summary.family_name:
            found.append((summary.record_id, _name_of(summary)))
    return found


def _name_of(summary: object) -> str:
    return fold(f"{getattr(summary, 'given_name', '')} {getattr(summary, 'family_name', '')}")


def _scan(store: Store, names: Sequence[str]) -> float:
    """Return the median time in which SQLite scans all names for one that holds the text."""
    connection = sqlite3.connect(":memory:")
    connection.execute("create table person (name text)")
    connection.executemany("insert into person values (?)", [(name,) for _id, name in _names(store)])
    times = []
    for name in names[:20]:
        started = time.perf_counter()
        connection.execute(
            "select rowid from person where name like ? limit 20", (f"%{name[: len(name) // 2]}%",)
        ).fetchall()
        times.append(time.perf_counter() - started)
    connection.close()
    return sorted(times)[len(times) // 2]


def _slipped(name: str) -> str:
    """Return the name with two neighbouring letters of its longest word swapped."""
    words = name.split()
    longest = max(words, key=len)
    place = max(1, len(longest) // 2)
    if place + 1 >= len(longest):
        return name
    swapped = longest[:place] + longest[place + 1] + longest[place] + longest[place + 2 :]
    return " ".join(swapped if word == longest else word for word in words)


BENCHES: dict[str, Callable[[Task, Path], Awaitable[Measured]]] = {"bootstrap": bootstrap, "tablet": tablet}


def main() -> None:
    """Measure what the task says and print it."""
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    collect_seldom()

    async def measure() -> Measured:
        return await BENCHES[task.bench](task, Path(sys.argv[1]))

    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(measure())))


if __name__ == "__main__":
    main()
