"""What a scripted shift tells: each step with the time it took, and a picture of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from schemas.record import Struct


class ShiftFailed(Exception):
    """A step did not happen; the message says which and what the screen showed."""


class Step(Struct, frozen=True):
    """Something that happened."""

    tablet: str
    said: str
    seconds: float
    shot: str = ""


class Report:
    """Tells each step as it happens and keeps it."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self.folder = folder
        self.steps: list[Step] = []
        self._tell = tell

    @contextmanager
    def step(self, tablet: str, said: str) -> Iterator[list[str]]:
        """Time what happens inside; the list may be given words that end the sentence."""
        started = time.perf_counter()
        more: list[str] = []
        yield more
        seconds = time.perf_counter() - started
        said = " ".join([said, *more])
        self.steps.append(Step(tablet=tablet, said=said, seconds=round(seconds, 3)))
        self._tell(f"{tablet:<10} {_duration(seconds):>8}  {said}")

    def shot(self, hands: Any, name: str) -> None:
        """Keep a picture of the window with the step just told."""
        path = self.folder / f"{len(self.steps):02}-{name}.png"
        if hands.shot(path) is not None and self.steps:
            last = self.steps[-1]
            self.steps[-1] = Step(tablet=last.tablet, said=last.said, seconds=last.seconds, shot=path.name)


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
