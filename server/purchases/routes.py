"""The door to a customer's purchases, over all channels in one list."""

from typing import Any
from uuid import UUID

from litestar import Request, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from schemas.purchase import Purchase
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.purchases import queries
from server.rest.access import provide_lens, require_reachable, require_readable
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, Word, known_parameters
from server.scope import AS_CALLER


@get(
    "/customers/{customer_id:uuid}/purchases",
    opt={QUERY: ("channel", "store", "cursor", "limit"), AS_CALLER: True},
)
async def list_purchases(
    customer_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    channel: Word = None,
    store: Word = None,
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[Purchase]:
    """Purchases with their lines, channel and store, newest first."""
    require_readable(lens, "purchases")
    await require_reachable(connection, principal, customer_id)
    about = ("purchases", str(customer_id), channel, store)
    listing = Listing.asked(request, principal, cursor, limit, *about)
    rows = await queries.list_purchases(
        connection,
        customer_id,
        channel=channel,
        store=store,
        before=listing.after(tuple[int, UUID]),
        limit=listing.rows,
    )
    await chain.append(
        connection, principal, "customer.purchases_read", subject_kind="customer", subject_id=customer_id
    )
    return listing.page(rows, lambda row: (row.at, row.purchase_id))


router = Router(
    "/v1",
    route_handlers=[list_purchases],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens)},
    tags=["customers"],
)
