"""Reads the timeline: touchpoints and purchases of a customer in one list, newest first."""

from uuid import UUID

from schemas.record import Struct
from server.database.pool import Connection

LAST = (1 << 62, UUID(int=(1 << 128) - 1))  # sorts after every event


class TimelineEvent(Struct, omit_defaults=True):
    """Something that happened: a touchpoint by its kind, or a purchase with its sum."""

    event_id: UUID
    at: int  # wall milliseconds UTC
    kind: str  # a schemas.engagement.TouchpointKind; for purchases "sale", "return", "cancelled"
    channel: str
    summary: str = ""
    store: str | None = None
    author: str | None = None
    sku: str | None = None
    total: int | None = None  # minor units, signed; purchases only
    currency: str | None = None
    pieces: int | None = None  # articles on the ticket; purchases only


_TOUCHPOINTS = """
(select id, at_ms, kind, channel, summary, store, author, sku,
        null::bigint as total, null as currency, null::bigint as pieces
 from touchpoint
 where customer_id = $1 and (at_ms, id) < ($2, $3) and ($4::text is null or channel = $4)
 order by at_ms desc, id desc limit $5)"""

_PURCHASES = """
(select p.id, p.at_ms, p.kind, p.channel, '' as summary, p.store, p.author, null as sku, p.total, p.currency,
        (select sum(l.quantity) from purchase_line l where l.purchase_id = p.id) as pieces
 from purchase p
 where p.customer_id = $1 and (p.at_ms, p.id) < ($2, $3) and ($4::text is null or p.channel = $4)
 order by p.at_ms desc, p.id desc limit $5)"""


async def timeline(
    connection: Connection,
    customer_id: UUID,
    *,
    touchpoints: bool,
    purchases: bool,
    channel: str | None,
    before: tuple[int, UUID] | None,
    limit: int,
) -> list[TimelineEvent]:
    """Return what happened with a customer on a channel (None: any), newest first, before one event.

    Args:
        touchpoints: whether the reader may see them.
        purchases: whether he may see these; one of the two he must.
    """
    at, event_id = before or LAST
    # A role that may not read the one or the other may not name its table either.
    happened = [*([_TOUCHPOINTS] if touchpoints else []), *([_PURCHASES] if purchases else [])]
    rows = await connection.fetch(
        f"{' union all '.join(happened)} order by at_ms desc, id desc limit $5",
        customer_id,
        at,
        event_id,
        channel,
        limit,
    )
    return [
        TimelineEvent(
            event_id=row["id"],
            at=row["at_ms"],
            **{name: row[name] for name in row.keys() if name not in {"id", "at_ms"}},  # noqa: SIM118
        )
        for row in rows
    ]
