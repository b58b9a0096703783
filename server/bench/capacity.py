"""Writes docs/capacity.md: what so many stores need, by arithmetic from what the benches measured."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from schemas.record import Struct
from server.bench.measure import Report, shown

STORES = (10, 100, 1_000)
LARGEST_PRIMARY = 64  # cores of a machine that can be rented without asking
BUSY = 0.5  # of the cores, at the peak: the rest is for the minutes that no average knows


class Habit(Struct):
    """What a store does in its busiest hour, as reckoned with here; another house has other habits."""

    tablets: int = 6
    polls: int = 60  # of a tablet: the floor under pokes
    edits: int = 12  # of a tablet, each sent as it is made
    looked_beyond: int = 4  # searches of a tablet beyond itself; the others never leave it
    desk: int = 20  # requests of head office about a store

    def requests(self) -> int:
        """Return the requests of the hour: each edit is pushed, and each other tablet is poked and pulls."""
        pulls = self.polls + self.edits * (self.tablets - 1)
        return self.tablets * (pulls + self.edits + self.looked_beyond) + self.desk


def capacity(reports: Mapping[str, Report]) -> str:
    """Return the page, or nothing while the herd has not been measured."""
    herd = reports.get("herd")
    if herd is None:
        return ""
    figures = {each.name: each.median for each in herd.figures}
    cost_ms = figures["processor time of server and database"]
    memory_mb = figures["memory of a process of the API"]
    habit = Habit()
    hour = habit.requests()
    lines = [
        INTRODUCTION.format(
            at=herd.at[:10],
            processor=herd.machine.get("processor", ""),
            cost=shown(cost_ms),
            memory=shown(memory_mb),
            tablets=habit.tablets,
            polls=habit.polls,
            edits=habit.edits,
            beyond=habit.looked_beyond,
            desk=habit.desk,
            hour=hour,
            busy=round(BUSY * 100),
        ),
        "| stores | tablets | requests/s at the peak | cores | memory of the API | back after an outage |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for stores in STORES:
        rate = stores * hour / 3_600
        cores = max(2, ceil(rate * cost_ms / 1000 / BUSY))
        again_s = stores * habit.tablets * 2 * cost_ms / 1000 / cores
        lines.append(
            f"| {stores:,} | {stores * habit.tablets:,} | {shown(rate)} | {cores} "
            f"| {ceil(cores * memory_mb / 1000)} GB | {shown(again_s)} s |"
        )
    most = int(LARGEST_PRIMARY * BUSY * 1000 / cost_ms * 3_600 / hour)
    lines.append(ENDING.format(cores=LARGEST_PRIMARY, stores=f"{most:,}"))
    return "\n".join(lines) + "\n"


INTRODUCTION = """\
# Capacity

Reckoned from `comptoir bench herd` of {at} ({processor}): {cost} ms of processor time a request,
PostgreSQL included, and {memory} MB a process of the API. `comptoir bench herd --save` writes this page anew.

A store in its busiest hour: {tablets} tablets, each asking {polls} times whether there is news, making
{edits} edits that are pushed one by one and pulled by every other tablet of the store, and searching
beyond itself {beyond} times; {desk} requests of head office. That is {hour:,} requests. Look-ups, cards
and lists are answered by the tablet itself and cost the server nothing. Cores are counted so that they
are {busy} % busy then. After an outage each tablet pushes and pulls once.
"""
ENDING = """
Cores are for API and PostgreSQL together, on however many machines; the API takes the larger part, and nodes
can be added to it. **Where a single primary ends:** were all of it the database's, {cores} cores would carry
{stores} stores. Writes beyond that are partitioned by brand, the boundary that no query, scope or merge
crosses: an installation for each."""
