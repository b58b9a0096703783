"""Doors of the privacy officer: erasures, access files, limits, lost tablets, the register."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from schemas.consent import Limit
from schemas.record import Struct
from schemas.visibility import FieldGroup, Policy, field_groups
from server.audit import chain
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.database.pool import Connection
from server.gate import ANSWERS
from server.policy.in_force import Policies, lens_for
from server.privacy import cases, limits, rectifying, stolen
from server.privacy.access import access_file
from server.privacy.access_page import page_of
from server.privacy.access_words import Language
from server.privacy.erasing import erase
from server.privacy.officer import require_officer
from server.privacy.reasons import Reason
from server.privacy.receipts import ErasureReceipt, receipt_of
from server.privacy.register import Activity, register_of
from server.rest.access import require_known, require_reachable
from server.rest.idempotency import IdempotencyKey, claim, keep_result
from server.rest.paging import QUERY, ROWS, Cursor, Listing, known_parameters
from server.rest.paging import Limit as PageLimit


class ErasureRequest(Struct, forbid_unknown_fields=True):
    """Whom to forget, and why."""

    customer_id: UUID
    reason: Reason
    case_id: UUID | None = None


class LimitRequest(Struct, forbid_unknown_fields=True):
    """What is no longer to be done with her data, and why."""

    kind: Limit
    reason: Reason
    case_id: UUID | None = None


class Rectification(Struct, forbid_unknown_fields=True):
    """Single values put right; null clears one."""

    values: dict[str, Any]
    reason: Reason
    case_id: UUID | None = None


class Rectified(Struct):
    """What was put right. What stood there before is found in its history, with who said it and when."""

    rectified: list[str]
    history: str  # where


class Limits(Struct):
    """The limits of a customer, latest first."""

    data: list[limits.LimitLine]


class LostTabletView(Struct):
    """A tablet, and a page of the people it may hold."""

    tablet: stolen.LostTablet
    data: list[stolen.Held]
    has_more: bool
    next_cursor: str | None


class Register(Struct):
    """What is done with personal data here."""

    data: list[Activity]


@post("/erasures", status_code=201, opt={UNCOUNTED: True})
async def erase_person(
    data: JSONBody[ErasureRequest],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    idempotency_key: IdempotencyKey = None,
) -> ErasureReceipt:
    """Forget a person for good, under every id she was merged from. Her sales stay, and lead to nobody.

    It cannot be undone. Tablets forget her with their next call; the receipt says which have.
    """
    require_officer(principal)
    claimed = await claim(connection, principal, request, idempotency_key)
    if claimed.repeated and claimed.record_id is not None:
        case_id = claimed.record_id
    else:
        case_id = (await erase(connection, principal, data.customer_id, reason=data.reason)).case_id
        await cases.note_done(connection, principal, data.case_id, "erased", str(case_id))
        await keep_result(connection, claimed, case_id)
    return await receipt_of(connection, case_id, now=datetime.now(UTC))


@get("/erasures/{case_id:uuid}", opt={UNCOUNTED: True})
async def read_erasure(
    case_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> ErasureReceipt:
    """Which tablets have acknowledged an erasure, which are outstanding, which are covered by their lease."""
    require_officer(principal)
    found = await receipt_of(connection, case_id, now=datetime.now(UTC))
    await chain.append(connection, principal, "erasure.read", subject_kind="erasure", subject_id=case_id)
    return found


@get(
    "/customers/{customer_id:uuid}/file",
    opt={QUERY: ("form", "language", "case"), ANSWERS: (MediaType.JSON, MediaType.HTML)},
)
async def read_access_file(
    customer_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    form: Annotated[Literal["json", "page"], QueryParameter()] = "json",
    language: Annotated[Language, QueryParameter()] = "en",
    case: Annotated[UUID | None, QueryParameter()] = None,
) -> Response[bytes]:
    """Everything kept about a person, for her: as JSON, or with ``form=page`` to read and to print."""
    require_officer(principal)
    file = await access_file(connection, principal, customer_id)
    await cases.note_done(connection, principal, case, "file", form)
    if form == "page":
        headers = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return Response(page_of(file, language), media_type=MediaType.HTML, headers=headers)
    return Response(msgspec.json.encode(file), media_type=MediaType.JSON)


@post("/customers/{customer_id:uuid}/rectifications", status_code=200)
async def rectify(
    customer_id: FromPath[UUID],
    data: JSONBody[Rectification],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Rectified:
    """Put values right at her request, whatever the policy gives the officer to write."""
    require_officer(principal)
    await require_reachable(connection, principal, customer_id)
    fields = await rectifying.rectify(
        connection,
        principal,
        customer_id,
        values=data.values,
        reason=data.reason,
        case_id=data.case_id,
        policies=request.app.state.policies,
        now=datetime.now(UTC),
    )
    return Rectified(rectified=fields, history=f"/v1/customers/{customer_id}/history")


@get("/customers/{customer_id:uuid}/limits")
async def read_limits(
    customer_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Limits:
    """What a customer does not want done with her data, now and before."""
    require_officer(principal)
    await require_reachable(connection, principal, customer_id)
    await chain.append(
        connection, principal, "customer.limits_read", subject_kind="customer", subject_id=customer_id
    )
    return Limits(data=await limits.limits_of(connection, customer_id))


@post("/customers/{customer_id:uuid}/limits", status_code=201, opt={UNCOUNTED: True})
async def limit_processing(
    customer_id: FromPath[UUID],
    data: JSONBody[LimitRequest],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Limits:
    """Restrict processing, or note an objection to profiling. Tablets know it with their next call."""
    require_officer(principal)
    require_known(kind=data.kind)
    groups = await _groups(request, principal)
    await limits.limit(
        connection,
        principal,
        customer_id,
        kind=data.kind,
        reason=data.reason,
        now=datetime.now(UTC),
        groups=groups,
    )
    await cases.note_done(connection, principal, data.case_id, "limited", data.kind.value)
    return Limits(data=await limits.limits_of(connection, customer_id))


@post("/limits/{limit_id:uuid}/lift", status_code=200, opt={UNCOUNTED: True})
async def lift_limit(
    limit_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Limits:
    """Lift a restriction or an objection, at her request."""
    require_officer(principal)
    owner = await limits.lift(
        connection, principal, limit_id, now=datetime.now(UTC), groups=await _groups(request, principal)
    )
    return Limits(data=await limits.limits_of(connection, owner))


@get("/devices/{device_id:uuid}/persons", opt={QUERY: ("cursor", "limit")})
async def read_lost_tablet(
    device_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    cursor: Cursor = None,
    limit: PageLimit = ROWS,
) -> LostTabletView:
    """Whose data a lost or stolen tablet may hold: everybody in the scopes of those who used it, and pins.

    Also who left those since the tablet last called, and the books its users kept for colleagues.

    Of each what the officer's own policy shows; the console tells whoever runs the house the rest.
    """
    require_officer(principal)
    lost = await stolen.tablet(connection, device_id, brand=principal.brand)
    listing = Listing.asked(request, principal, cursor, limit, "persons", str(device_id))
    after = listing.after(tuple[UUID])
    lens = lens_for(await _policy(request, principal), principal)
    rows = await stolen.held_on(connection, lost, after=after[0] if after else None, limit=listing.rows)
    page = listing.page(rows, lambda each: (each.id,))
    await chain.append_many(
        connection, principal, "customer.listed_as_exposed", "customer", [(each.id, {}) for each in page.data]
    )
    return LostTabletView(
        tablet=lost,
        data=[stolen.as_seen(each, lens) for each in page.data],
        has_more=page.has_more,
        next_cursor=page.next_cursor,
    )


@get("/register", opt={UNCOUNTED: True})
async def read_register(request: Request[Any, Any, Any], principal: NamedDependency[Principal]) -> Register:
    """The register of processing, drawn from the schema and the policy in force."""
    require_officer(principal)
    return Register(data=register_of(await _policy(request, principal)))


async def _policy(request: Request[Any, Any, Any], principal: Principal) -> Policy:
    policies: Policies = request.app.state.policies
    return await policies.version(request.app.state.pool, principal.policy_version)


async def _groups(request: Request[Any, Any, Any], principal: Principal) -> tuple[FieldGroup, ...]:
    return field_groups(await _policy(request, principal))


router = Router(
    "/v1/privacy",
    route_handlers=[
        erase_person,
        read_erasure,
        read_access_file,
        rectify,
        read_limits,
        limit_processing,
        lift_limit,
        read_lost_tablet,
        read_register,
    ],
    guards=[known_parameters],
    tags=["privacy"],
)
