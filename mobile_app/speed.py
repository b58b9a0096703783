"""Measures the app on a full store: start, search, card and edit until drawn, scrolling, memory.

Started by ``comptoir bench tablet``. Reads one JSON task from standard input and prints one JSON object. Each
round is a process of its own: what a start costs is counted from before its first import.
"""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from schemas.mutations import AddElement
from schemas.record import Struct

PIN = "258036"
NAMES, CARDS, FRAMES = 3, 20, 40
FEW = 2  # names and cards where only the way of measuring is tried
FRAME_S = 0.033


class Task(Struct):
    """Which tablet to make, and how often to start it."""

    server: str
    enrolment: str
    code: str
    password: str
    rounds: int
    thorough: bool = True


class Measured(Struct):
    """Samples by name; of several rounds one each."""

    samples: dict[str, list[float]]
    units: dict[str, str]
    ratios: dict[str, tuple[str, str]] = {}
    checks: dict[str, bool] = {}


async def prepare(task: Task, folder: Path) -> UUID:
    """Make a tablet with everything on it; return who works with it."""
    from mobile_app.tablet import Tablet
    from sync.replica.engine import Line

    tablet = Tablet(folder, hear=lambda _: None)
    await tablet.enrol(task.server, task.enrolment, "bench")
    person = await tablet.sign_in(task.code, task.password)
    report = await tablet.sync_now()
    assert report is not None and report.line is Line.SYNCED, report
    await tablet.choose_pin(PIN)
    await tablet.close()
    return person.associate_id


class Shift:
    """One start of the app, offline, and what is done with it."""

    def __init__(self, folder: Path, began: float) -> None:
        from mobile_app.window import WindowMode, fitting_mode, prepare

        mode = WindowMode.MOCK if fitting_mode() is WindowMode.MOCK else WindowMode.OFFSCREEN
        prepare(mode, pinned=True)
        import httpx  # not before: ``prepare`` says how it is to be imported

        from mobile_app.app import ComptoirApp
        from mobile_app.hands import Hands

        def unreachable(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("no network here", request=request)

        self.samples: dict[str, list[float]] = {}
        self._before: object = None  # what was shown, tapped and waiting before the event that is timed
        self._tapped = UUID(int=0)
        self._waiting = 0
        app: Any = ComptoirApp(folder=folder, server=None, line=httpx.MockTransport(unreachable))
        self.hands = Hands(app, (1280, 800))
        self.conductor = app.conductor
        self.app = app
        self.hands.until(lambda: app.screen == "people", "faces")
        self._note("a start, until faces are shown", time.time() - began)
        self._note("a start, until faces are shown, processor", time.process_time())

    def unlock(self, associate_id: UUID) -> None:
        """Open the store by PIN, then the list of customers, each until drawn."""
        from mobile_app import effects

        with self._timed("PIN to the first screen"):
            self.conductor.perform(effects.Unlock(associate_id=associate_id, pin=PIN))
            self.hands.until(lambda: self.app.screen not in ("people", "pin", "sign_in"), "the first screen")
            self.hands.pump(1)
        with self._timed("the list of customers"):
            self.conductor.perform(effects.GoTo(screen="find"))
            self.hands.until(lambda: self.conductor.find.model.answered, "the list")
            self.hands.pump(1)

    def search(self, names: list[str]) -> None:
        """Type names a key at a time; each key until its answer is drawn."""
        from mobile_app.screens.find.model import Typed

        for name in names:
            for length in range(1, len(name) + 1):
                self._before = self.conductor.find.model.rows
                with self._timed("a key, until its answer is drawn"):
                    self.conductor.find.send(Typed(query=name[:length]))
                    self.hands.until(lambda: self.conductor.find.model.rows is not self._before)
                    self.hands.pump(1)

    def open_cards(self, customers: list[UUID]) -> None:
        """Tap customers; each until her card is drawn."""
        from mobile_app.screens.find.model import RowPressed

        for self._tapped in customers:
            with self._timed("a card, until it is drawn"):
                self.conductor.find.send(RowPressed(record_id=self._tapped))
                self.hands.until(lambda: self._shown() == self._tapped, "the card")
                self.hands.pump(1)

    def edit(self, customers: list[UUID]) -> None:
        """Like something, until it is kept and said so."""
        from mobile_app import effects

        for customer in customers:
            self._waiting = self.conductor.line.waiting
            like = AddElement(field="likes", element="velours")
            with self._timed("an edit, until it is saved"):
                self.conductor.perform(effects.Submit(record_id=customer, mutation=like))
                self.hands.until(lambda: self.conductor.line.waiting > self._waiting, "the edit")

    def scroll(self, steps: int) -> None:
        """Run through the list of everyone."""
        from mobile_app.screens.find.model import EveryonePressed, Typed

        self.conductor.find.send(Typed(query=""))
        self.conductor.find.send(EveryonePressed())
        self.hands.until(lambda: len(self.conductor.find.model.rows) > 1, "everyone")
        self.hands.pump(2)
        listed = self.hands.find("CustomerList")
        frames = []
        for frame in range(steps):
            listed.scroll_y = 1 - frame / steps
            began = time.perf_counter()
            self.hands.pump(1)
            frames.append(time.perf_counter() - began)
        frames.sort()
        self._note("a frame while scrolling, median", frames[len(frames) // 2] * 1000)
        self._note("frames over 33 ms while scrolling", sum(each > FRAME_S for each in frames) / len(frames))

    def customers(self, count: int) -> list[Any]:
        """Return some customers' lines, drawn by chance and always the same."""
        found = self.conductor.ask_and_wait(lambda tablet: tablet.search("", limit=2_000))
        return random.Random(3).sample(found, min(count, len(found)))

    def finish(self) -> dict[str, list[float]]:
        """Close the app and return all samples."""
        self._note("memory of the app", _memory_mb())
        self.hands.close()
        return self.samples

    def _shown(self) -> UUID | None:
        card = self.conductor.card.model.card
        return None if card is None else card.record_id

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self._note(name, time.perf_counter() - wall)
        self._note(f"{name}, processor", time.process_time() - processor)

    def _note(self, name: str, value: float) -> None:
        self.samples.setdefault(name, []).append(value)


def shift(folder: Path, associate_id: UUID, began: float, *, thorough: bool) -> dict[str, list[float]]:
    """Start the app and work with it."""
    started = Shift(folder, began)
    started.unlock(associate_id)
    lines = started.customers(CARDS if thorough else FEW)
    named = [
        f"{line.given_name} {line.family_name}" for line in lines if line.given_name and line.family_name
    ]
    started.search(named[: NAMES if thorough else 1])
    started.open_cards([line.record_id for line in lines])
    started.edit([line.record_id for line in lines])
    started.scroll(FRAMES if thorough else FEW)
    return started.finish()


def told(rounds: list[dict[str, list[float]]]) -> Measured:
    """Return what the rounds come to: of things done once their value, of many their 95th percentile."""
    samples: dict[str, list[float]] = {}
    units: dict[str, str] = {}
    for name in rounds[0]:
        many = len(rounds[0][name]) > 1
        shown = f"{name}, p95" if many else name
        scale = 1000.0 if many else 1.0
        samples[shown] = [_quantile(each[name], 0.95) * scale for each in rounds]
        units[shown] = "ms" if many else "s"
    units["memory of the app"] = "MB"
    units["frames over 33 ms while scrolling"] = "share"
    units["a frame while scrolling, median"] = "ms"
    for suffix in ("", ", processor"):
        usable = f"a start, until the first list is drawn{suffix}"
        steps = ("a start, until faces are shown", "PIN to the first screen", "the list of customers")
        samples[usable] = [sum(each[f"{step}{suffix}"][0] for step in steps) for each in rounds]
        units[usable] = "s"
    return Measured(samples=samples, units=units, checks={"the app starts offline": True})


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def _memory_mb() -> float:
    pages = Path("/proc/self/statm")
    if not pages.exists():
        return 0.0
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _started_anew(folder: Path, associate_id: UUID, *, thorough: bool) -> dict[str, list[float]]:
    words = [sys.executable, "-P", "-m", "mobile_app.speed", str(folder), str(associate_id), str(time.time())]
    words += ["thorough"] if thorough else []
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-2_000:])
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=dict[str, list[float]])


def _shift_of(words: list[str], folder: Path) -> dict[str, list[float]]:
    return shift(folder, UUID(words[0]), float(words[1]), thorough="thorough" in words)


def main() -> None:
    """Measure what the task says and print it; with further words, be one of its rounds."""
    folder = Path(sys.argv[1])
    say: Callable[[bytes], int] = sys.stdout.buffer.write
    if len(sys.argv) > 2:
        say(b"\n" + msgspec.json.encode(_shift_of(sys.argv[2:], folder)))
        return
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    associate_id = asyncio.run(prepare(task, folder))
    rounds = [_started_anew(folder, associate_id, thorough=task.thorough) for _ in range(task.rounds)]
    say(msgspec.json.encode(told(rounds)))


if __name__ == "__main__":
    main()
