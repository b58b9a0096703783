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
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import UUID

import httpx
import msgspec

from schemas.identity import fold
from schemas.mutations import AddElement
from schemas.protocol import PullReply, encode
from schemas.record import Struct
from sync.replica.database import open_store
from sync.replica.engine import PULL
from sync.replica.pull import apply_page, next_pull
from sync.replica.store import Store
from sync.replica.transport import HttpTransport

PRESSED = 150  # names typed, a key at a time
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
    plain: bool = False  # without encryption, to see what that costs


class Measured(Struct):
    """Samples by name, one per round; ratios name the samples they divide."""

    samples: dict[str, list[float]]
    units: dict[str, str]
    ratios: dict[str, tuple[str, str]]
    checks: dict[str, bool]


async def bootstrap(task: Task, folder: Path) -> Measured:
    """Walk the whole feed into a new store, and in turn copy the same bytes into a bare SQLite table."""
    samples: dict[str, list[float]] = {"first download into the store": [], "the same bytes into SQLite": []}
    samples |= {"bytes of the pages": [], "customers a second": []}
    checks: list[bool] = []
    for number in range(-1, task.rounds):
        gc.collect()
        pages: list[bytes] = []
        started = time.perf_counter()
        store = await _download(task, folder / f"store{number}.db", pages, _key(task))
        took = time.perf_counter() - started
        held = store.status().customers
        expected = store.connection.execute("select count(*) from fragment").fetchone()[0]
        store.close()
        gc.collect()
        bare, copied = _copy(pages, folder / f"bare{number}.db")
        if number >= 0:
            samples["first download into the store"].append(took)
            samples["the same bytes into SQLite"].append(bare)
            samples["bytes of the pages"].append(sum(map(len, pages)) / 1e6)
            samples["customers a second"].append(held / took)
        checks.append(held > 0 and copied == expected)
    return Measured(
        samples=samples,
        units={
            "first download into the store": "s",
            "the same bytes into SQLite": "s",
            "bytes of the pages": "MB",
            "customers a second": "customers/s",
        },
        ratios={
            "first download to bare SQLite": ("first download into the store", "the same bytes into SQLite")
        },
        checks={"the store holds every fragment that was sent": all(checks)},
    )


async def tablet(task: Task, folder: Path) -> Measured:
    """Type names key by key into the search of a full store."""
    key = _key(task)
    path = folder / "store.db"
    (await _download(task, path, [], key)).close()
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
    held = [UUID(bytes=row[0]) for row in store.connection.execute("select record_id from summary")]
    chosen = random.Random(5).sample(held, min(CARDS, len(held)))
    cards, edits = [], []
    for customer in chosen:
        started = time.perf_counter()
        store.card(customer)
        cards.append(time.perf_counter() - started)
    for customer in chosen[: CARDS // 3]:
        started = time.perf_counter()
        store.submit(
            customer, AddElement(field="likes", element="velours"), wall_ms=time.time_ns() // 1_000_000
        )
        edits.append(time.perf_counter() - started)
    return sorted(cards), sorted(edits)


def _memory_mb() -> float:
    """Return the resident memory of this process."""
    pages = Path("/proc/self/statm")
    if not pages.exists():
        return 0.0
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def _download(task: Task, path: Path, pages: list[bytes], key: bytes | None) -> Store:
    """Sign in, walk the feed to its end into a new store, and keep the bytes of the pages."""
    store = Store(open_store(path, key))
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
        store.set_up(device_id=task.device_id, author=me.json()["associate_id"], shop=task.store)

        async def bearer() -> str:
            return str(token)

        transport = HttpTransport(client, bearer=bearer)
        more = True
        while more:
            wall_ms = time.time_ns() // 1_000_000
            asked = next_pull(store, wall_ms=wall_ms)
            content = await transport.exchange(PULL, encode(asked))
            pages.append(content)
            page = msgspec.msgpack.decode(content, type=PullReply)
            apply_page(store, asked, page, wall_ms=wall_ms)
            more = page.more or page.reconcile is not None
    return store


def _copy(pages: Sequence[bytes], path: Path) -> tuple[float, int]:
    """Return how long the fragments of these pages take to enter a bare table, and how many there are."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute(
        "create table fragment (record_id blob, grp text, rev int, body blob, primary key (record_id, grp))"
    )
    started = time.perf_counter()
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
    took = time.perf_counter() - started
    count = connection.execute("select count(*) from fragment").fetchone()[0]
    connection.close()
    return took, int(count)


def _names(store: Store) -> list[tuple[UUID, str]]:
    found = []
    for (record_id,) in store.connection.execute("select record_id from summary"):
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

    async def measure() -> Measured:
        return await BENCHES[task.bench](task, Path(sys.argv[1]))

    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(measure())))


if __name__ == "__main__":
    main()
