"""Doors to the review queue: customers who may be one person, and what somebody decided of them."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Router, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.visibility import Lens, field_groups
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.identity import automatic, merging
from server.identity.clusters import MERGE
from server.identity.routes import require_merger
from server.policy.in_force import Policies
from server.problems import Refusal
from server.rest.access import provide_lens
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters
from server.scope import reachable

Which = Annotated[str, QueryParameter(pattern="^(open|merged|dismissed)$")]
_FIELD_OF = {"given": "given_name", "family": "family_name", "postcode": "address", "card": "loyalty_card"}


class Reason(Struct):
    """One thing that was found about a pair: same, slip, sounds, short, swapped, differs and the like."""

    field: str
    found: str
    speaks: str  # "for" or "against"


class PairLine(Struct):
    """Two customers who may be one person."""

    one: UUID
    other: UUID
    sure: bool  # the evidence would do without a person
    reasons: list[Reason]
    state: str
    found_at: datetime


class Decision(Struct):
    """Who stays when a pair is one person."""

    into: UUID


class Automatic(Struct, forbid_unknown_fields=True):
    """Whether sure pairs of the brand are merged without a person."""

    on: bool


class Decided(Struct):
    """What became of a pair."""

    one: UUID
    other: UUID
    state: str


@get("/identity/pairs", opt={QUERY: ("which", "cursor", "limit")})
async def list_pairs(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    which: Which = "open",
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[PairLine]:
    """Pairs that a person should judge, the likeliest first, with the reasons the role may read."""
    require_merger(principal)
    listing = Listing.asked(request, principal, cursor, limit, "pairs", which)
    after = listing.after(tuple[float, UUID, UUID])
    rows = await connection.fetch(
        """
        select p.one, p.other, p.bits, p.findings, p.state, p.found_at from identity_pair p
        join customer c on c.id = p.one
        where p.state = $1 and c.brand = $2
          and ($3::float8 is null or (-p.bits, p.one, p.other) > (-$3::float8, $4::uuid, $5::uuid))
        order by -p.bits, p.one, p.other limit $6
        """,
        which,
        principal.brand,
        *(after or (None, None, None)),
        listing.rows,
    )
    within = await reachable(connection, principal, {row[side] for row in rows for side in ("one", "other")})
    page = listing.page(rows, lambda row: (row["bits"], row["one"], row["other"]))
    shown = [row for row in page.data if which != "open" or {row["one"], row["other"]} <= within]
    await chain.append_many(
        connection,
        principal,
        "customer.pair_read",
        "customer",
        [(row[side], {}) for row in shown for side in ("one", "other")],
    )
    return Page(
        data=[_line(row, lens) for row in shown], has_more=page.has_more, next_cursor=page.next_cursor
    )


@post("/identity/pairs/{one:uuid}/{other:uuid}/merge", status_code=200)
async def merge_pair(
    one: FromPath[UUID],
    other: FromPath[UUID],
    data: JSONBody[Decision],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Decided:
    """The two are one person. Saying it again changes nothing; unmerging takes it back."""
    require_merger(principal)
    if data.into not in (one, other):
        raise Refusal(ErrorCode.INVALID, "into: neither of the two")
    pair = await _locked(connection, one, other)
    if pair["state"] == "merged":
        return Decided(one=pair["one"], other=pair["other"], state="merged")
    loser = other if data.into == one else one
    policies: Policies = request.app.state.policies
    policy = await policies.version(connection, principal.policy_version)
    both = await merging.lock_pair(connection, principal, loser=loser, winner=data.into)
    await merging.merge(
        connection,
        principal,
        both,
        choices={},
        reason="identity",
        groups=field_groups(policy),
        now=datetime.now(UTC),
    )
    return await _decide(connection, principal, pair, "merged")


@post("/identity/pairs/{one:uuid}/{other:uuid}/dismiss", status_code=200)
async def dismiss_pair(
    one: FromPath[UUID],
    other: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Decided:
    """The two are not one person: they are not proposed again."""
    require_merger(principal)
    pair = await _locked(connection, one, other)
    if pair["state"] == "merged":
        raise Refusal(ErrorCode.ALREADY_MERGED)
    if not {one, other} <= await reachable(connection, principal, {one, other}):
        raise Refusal(ErrorCode.NOT_FOUND)
    return await _decide(connection, principal, pair, "dismissed")


@get("/identity/automatic")
async def read_automatic(
    connection: NamedDependency[Connection], principal: NamedDependency[Principal]
) -> Automatic:
    """Whether sure pairs are merged without a person. Each such merge is in the list of merged pairs."""
    require_merger(principal)
    return Automatic(on=await automatic.is_on(connection, principal.brand))


@put("/identity/automatic")
async def switch_automatic(
    data: JSONBody[Automatic], connection: NamedDependency[Connection], principal: NamedDependency[Principal]
) -> Automatic:
    """Let sure pairs be merged without a person, or no longer; those merged stay, and can be unmerged."""
    require_merger(principal)
    await automatic.switch(connection, principal.brand, on=data.on, by=principal.associate_id)
    await chain.append(connection, principal, "identity.switched", facts={"automatic": data.on})
    return data


async def _locked(connection: Connection, one: UUID, other: UUID) -> Any:
    row = await connection.fetchrow(
        "select one, other, state from identity_pair where one = $1 and other = $2 for update",
        *sorted((one, other)),
    )
    if row is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return row


async def _decide(connection: Connection, principal: Principal, pair: Any, state: str) -> Decided:
    await connection.execute(
        """
        update identity_pair set state = $3, decided_by = $4, decided_at = now()
        where one = $1 and other = $2
        """,
        pair["one"],
        pair["other"],
        state,
        principal.associate_id,
    )
    await chain.append_many(
        connection,
        principal,
        f"customer.pair_{state}",
        "customer",
        [(pair["one"], {}), (pair["other"], {})],
    )
    return Decided(one=pair["one"], other=pair["other"], state=state)


def field_of(finding: str) -> str:
    """Return the field of a customer that a finding is about."""
    return _FIELD_OF.get(finding, finding)


def _line(row: Any, lens: Lens) -> PairLine:
    findings = [(each["field"], each["found"], each["bits"]) for each in row["findings"]]
    return PairLine(
        one=row["one"],
        other=row["other"],
        sure=row["bits"] >= MERGE,
        reasons=[
            Reason(field=field, found=found, speaks="for" if bits > 0 else "against")
            for field, found, bits in findings
            if lens.reads(field_of(field))
        ],
        state=row["state"],
        found_at=row["found_at"],
    )


router = Router(
    "/v1",
    route_handlers=[list_pairs, merge_pair, dismiss_pair, read_automatic, switch_automatic],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens)},
    tags=["identity"],
)
