"""The meters of a process, in the Prometheus data model, and what each of them counts.

With ``PROMETHEUS_MULTIPROC_DIR`` set before this module is imported, every process of a node keeps its
numbers in that folder, and whoever answers a scrape adds them up (`exposing.py`).
"""

from collections import Counter as Tally
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

# Seconds. A floor tool is judged by tens of milliseconds; ten seconds is a client's patience.
BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
ELSEWHERE: Final = "elsewhere"  # what no route of ours answers

REQUESTS = Histogram(
    "comptoir_request_seconds",
    "Requests by route, from the first byte read to the last one sent.",
    ("method", "route", "status"),
    buckets=BUCKETS,
)
EDITS = Counter("comptoir_edits_total", "Edits of tablets by verdict.", ("verdict",))
TURNED_AWAY = Counter("comptoir_turned_away_total", "Requests of tablets that were asked to come back later.")
AT_WORK = Gauge(
    "comptoir_tablets_at_work", "Requests of tablets being answered now.", multiprocess_mode="livesum"
)
SEATS = Gauge("comptoir_poke_seats", "Tablets that listen for pokes.", multiprocess_mode="livesum")
CONNECTIONS = Gauge(
    "comptoir_pool_connections", "Connections to PostgreSQL.", ("state",), multiprocess_mode="livesum"
)
LOOP_LAG = Gauge(
    "comptoir_loop_lag_seconds",
    "How late the event loop came to a timer: how long everybody waited for one.",
    multiprocess_mode="livemax",
)
RESIDENT = Gauge("comptoir_resident_bytes", "Memory of a process.", multiprocess_mode="liveall")


class Waiting(StrEnum):
    """What waits in the database to be worked on, or for a person."""

    UNSEALED = "audit_events_unsealed"
    HELD = "edits_held"
    PARKED = "edits_parked"
    SNAPSHOTS = "first_downloads_asked"
    ALARMS = "alarms_open"
    DIVERGENCES = "divergences"


BACKLOG = Gauge(
    "comptoir_backlog", "Rows that wait, by what they wait for.", ("kind",), multiprocess_mode="mostrecent"
)
HELD_BACK = Gauge(
    "comptoir_feed_held_back_transactions",
    "Transactions begun since the oldest open one: every tablet's next pull asks from there on.",
    multiprocess_mode="mostrecent",
)


def count_edits(verdicts: Iterable[str]) -> None:
    """Take note of what a batch of edits came to."""
    for verdict, edits in Tally(verdicts).items():
        EDITS.labels(verdict).inc(edits)
