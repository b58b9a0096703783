"""Looks every few seconds at what a process and its database have waiting, and writes it on the meters."""

import asyncio
import time
from typing import Final

import psutil
import structlog
from litestar.datastructures import State

from server.database.pool import Connection, Pool, transaction
from server.replication.admission import Admission
from server.telemetry.meters import (
    AT_WORK,
    BACKLOG,
    CONNECTIONS,
    HELD_BACK,
    LOOP_LAG,
    RESIDENT,
    SEATS,
    TURNED_AWAY,
    Waiting,
)

MOST_COUNTED: Final = 10_000  # a backlog of more is told as this many: counting it would add to it

_BACKLOGS: Final = {
    Waiting.UNSEALED: "select 1 from audit_event where link is null",
    Waiting.HELD: "select 1 from held_edit where review = 'open' and code <> 'unknown_op'",
    Waiting.PARKED: "select 1 from held_edit where review = 'open' and code = 'unknown_op'",
    Waiting.SNAPSHOTS: "select 1 from snapshot_wish",
    Waiting.ALARMS: "select 1 from alarm where acknowledged_at is null",
    Waiting.DIVERGENCES: "select 1 from divergence",
}

log = structlog.get_logger()


async def watch(state: State, admission: Admission, every_s: float) -> None:
    """Write on the meters for as long as we run; never, when the time between is 0."""
    me = psutil.Process()
    turned_away = 0
    while every_s > 0:
        due = time.monotonic() + every_s
        await asyncio.sleep(every_s)
        LOOP_LAG.set(max(0.0, time.monotonic() - due))
        RESIDENT.set(me.memory_info().rss)
        AT_WORK.set(admission.at_work)
        TURNED_AWAY.inc(admission.refused_in_all - turned_away)
        turned_away = admission.refused_in_all
        SEATS.set(len(state.pokes))
        pool: Pool = state.pool
        CONNECTIONS.labels("idle").set(pool.get_idle_size())
        CONNECTIONS.labels("busy").set(pool.get_size() - pool.get_idle_size())
        try:
            async with transaction(pool) as connection:
                await _look(connection)
        except Exception as error:
            log.warning("watch.failed", kind=type(error).__name__)


async def _look(connection: Connection) -> None:
    for kind, rows in _BACKLOGS.items():
        waiting = await connection.fetchval(
            f"select count(*) from ({rows} limit {MOST_COUNTED}) waiting"  # noqa: S608 (all of it is ours)
        )
        BACKLOG.labels(kind.value).set(waiting)
    HELD_BACK.set(
        await connection.fetchval(
            """
            select pg_snapshot_xmax(now)::text::bigint - pg_snapshot_xmin(now)::text::bigint
            from pg_current_snapshot() now
            """
        )
    )
