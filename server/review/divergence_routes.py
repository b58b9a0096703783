"""The door to alarms of the digest: tablets that were found to hold something else than they should."""

from typing import Any
from uuid import UUID

from litestar import Request, Router, get
from litestar.di import NamedDependency

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import Role
from server.auth.principal import Principal
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters

WATCHING = (Role.HEAD_OFFICE_CRM, Role.ADMINISTRATOR)
LATEST = 2**62


class Divergence(Struct, omit_defaults=True):
    """One time that a tablet held something else than it should. It has been mended."""

    id: int
    device_id: UUID
    associate_id: UUID
    at: int  # wall milliseconds UTC
    buckets: int  # of 256: how widely it differed
    app_version: str
    store: str | None = None


@get("/divergences", opt={QUERY: ("cursor", "limit")})
async def list_divergences(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[Divergence]:
    """Tablets that differed from the server, the latest first. Head office and administrators read it."""
    if principal.role not in WATCHING:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    listing = Listing.asked(request, principal, cursor, limit, "divergences")
    before = listing.after(tuple[int]) or (LATEST,)
    rows = await connection.fetch(
        """
        select id, device_id, associate_id, store, buckets, app_version,
               (extract(epoch from created_at) * 1000)::bigint as at
        from divergence where id < $1 order by id desc limit $2
        """,
        before[0],
        listing.rows,
    )
    found = [Divergence(**row) for row in rows]
    return listing.page(found, lambda each: (each.id,))


router = Router("/v1", route_handlers=[list_divergences], guards=[known_parameters], tags=["review"])
