"""Measures how soon an edit made on one tablet is on another of the store, told by a poke.

Started by ``comptoir bench poke``. Reads one JSON task from standard input and prints one JSON object.
"""

import asyncio
import os
import random
import sys
import time
from pathlib import Path
from uuid import UUID

import httpx
import msgspec

from loadtests.replica_speed import Measured
from schemas.mutations import CreateCustomer
from schemas.record import Struct
from sync.replica.database import open_store
from sync.replica.engine import Engine, Report
from sync.replica.poke import PokeListener
from sync.replica.store import Store
from sync.replica.transport import HttpTransport

LONGEST_S = 30.0
PROMISED_S = 2.0


class Lent(Struct):
    """A tablet that may be used."""

    device_id: UUID
    device_secret: str


class Task(Struct):
    """What to measure, where, and as whom."""

    server: str
    store: str
    code: str
    password: str
    tablets: tuple[Lent, Lent]
    rounds: int


class Counter:
    """A tablet with its engine and its ear, as the app has them."""

    def __init__(self, task: Task, lent: Lent, client: httpx.AsyncClient, path: Path) -> None:
        self._task = task
        self._lent = lent
        self._client = client
        self.store = Store(open_store(path))
        self.seen: dict[UUID, float] = {}
        self._heard = asyncio.Event()
        self.engine = Engine(
            self.store,
            HttpTransport(client, bearer=self._bearer),
            wall_ms=wall_ms,
            chance=random.random,
            entropy=os.urandom,
            report=self._note,
        )
        self.listener = PokeListener(
            task.server, bearer=self._bearer, hint=self.engine.hint, chance=random.random
        )
        self._token = ""

    async def begin(self) -> None:
        """Sign in and download."""
        body = {
            "code": self._task.code,
            "password": self._task.password,
            "device_id": str(self._lent.device_id),
            "device_secret": self._lent.device_secret,
        }
        reply = await self._client.post("/v1/auth/sign-in", json=body)
        reply.raise_for_status()
        self._token = reply.json()["access_token"]
        me = await self._client.get("/v1/me", headers={"Authorization": f"Bearer {self._token}"})
        me.raise_for_status()
        author = me.json()["associate_id"]
        self.store.set_up(device_id=self._lent.device_id, author=author, shop=self._task.store)
        await self.engine.once()

    async def shows(self, record_id: UUID) -> float:
        """Return the instant at which a record was here."""
        self._heard.clear()
        async with asyncio.timeout(LONGEST_S):
            while record_id not in self.seen:
                await self._heard.wait()
                self._heard.clear()
        return self.seen[record_id]

    async def _bearer(self) -> str:
        return self._token

    def _note(self, report: Report) -> None:
        now = time.perf_counter()
        for record_id in report.touched:
            self.seen.setdefault(record_id, now)
        self._heard.set()


def wall_ms() -> int:
    """Return the tablets' clock."""
    return time.time_ns() // 1_000_000


async def measure(task: Task, folder: Path) -> Measured:
    """Let one tablet write down customers at odd moments and the other wait to be told."""
    async with httpx.AsyncClient(base_url=task.server, timeout=60) as client:
        here, there = (
            Counter(task, lent, client, folder / f"{number}.db") for number, lent in enumerate(task.tablets)
        )
        await here.begin()
        await there.begin()
        tasks = [
            asyncio.create_task(work)
            for work in (here.engine.run(), there.engine.run(), there.listener.run())
        ]
        async with asyncio.timeout(LONGEST_S):
            while not there.listener.connected:  # noqa: ASYNC110 (once)
                await asyncio.sleep(0.01)
        await asyncio.sleep(4)  # the pull after connecting is over
        poked = [await _round(here, there, each) for each in range(task.rounds)]
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        pulled = [await _at_once(here, there) for _ in range(task.rounds)]
    poked.sort()
    names = ("told by a poke", "pushed and pulled at once")
    return Measured(
        samples={
            f"{names[0]}, p50": [poked[len(poked) // 2]],
            f"{names[0]}, p95": [poked[min(int(len(poked) * 0.95), len(poked) - 1)]],
            f"{names[0]}, longest": [poked[-1]],
            names[1]: pulled,
        },
        units={names[1]: "s", **{f"{names[0]}, {each}": "s" for each in ("p50", "p95", "longest")}},
        ratios={},
        checks={
            "every edit arrived": len(poked) == task.rounds,
            "95 of 100 within two seconds": poked[min(int(len(poked) * 0.95), len(poked) - 1)] <= PROMISED_S,
        },
    )


async def _round(here: Counter, there: Counter, number: int) -> float:
    await asyncio.sleep(random.random() * 1.5)  # no step with the looks of the server
    record_id = here.store.new_id(wall_ms())
    began = time.perf_counter()
    values = {"family_name": f"Poke {number}"}
    here.store.submit(record_id, CreateCustomer(values=values), wall_ms=wall_ms())
    here.engine.wake()
    return await there.shows(record_id) - began


async def _at_once(here: Counter, there: Counter) -> float:
    record_id = here.store.new_id(wall_ms())
    began = time.perf_counter()
    here.store.submit(record_id, CreateCustomer(values={"family_name": "Pulled"}), wall_ms=wall_ms())
    await here.engine.once()
    await there.engine.once()
    return await there.shows(record_id) - began


def main() -> None:
    """Measure what the task says and print it."""
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(measure(task, Path(sys.argv[1])))))


if __name__ == "__main__":
    main()
