"""Doors to how long what is kept: rules, within what the law lets change, and the preview."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from schemas.problem import ErrorCode, FieldError
from schemas.record import Struct
from server.audit import chain
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.database.pool import Connection
from server.privacy import retention, retention_rules
from server.privacy.officer import require_officer
from server.privacy.traces import due_traces
from server.problems import Refusal
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, known_parameters

Ahead = Annotated[int, QueryParameter(ge=0, le=366)]  # days


class RetentionPreview(Struct):
    """Who would be erased now, or will be, by which rule and when; the longest over first.

    ``traces`` counts, by rule, what would be let go of people who stay; on the first page alone.
    """

    data: list[retention.Due]
    has_more: bool
    next_cursor: str | None
    traces: dict[str, int] | None


class RetentionRules(Struct):
    """How long what is kept, and what goes with the person or stays."""

    data: list[retention_rules.Standing]
    with_the_person: str = retention_rules.WITH_THE_PERSON
    stays: str = retention_rules.STAYS


class Months(Struct, forbid_unknown_fields=True):
    """How long from now on."""

    months: Annotated[int, msgspec.Meta(ge=1, le=1200)]


@get("/", opt={QUERY: ("ahead", "rule", "months", "cursor", "limit")})
async def preview_retention(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    ahead: Ahead = 0,
    rule: Annotated[str | None, QueryParameter()] = None,
    months: Annotated[int | None, QueryParameter(ge=1, le=1200)] = None,
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> RetentionPreview:
    """Whose time is over, or will be within ``ahead`` days: the warning before it is done.

    With ``rule`` and ``months`` it is simulated that the rule said so many: whom a change would touch.

    Nobody is erased and nothing let go by looking; `comptoir privacy retention --apply` does.
    """
    require_officer(principal)
    suppose = _supposed(rule, months)
    listing = Listing.asked(request, principal, cursor, limit, "retention", str(ahead), str(suppose))
    after = listing.after(tuple[datetime, UUID])
    at = datetime.now(UTC) + timedelta(days=ahead)
    found = await retention.due(
        connection,
        now=at,
        brand=principal.brand,
        after=after,
        limit=listing.rows,
        suppose=suppose,
    )
    page = listing.page(found, lambda each: (each.due_at, each.customer_id))
    traces = None
    if after is None:
        traces = await due_traces(
            connection, principal.brand, now=at, own_acts=retention.OWN_ACTS, suppose=suppose
        )
    await chain.append(connection, principal, "retention.previewed", facts={"found": len(page.data)})
    return RetentionPreview(
        data=page.data,
        has_more=page.has_more,
        next_cursor=page.next_cursor,
        traces=traces,
    )


def _supposed(rule: str | None, months: int | None) -> retention_rules.Supposed:
    if rule is None and months is None:
        return None
    if rule is None or months is None:
        missing = "/rule" if rule is None else "/months"
        said = FieldError(pointer=missing, detail="required: rule and months, both or neither")
        raise Refusal(ErrorCode.INVALID, errors=(said,))
    return retention_rules.supposed(rule, months)


@get("/rules", opt={UNCOUNTED: True})
async def read_retention_rules(
    connection: NamedDependency[Connection], principal: NamedDependency[Principal]
) -> RetentionRules:
    """How long what is kept here, on what basis, and within what bounds that may be changed."""
    require_officer(principal)
    return RetentionRules(data=await retention_rules.in_force(connection, principal.brand))


@put("/rules/{name:str}", opt={UNCOUNTED: True})
async def change_retention_rule(
    name: FromPath[str],
    data: JSONBody[Months],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> RetentionRules:
    """Keep something longer or shorter, within the bounds. Look at the preview before it is next applied."""
    require_officer(principal)
    await retention_rules.change(connection, principal, name, months=data.months)
    return RetentionRules(data=await retention_rules.in_force(connection, principal.brand))


router = Router(
    "/v1/privacy/retention",
    route_handlers=[preview_retention, read_retention_rules, change_retention_rule],
    guards=[known_parameters],
    tags=["privacy"],
)
