"""How many people work at which moment of a journey."""

from typing import Any, ClassVar

from locust import LoadTestShape

from schemas.record import Struct


class Stage(Struct):
    """A stretch of a journey."""

    until_s: float  # since the start
    people: int
    arriving: float  # people a second, until so many are there


class Stages(LoadTestShape):
    """One stage after the other; the journey ends with the last.

    ``--pace`` shortens them all, ``--crowd`` sends fewer people.
    """

    abstract = True
    stages: ClassVar[tuple[Stage, ...]]

    def tick(self) -> tuple[int, float] | None:
        """Return how many people there shall be now and how fast they arrive; None at the end."""
        options: Any = self.runner.environment.parsed_options if self.runner else None
        pace, crowd = (options.pace, options.crowd) if options is not None else (1.0, 1.0)
        seconds: float = self.get_run_time()  # type: ignore[no-untyped-call]
        return self.at(seconds, pace=pace, crowd=crowd)

    def at(self, seconds: float, *, pace: float = 1.0, crowd: float = 1.0) -> tuple[int, float] | None:
        """Return the people and their arrivals at a moment of the journey."""
        for stage in self.stages:
            if seconds < stage.until_s * pace:
                people = max(1, round(stage.people * crowd))
                return people, max(0.1, min(stage.arriving * crowd / pace, float(people)))
        return None
