"""Doors to what people ask for by right: noted, extended, answered, and the letter about it."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from schemas.record import Struct
from server.audit import chain
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.database.pool import Connection
from server.gate import ANSWERS
from server.privacy import cases, retention_rules
from server.privacy.access_words import Language
from server.privacy.letters import letter
from server.privacy.officer import require_officer
from server.rest.access import require_known
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters


class Asked(Struct, forbid_unknown_fields=True):
    """Who asks for what, and when it reached the house by whatever way."""

    customer_id: UUID
    kind: cases.CaseKind
    received_on: date


class Extension(Struct, forbid_unknown_fields=True):
    """How much longer it takes, and why."""

    months: Annotated[int, msgspec.Meta(ge=1, le=cases.MOST_MONTHS_MORE)]
    reason: cases.WhyLonger


class Answer(Struct, forbid_unknown_fields=True):
    """What became of a request; of what was not done, or not all, why."""

    outcome: cases.Outcome
    reason: cases.WhyNot | None = None


Which = Annotated[Literal["open", "overdue", "answered"], QueryParameter()]


@post("/", status_code=201, opt={UNCOUNTED: True})
async def open_case(
    data: JSONBody[Asked],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> cases.Case:
    """Note a request of a person. She is owed an answer within a month of ``received_on``."""
    require_officer(principal)
    require_known(kind=data.kind)
    return await cases.open_case(
        connection,
        principal,
        data.customer_id,
        kind=data.kind,
        received_on=data.received_on,
        today=_today(),
    )


@get("/", opt={QUERY: ("which", "cursor", "limit")})
async def list_cases(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    which: Which = "open",
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[cases.Case]:
    """Requests that are open, overdue or answered, the soonest due first."""
    require_officer(principal)
    listing = Listing.asked(request, principal, cursor, limit, "cases", which)
    rows = await cases.list_cases(
        connection,
        principal,
        which,
        today=_today(),
        after=listing.after(tuple[date, UUID]),
        limit=listing.rows,
    )
    page = listing.page(rows, lambda case: (case.due_on, case.id))
    await chain.append_many(
        connection,
        principal,
        "privacy.case_listed",
        "customer",
        [(each.customer_id, {}) for each in page.data],
    )
    return page


@get("/{case_id:uuid}")
async def read_case(
    case_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> cases.Case:
    """One request, and what was done about it."""
    require_officer(principal)
    return await _read(connection, principal, case_id)


@get("/{case_id:uuid}/letter", opt={QUERY: ("language",), ANSWERS: (MediaType.HTML,)})
async def read_letter(
    case_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    language: Annotated[Language, QueryParameter()] = "fr",
) -> Response[bytes]:
    """The letter she gets about it as it stands, to read and to print."""
    require_officer(principal)
    case = await _read(connection, principal, case_id)
    months = await retention_rules.months_of(connection, principal.brand, retention_rules.FORMER_VALUES)
    headers = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(letter(case, language, kept_months=months), media_type=MediaType.HTML, headers=headers)


@post("/{case_id:uuid}/extend", status_code=200, opt={UNCOUNTED: True})
async def extend_case(
    case_id: FromPath[UUID],
    data: JSONBody[Extension],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> cases.Case:
    """Take up to two months longer. She has to be told, with the reason, before the first month is over."""
    require_officer(principal)
    return await cases.extend(
        connection, principal, case_id, months=data.months, reason=data.reason, today=_today()
    )


@post("/{case_id:uuid}/answer", status_code=200, opt={UNCOUNTED: True})
async def answer_case(
    case_id: FromPath[UUID],
    data: JSONBody[Answer],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> cases.Case:
    """Close a request with its answer; the letter says it in words."""
    require_officer(principal)
    return await cases.answer(
        connection, principal, case_id, outcome=data.outcome, reason=data.reason, now=datetime.now(UTC)
    )


async def _read(connection: Connection, principal: Principal, case_id: UUID) -> cases.Case:
    case = await cases.read_case(connection, principal, case_id, today=_today())
    await chain.append(
        connection, principal, "privacy.case_read", subject_kind="customer", subject_id=case.customer_id
    )
    return case


def _today() -> date:
    return datetime.now(UTC).date()


router = Router(
    "/v1/privacy/cases",
    route_handlers=[open_case, list_cases, read_case, read_letter, extend_case, answer_case],
    guards=[known_parameters],
    tags=["privacy"],
)
