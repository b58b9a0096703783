"""What each request may take before a load test fails, on two cores with everything on one machine."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from schemas.record import Struct

# Name of the request -> milliseconds that 95 of 100 must stay under.
P95_MS: Mapping[str, int] = {
    "sign in": 1000,
    "push": 250,
    "pull": 250,
    "pull, first pages": 1500,
    "look": 250,
    "read a customer": 100,
    "find customers": 200,
    "store opening": 5000,
    "sync round": 750,
    "sync round after an outage": 15_000,
    "a page of a list": 500,
    "bring tickets": 250,
}
FEWEST = 20  # requests; fewer say nothing about 95 of 100


class Entry(Protocol):
    """What is known of one request: Locust's ``StatsEntry``."""

    name: str
    num_requests: int
    num_failures: int

    def get_response_time_percentile(self, percent: float) -> float:
        """Return the milliseconds that this share of requests stayed under."""


class Judged(Struct):
    """How many people worked, and what their requests took."""

    people: int
    requests: int
    failures: int
    p95_ms: dict[str, float]  # of each name that has a budget and was asked often enough
    allowed_ms: dict[str, float]

    @property
    def broken(self) -> list[str]:
        """One line for each request that took longer than it may."""
        return [
            f"{name}: p95 {taken:.0f} ms, allowed {self.allowed_ms[name]:.0f} ms"
            for name, taken in self.p95_ms.items()
            if taken > self.allowed_ms[name]
        ]


def judged(entries: Sequence[Entry], *, people: int = 0, factor: float = 1.0, fewest: int = FEWEST) -> Judged:
    """Return what requests took beside what they may.

    Args:
        people: who made them.
        factor: how much slower than the reference machine this one is.
        fewest: requests of a name below which it is not judged.
    """
    known = [each for each in entries if each.name in P95_MS and each.num_requests >= fewest]
    return Judged(
        people=people,
        requests=sum(each.num_requests for each in entries),
        failures=sum(each.num_failures for each in entries),
        p95_ms={each.name: each.get_response_time_percentile(0.95) for each in known},
        allowed_ms={each.name: P95_MS[each.name] * factor for each in known},
    )
