"""The door to the tablets of a house: which there are, where, since when, and when each last called."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, Router, get
from litestar.di import NamedDependency

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import Role
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.auth.routes import MANAGERS
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, Word, known_parameters

OF_THE_BRAND: Final = (Role.ADMINISTRATOR, Role.PRIVACY_OFFICER)
READERS: Final = (*MANAGERS, Role.PRIVACY_OFFICER)
AFTER_ALL: Final = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=0))


class Tablet(Struct, omit_defaults=True):
    """A tablet; its id is what revoking it and listing whom it may hold ask for."""

    device_id: UUID
    name: str
    store: str
    enrolled_at: datetime
    last_seen_at: datetime | None = None  # its last sync
    revoked_at: datetime | None = None


@get("/devices", opt={QUERY: ("store", "cursor", "limit"), UNCOUNTED: True})
async def list_devices(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    store: Word = None,
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[Tablet]:
    """Tablets, the newest first: of their stores for managers, of the brand for the privacy officer too."""
    if principal.role not in READERS:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    listing = Listing.asked(request, principal, cursor, limit, "devices", store)
    place = listing.after(tuple[datetime, UUID]) or AFTER_ALL
    rows = await connection.fetch(
        """
        select d.id as device_id, d.name, d.store, d.enrolled_at, d.revoked_at,
               (select max(i.seen_at) from device_incarnation i where i.device_id = d.id) as last_seen_at
        from device d join store s on s.code = d.store
        where s.brand = $1 and ($2::text[] is null or d.store = any($2))
          and ($3::text is null or d.store = $3) and (d.enrolled_at, d.id) < ($4, $5)
        order by d.enrolled_at desc, d.id desc limit $6
        """,
        principal.brand,
        None if principal.role in OF_THE_BRAND else list(principal.stores),
        store,
        *place,
        listing.rows,
    )
    found = [Tablet(**dict(row)) for row in rows]
    return listing.page(found, lambda each: (each.enrolled_at, each.device_id))


router = Router("/v1", route_handlers=[list_devices], guards=[known_parameters], tags=["staff"])
