"""Doors to loyalty: the standing, the ledger, points given or taken by hand, and points spent."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from schemas.loyalty import LoyaltyEntry
from schemas.mutations import AdjustPoints, RedeemPoints
from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.customers.queries import read_profile
from server.database.pool import Connection
from server.loyalty import queries
from server.problems import Refusal
from server.rest.access import provide_lens, require_reachable, require_readable
from server.rest.idempotency import IdempotencyKey, claim
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters
from server.rest.writing import Writer, provide_writer
from server.scope import AS_CALLER, customer_scopes

_NOTHING = msgspec.Raw(b"null")


class Loyalty(Struct):
    """Where she stands (null: no member), and a page of the ledger, newest first."""

    standing: msgspec.Raw
    ledger: Page[LoyaltyEntry]


@get("/customers/{customer_id:uuid}/loyalty", opt={QUERY: ("cursor", "limit"), AS_CALLER: True})
async def read_loyalty(
    customer_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Loyalty:
    """Tier and points, and how they came about."""
    require_readable(lens, "loyalty")
    listing = Listing.asked(request, principal, cursor, limit, "loyalty", str(customer_id))
    found = await _loyalty(
        connection,
        principal,
        lens,
        customer_id,
        listing,
    )
    await chain.append(
        connection, principal, "customer.loyalty_read", subject_kind="customer", subject_id=customer_id
    )
    return found


@post("/customers/{customer_id:uuid}/loyalty/adjustments", status_code=201)
async def adjust_points(
    customer_id: FromPath[UUID],
    data: JSONBody[AdjustPoints],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
    idempotency_key: IdempotencyKey = None,
) -> Loyalty:
    """Give or take points by hand, with the reason."""
    await require_reachable(connection, principal, customer_id)
    claimed = await claim(connection, principal, request, idempotency_key)
    await writer.write(customer_id, [data], claimed=claimed)
    listing = Listing.asked(request, principal, None, ROWS, "loyalty", str(customer_id))
    return await _loyalty(connection, principal, lens, customer_id, listing)


@post("/customers/{customer_id:uuid}/loyalty/redemptions", status_code=201)
async def redeem_points(
    customer_id: FromPath[UUID],
    data: JSONBody[RedeemPoints],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
    idempotency_key: IdempotencyKey = None,
) -> Loyalty:
    """She spends points: for a reward, or some of the balance. What tablets have set aside is not there."""
    await require_reachable(connection, principal, customer_id)
    claimed = await claim(connection, principal, request, idempotency_key)
    await writer.write(customer_id, [data], claimed=claimed)
    listing = Listing.asked(request, principal, None, ROWS, "loyalty", str(customer_id))
    return await _loyalty(connection, principal, lens, customer_id, listing)


async def _loyalty(
    connection: Connection,
    principal: Principal,
    lens: Lens,
    customer_id: UUID,
    listing: Listing,
) -> Loyalty:
    fields = await read_profile(connection, customer_id, scopes=customer_scopes(principal), lens=lens)
    if fields is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    readable = lens.reads("loyalty")
    before = listing.after(tuple[int, UUID])
    rows = (
        await queries.ledger(connection, customer_id, before=before, limit=listing.rows) if readable else []
    )
    held = fields.get("loyalty")
    return Loyalty(
        standing=msgspec.Raw(held) if held is not None and readable else _NOTHING,
        ledger=listing.page(rows, lambda row: (row.at, row.entry_id)),
    )


router = Router(
    "/v1",
    route_handlers=[read_loyalty, adjust_points, redeem_points],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens), "writer": Provide(provide_writer)},
    tags=["customers"],
)
