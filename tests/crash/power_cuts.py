"""Power cuts on the real store: its own schema, its own code, its own SQLite, a disk that drops what it may.

``python -m tests.crash.power_cuts --cuts N [--encrypted] [--weaken PRAGMA]`` prints one JSON object. A day on
a tablet is played on a recording disk; then power is cut at moments of it, and what is left is opened again
by the store. It must hold exactly what it held after the last thing that was reported as done, or after the
one that was being done.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from schemas.engagement import NoteLevel
from schemas.mutations import SetField, WriteNote
from schemas.staff import Role
from sync.replica.database import StoreDamaged, open_store
from sync.replica.pull import apply_page, next_pull
from sync.replica.push import next_push, settle
from sync.replica.store import Store
from tests.crash.disk import Disk, Platter
from tests.sync.replica.model_server import ModelServer, Person

KEY = bytes(range(32))
NAME = "/store.db"
DEVICE, AUTHOR = UUID(int=90), str(UUID(int=1090))
CUSTOMERS = [UUID(int=number) for number in range(1, 13)]
TABLES = (
    "fragment", "block", "packed_part", "member", "outbox", "summary", "search_segment", "uncovered",
    "recent", "meta",
)  # fmt: skip
STEPS = 40
CUTS_A_DAY = 400


class Day:
    """One tablet, one server, and what its store held after each step."""

    def __init__(self, seed: int, *, key: bytes | None, weaken: str | None = None) -> None:
        self.key = key
        self._chance = random.Random(seed)
        self._weaken = weaken
        self._now = 1_760_000_000_000
        self._numbers = iter(range(1, sys.maxsize))
        self._server = ModelServer()
        self._server.now = self._now
        for number, customer in enumerate(CUSTOMERS):
            values = {"family_name": f"Nom{number}", "town": "Lyon", "phone": f"+336000000{number:02}"}
            self._server.put_customer(customer, values, scopes=["store:lyon"])
        self._server.people[DEVICE] = Person(author=AUTHOR, role=Role.STORE_MANAGER, stores=("lyon",))
        self.disk = Disk(key)
        self.disk.put(NAME, b"")  # the app makes the file and syncs its folder before it opens it
        self.held: list[str] = []
        self.disk.mark(-1)
        self._store = self._open()
        self._done()
        for _ in range(STEPS):
            self._step()
            self._done()
        self._store.close()
        self.disk.close()

    def _open(self) -> Store:
        connection = open_store(NAME, self.key, vfs=self.disk.vfs)
        if self._weaken:
            connection.execute(f"pragma {self._weaken}")
        store = Store(connection, app_version="1.0", entropy=self._entropy)
        store.set_up(device_id=DEVICE, author=AUTHOR, shop="lyon")
        return store

    def _done(self) -> None:
        self.held.append(content_of(self._store.connection))
        self.disk.mark(len(self.held) - 1)

    def _entropy(self, length: int) -> bytes:
        return next(self._numbers).to_bytes(16, "big")[-length:].rjust(length, b"\x01")

    def _step(self) -> None:
        self._now += 1000
        self._server.now = self._now
        kind = self._chance.choices(
            ("edit", "note", "look", "push", "pull", "news", "role", "restart"), (8, 4, 2, 3, 3, 2, 1, 1)
        )[0]
        customer = self._chance.choice(CUSTOMERS)
        store, now = self._store, self._now
        match kind:
            case "edit":
                town = f"Ville {self._chance.random()}"
                store.submit(customer, SetField(field="town", value=town), wall_ms=now)
            case "note":
                note = WriteNote(
                    note_id=UUID(bytes=self._entropy(16)),
                    text="x" * self._chance.randrange(1, 4000),
                    level=NoteLevel.STORE,
                )
                store.submit(customer, note, wall_ms=now)
            case "look":
                store.note_seen(customer, now)
            case "push":
                if (asked := next_push(store, wall_ms=now)) is not None:
                    settle(
                        store,
                        asked,
                        self._server.push(asked),
                        asked_with=store.meta.progress.token,
                        wall_ms=now,
                        new_incarnation=UUID(bytes=self._entropy(16)),
                    )
            case "pull":
                wanted = next_pull(store, wall_ms=now)
                apply_page(store, wanted, self._server.pull(wanted), wall_ms=now)
            case "news":
                changed = {"town": f"Autre {self._chance.random()}"}
                self._server.put_customer(customer, changed, scopes=[])
            case "role":
                role = self._chance.choice((Role.SELLER, Role.STORE_MANAGER))
                self._server.become(DEVICE, role=role)
            case "restart":
                store.close()
                self._store = self._open()


def content_of(connection: Any) -> str:
    """Return everything a store holds, in a form to compare."""
    return repr([sorted(map(repr, connection.execute(f"select * from {name}"))) for name in TABLES])


def attack(
    cuts: int, *, key: bytes | None, weaken: str | None = None, seed: int = 1, folder: Path | None = None
) -> dict[str, Any]:
    """Cut the power so many times; return what was lost."""
    found = {"cuts": 0, "days": 0, "lost": 0, "unreadable": 0, "half_done": 0}
    first: list[str] = []
    with tempfile.TemporaryDirectory(prefix="comptoir-cuts-", dir=folder) as scratch:
        while found["cuts"] < cuts:
            day = Day(seed + found["days"], key=key, weaken=weaken)
            found["days"] += 1
            for left, reached, moment in _cuts(day, seed, min(CUTS_A_DAY, cuts - found["cuts"])):
                found["cuts"] += 1
                verdict = _verdict(day, left, reached, Path(scratch))
                if verdict:
                    found[verdict] += 1
                    first.append(f"{verdict}: seed {seed + found['days'] - 1}, operation {moment}")
    return {**found, "first": first[:5]}


def _cuts(day: Day, seed: int, cuts: int) -> Iterator[tuple[dict[str, bytes], int, int]]:
    """Yield what a cut left, how far the program was, and the moment, for moments all over a day."""
    chance = random.Random(f"{seed} {len(day.disk.log)}")
    started = next(index for index, op in enumerate(day.disk.log) if getattr(op, "place", None) == 0)
    moments = sorted(chance.randrange(started, len(day.disk.log)) for _ in range(cuts))
    platter, at = Platter(), 0
    for moment in moments:
        while at <= moment:
            platter.follow(day.disk.log[at])
            at += 1
        yield platter.after_a_cut(chance), platter.place, moment


def _verdict(day: Day, left: dict[str, bytes], reached: int, scratch: Path) -> str | None:
    path = scratch / "store.db"
    for suffix in ("", "-wal", "-shm", "-journal"):
        part = Path(f"{path}{suffix}")
        part.unlink(missing_ok=True)
        if f"{NAME}{suffix}" in left:
            part.write_bytes(left[f"{NAME}{suffix}"])
    try:
        connection = open_store(path, day.key)
    except StoreDamaged:
        return "unreadable"
    content = content_of(connection)
    connection.close()
    if content in day.held[reached : reached + 2]:
        return None
    return "lost" if content in day.held else "half_done"


def main(words: list[str] | None = None) -> int:
    """Attack and print the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=1000)
    parser.add_argument("--encrypted", action="store_true")
    parser.add_argument("--weaken", help="a pragma to set on each connection, to see the attack find it")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(words)
    memory = Path("/dev/shm")
    found = attack(
        arguments.cuts,
        key=KEY if arguments.encrypted else None,
        weaken=arguments.weaken,
        seed=arguments.seed,
        folder=memory if memory.is_dir() else None,
    )
    print(json.dumps(found))
    return int(bool(found["lost"] or found["unreadable"] or found["half_done"]))


if __name__ == "__main__":
    sys.exit(main())
