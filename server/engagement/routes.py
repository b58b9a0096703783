"""The door to a customer's timeline."""

from typing import Any
from uuid import UUID

from litestar import Request, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.engagement import queries
from server.engagement.queries import TimelineEvent
from server.rest.access import provide_lens, require_reachable, require_readable
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, Word, known_parameters
from server.scope import AS_CALLER


@get("/customers/{customer_id:uuid}/timeline", opt={QUERY: ("channel", "cursor", "limit"), AS_CALLER: True})
async def read_timeline(
    customer_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    channel: Word = None,
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[TimelineEvent]:
    """Everything that happened with a customer, on every channel, newest first."""
    require_readable(lens, "touchpoints", "purchases")
    await require_reachable(connection, principal, customer_id)
    listing = Listing.asked(request, principal, cursor, limit, "timeline", str(customer_id), channel)
    rows = await queries.timeline(
        connection,
        customer_id,
        touchpoints=lens.reads("touchpoints"),
        purchases=lens.reads("purchases"),
        channel=channel,
        before=listing.after(tuple[int, UUID]),
        limit=listing.rows,
    )
    await chain.append(
        connection, principal, "customer.timeline_read", subject_kind="customer", subject_id=customer_id
    )
    return listing.page(rows, lambda row: (row.at, row.event_id))


router = Router(
    "/v1",
    route_handlers=[read_timeline],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens)},
    tags=["customers"],
)
