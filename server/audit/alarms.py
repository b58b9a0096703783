"""Alarms: what somebody has to look at, kept until he has. They name ids and counts, never a customer."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import structlog

from server.database.pool import Connection, Pool

log = structlog.get_logger()


async def raise_alarm(
    connection: Connection | Pool,
    kind: str,
    *,
    once: str,
    brand: str | None,
    associate_id: UUID | None = None,
    device_id: UUID | None = None,
    stores: Sequence[str] = (),
    facts: Mapping[str, Any] | None = None,
) -> bool:
    """Keep an alarm and write a line into the log; return whether it is new.

    Args:
        once: what makes it the same alarm again, such as the person and the hour; it is raised once.
    """
    raised = await connection.fetchval(
        """
        insert into alarm (id, kind, once, brand, associate_id, device_id, stores, facts)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (kind, once) do nothing returning true
        """,
        uuid4(),
        kind,
        once,
        brand,
        associate_id,
        device_id,
        list(stores),
        dict(facts or {}),
    )
    if raised:
        log.warning("alarm.raised", alarm=kind, associate=str(associate_id), **(facts or {}))
    return bool(raised)
