"""What each request may take before a load test fails, on two cores with everything on one machine."""

from collections.abc import Mapping, Sequence
from typing import Protocol

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

    def get_response_time_percentile(self, percent: float) -> float:
        """Return the milliseconds that this share of requests stayed under."""


def over_budget(entries: Sequence[Entry], *, factor: float = 1.0, fewest: int = FEWEST) -> list[str]:
    """Return one line for each request that took longer than it may.

    Args:
        factor: how much slower than the reference machine this one is.
        fewest: requests of a name below which it is not judged.
    """
    lines = []
    for entry in entries:
        allowed = P95_MS.get(entry.name)
        if allowed is None or entry.num_requests < fewest:
            continue
        taken = entry.get_response_time_percentile(0.95)
        if taken > allowed * factor:
            lines.append(f"{entry.name}: p95 {taken:.0f} ms, allowed {allowed * factor:.0f} ms")
    return lines
