"""How many people work at which moment of a journey."""

from collections.abc import Sequence
from typing import Any, ClassVar

from locust import LoadTestShape

from schemas.record import Struct


class Stage(Struct):
    """A stretch of a journey."""

    until_s: float  # since the start
    people: int
    arriving: float  # people a second, until so many are there


def steps(people: Sequence[int], *, hold_s: float, arriving: float) -> tuple[Stage, ...]:
    """Return stages that hold more and more people, each for so long after all of them are there."""
    stages: list[Stage] = []
    end, before = 0.0, 0
    for each in people:
        end += max(0, each - before) / arriving + hold_s
        before = each
        stages.append(Stage(until_s=end, people=each, arriving=arriving))
    return tuple(stages)


class Stages(LoadTestShape):
    """One stage after the other; the journey ends with the last.

    ``--pace`` shortens them all, ``--crowd`` sends fewer people, ``--steps`` plays others in their place.
    """

    abstract = True
    stages: ClassVar[tuple[Stage, ...]]
    over = False  # whoever judges has seen enough

    def tick(self) -> tuple[int, float] | None:
        """Return how many people there shall be now and how fast they arrive; None at the end."""
        if self.over:
            return None
        options: Any = self.runner.environment.parsed_options if self.runner else None
        pace, crowd = (options.pace, options.crowd) if options is not None else (1.0, 1.0)
        seconds: float = self.get_run_time()  # type: ignore[no-untyped-call]
        if options is not None and options.steps:
            people = [int(each) for each in options.steps.split(",")]
            return _at(steps(people, hold_s=options.hold, arriving=options.arriving), seconds)
        return self.at(seconds, pace=pace, crowd=crowd)

    def at(self, seconds: float, *, pace: float = 1.0, crowd: float = 1.0) -> tuple[int, float] | None:
        """Return the people and their arrivals at a moment of the journey."""
        return _at(self.stages, seconds, pace=pace, crowd=crowd)


def _at(
    stages: Sequence[Stage], seconds: float, *, pace: float = 1.0, crowd: float = 1.0
) -> tuple[int, float] | None:
    for stage in stages:
        if seconds < stage.until_s * pace:
            people = max(1, round(stage.people * crowd))
            return people, max(0.1, min(stage.arriving * crowd / pace, float(people)))
    return None
