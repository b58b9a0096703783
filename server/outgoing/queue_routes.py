"""Doors to what is leaving the house: what waits, and what waits for a person."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import Role
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.outgoing import queue
from server.problems import Refusal
from server.rest.access import provide_lens, require_readable
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters

WATCHERS = (Role.HEAD_OFFICE_CRM, Role.PRIVACY_OFFICER)
TOLD_WITH = {queue.MESSAGE: "messages", queue.CONFIRMATION: "consents"}  # kind -> what tells of it besides
STATES = {"stuck": queue.STUCK, "waiting": ("waiting", "sending", "leaving")}


class Retried(Struct):
    """How many lines are tried again."""

    lines: int


@get("/outgoing", opt={QUERY: ("which", "cursor", "limit")})
async def list_outgoing(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    which: Annotated[Literal["stuck", "waiting"], QueryParameter()] = "stuck",
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[queue.Line]:
    """What waits for a person (nobody took it, or nobody knows), the oldest first; or what waits to leave.

    That something is written to her is told to whoever may read it: her messages, or what she consents to.
    """
    kinds = _watched(principal, lens)
    listing = Listing.asked(request, principal, cursor, limit, "outgoing", which)
    rows = await queue.lines(
        connection,
        STATES[which],
        brand=principal.brand,
        after=listing.after(tuple[datetime, UUID]),
        limit=listing.rows,
        kinds=kinds,
    )
    page = listing.page(rows, lambda row: (row.created_at, row.id))
    subjects: list[tuple[UUID | None, dict[str, Any]]] = [
        (each, {}) for each in sorted({row.customer_id for row in page.data})
    ]
    await chain.append_many(connection, principal, "outgoing.listed", "customer", subjects or [(None, {})])
    return page


@post("/outgoing/{line_id:uuid}/retry", status_code=200)
async def retry_line(
    line_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Retried:
    """Try again what waits for a person. What is unsure may reach her twice."""
    kinds = _watched(principal, lens)
    lines = await queue.retry(
        connection, [line_id], brand=principal.brand, now=datetime.now(UTC), kinds=kinds
    )
    if not lines:
        raise Refusal(ErrorCode.NOT_FOUND)
    await chain.append(connection, principal, "outgoing.retried", facts={"lines": lines})
    return Retried(lines=lines)


def _watched(principal: Principal, lens: Lens) -> list[str]:
    if principal.role not in WATCHERS:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    require_readable(lens, *TOLD_WITH.values())
    return [kind for kind, field in TOLD_WITH.items() if lens.reads(field)]


router = Router(
    "/v1",
    route_handlers=[list_outgoing, retry_line],
    dependencies={"lens": Provide(provide_lens)},
    guards=[known_parameters],
    tags=["messages"],
)
