"""Door to what advertising cost, beside the customers whom it brought."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from litestar import Request, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from schemas.problem import ErrorCode, FieldError
from schemas.record import Struct
from schemas.visibility import Lens
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.database.pool import Connection
from server.imports.routes import require_keeper
from server.problems import Refusal
from server.rest.access import provide_lens
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters

MOST_DAYS = 1_100  # of one question
Day = Annotated[date, QueryParameter()]
Cut = Annotated[Literal["channel", "campaign", "day"], QueryParameter()]

_CUTS = {
    "channel": "utm_source, utm_medium",
    "campaign": "utm_source, utm_medium, campaign, campaign_id",
    "day": "day, utm_source, utm_medium",
}
_PLACES = {
    "channel": "''::text, utm_source, utm_medium, ''::text, ''::text",
    "campaign": "''::text, utm_source, utm_medium, campaign, campaign_id",
    "day": "day::text, utm_source, utm_medium, ''::text, ''::text",
}
_ALL = ("day", "utm_source", "utm_medium", "campaign", "campaign_id")


class AdvertisingCost(Struct, omit_defaults=True):
    """What some advertising came to in one currency, and whom it brought."""

    source: str
    medium: str
    day: date | None = None
    campaign: str | None = None
    campaign_id: str | None = None
    currency: str | None = None
    cost: int | None = None  # minor units
    impressions: int | None = None
    clicks: int | None = None
    # Customers whose origin names a campaign of it, acquired on its days; absent without a right to origins.
    customers: int | None = None
    cost_per_customer: int | None = None  # minor units; absent where nobody came


@get("/advertising-costs", opt={QUERY: ("first_day", "last_day", "by", "cursor", "limit")})
async def list_costs(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    first_day: Day,
    last_day: Day,
    by: Cut = "channel",
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[AdvertisingCost]:
    """Costs of some days by channel, campaign or day, beside the new customers that came of them.

    Two currencies of one campaign are two rows, each beside all of its customers.
    """
    require_keeper(principal)
    if not timedelta() <= last_day - first_day < timedelta(days=MOST_DAYS):
        detail = f"at most {MOST_DAYS} days, the last one not before the first"
        raise Refusal(ErrorCode.INVALID, errors=(FieldError(pointer="/last_day", detail=detail),))
    listing = Listing.asked(
        request, principal, cursor, limit, "advertising-costs", by, str(first_day), str(last_day)
    )
    place = listing.after(tuple[str, str, str, str, str, str])
    cut = _CUTS[by]
    kept = ", ".join(name if name in cut.split(", ") else f"null as {name}" for name in _ALL)
    same = " and ".join(f"o.{name} = g.{name}" for name in cut.split(", "))
    rows = await connection.fetch(
        f"""
        with line as (
          select * from advertising_cost where brand = $1 and day between $2 and $3),
        grouped as (
          select {cut}, currency, sum(cost)::int8 as cost, sum(impressions)::int8 as impressions,
                 sum(clicks)::int8 as clicks
          from line group by {cut}, currency),
        told as (
          select {kept}, currency, cost, impressions, clicks,
                 row({_PLACES[by]}, coalesce(currency, '')) as place
          from grouped)
        select *, (
          select count(*) from customer c
          where $4 and c.brand = $1 and c.alias_of is null and c.erased_at is null
            and exists (
              select from line o where {same} and o.campaign <> '' and o.campaign = c.origin ->> 'campaign'
                and o.day = ((to_timestamp((c.origin ->> 'at')::int8 / 1000.0) at time zone 'UTC')::date))
        ) as customers
        from told g
        where $5::text is null or place > row($5, $6::text, $7::text, $8::text, $9::text, $10::text)
        order by place limit $11
        """,  # noqa: S608 (the names are ours)
        principal.brand,
        first_day,
        last_day,
        lens.reads("origin"),
        *(place or (None,) * 6),
        listing.rows,
    )
    found = [_shown(row, counted=lens.reads("origin")) for row in rows]
    return listing.page(found, _place)


def _shown(row: Any, *, counted: bool) -> AdvertisingCost:
    brought = row["customers"] if counted else None
    return AdvertisingCost(
        source=row["utm_source"],
        medium=row["utm_medium"],
        day=row["day"],
        campaign=row["campaign"],
        campaign_id=row["campaign_id"],
        currency=row["currency"],
        cost=row["cost"],
        impressions=row["impressions"],
        clicks=row["clicks"],
        customers=brought,
        cost_per_customer=round(row["cost"] / brought) if brought and row["cost"] is not None else None,
    )


def _place(line: AdvertisingCost) -> tuple[str, ...]:
    return (
        line.day.isoformat() if line.day else "",
        line.source,
        line.medium,
        line.campaign or "",
        line.campaign_id or "",
        line.currency or "",
    )


router = Router(
    "/v1",
    route_handlers=[list_costs],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens)},
    opt={UNCOUNTED: True},
    tags=["imports"],
)
