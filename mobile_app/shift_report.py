"""What a scripted shift tells: each step with its taps and the time it took, held against a budget."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from schemas.record import Struct


class ShiftFailed(Exception):
    """A step did not happen; the message says which and what the screen showed."""


class Budget(Struct, frozen=True):
    """What a step may cost; None is not counted."""

    taps: int | None = None
    keys: int | None = None
    seconds: float | None = None


class Step(Struct, frozen=True):
    """Something that happened."""

    tablet: str
    said: str
    seconds: float
    taps: int = 0
    keys: int = 0
    budget: Budget = Budget()
    shot: str = ""

    @property
    def clumsy(self) -> bool:
        """Whether it took more taps or keys than it may: no machine is to blame for that."""
        allowed = self.budget
        return (allowed.taps is not None and self.taps > allowed.taps) or (
            allowed.keys is not None and self.keys > allowed.keys
        )

    @property
    def late(self) -> bool:
        """Whether it took longer than it may."""
        return self.budget.seconds is not None and self.seconds > self.budget.seconds


class Report:
    """Tells each step as it happens and keeps it; with pictures, where there is a folder for them."""

    def __init__(self, folder: Path | None, tell: Callable[[str], None]) -> None:
        self.folder = folder
        self.steps: list[Step] = []
        self._tell = tell

    @contextmanager
    def step(
        self, tablet: str, said: str, budget: Budget | None = None, *, hands: Any = None
    ) -> Iterator[list[str]]:
        """Time what happens inside and count its taps; the list may be given words that end the sentence."""
        taps, keys = (hands.taps, hands.keys) if hands is not None else (0, 0)
        started = time.perf_counter()
        more: list[str] = []
        yield more
        step = Step(
            tablet=tablet,
            said=" ".join([said, *more]),
            seconds=round(time.perf_counter() - started, 3),
            taps=hands.taps - taps if hands is not None else 0,
            keys=hands.keys - keys if hands is not None else 0,
            budget=budget or Budget(),
        )
        self.steps.append(step)
        self._tell(line_of(step))

    def shot(self, hands: Any, name: str) -> None:
        """Keep a picture of the window with the step just told."""
        if self.folder is None:
            return
        path = self.folder / f"{len(self.steps):02}-{name}.png"
        if hands.shot(path) is not None and self.steps:
            self.steps[-1] = msgspec.structs.replace(self.steps[-1], shot=path.name)

    def over(self, *, patient: bool = False) -> list[str]:
        """Return what cost more than it may; the patient do not look at the time."""
        return [line_of(step) for step in self.steps if step.clumsy or (step.late and not patient)]


def line_of(step: Step) -> str:
    """Return a step as one line: who, how long, how many taps and keys of how many, what."""
    allowed = step.budget
    taps = _of(step.taps, allowed.taps, "tap")
    keys = _of(step.keys, allowed.keys, "key")
    marks = "".join(
        f"  OVER: {mark}"
        for mark, holds in (("too many taps or keys", step.clumsy), (f"{allowed.seconds} s", step.late))
        if holds
    )
    spent = f"{_duration(step.seconds):>8}  {taps:<13} {keys:<12}"
    return f"{step.tablet:<10} {spent}  {step.said}{marks}"


def _of(spent: int, allowed: int | None, unit: str) -> str:
    if not spent and allowed is None:
        return ""
    word = unit if spent == 1 else f"{unit}s"
    return f"{spent} {word}" if allowed is None else f"{spent} {word} of {allowed}"


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
