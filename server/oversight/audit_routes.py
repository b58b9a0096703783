"""Doors to the audit trail, for the privacy officer: read it, take it away, keep its head elsewhere."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from schemas.problem import ErrorCode, FieldError
from schemas.staff import Role
from server.audit import chain
from server.audit.alarms import raise_alarm
from server.audit.head import Head
from server.audit.sealing import head_of
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.database.pool import Connection
from server.gate import ANSWERS
from server.oversight.trail import NEWEST, Event, Wanted, all_events, events
from server.problems import Refusal
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters

FILTERS = ("actor", "subject", "device", "action", "since", "until")
LINES = "application/x-ndjson"

Action = Annotated[str | None, QueryParameter(min_length=1, max_length=60, pattern="^[a-z_.]+$")]
Id = Annotated[UUID | None, QueryParameter()]
Instant = Annotated[datetime | None, QueryParameter()]


@get("/audit", opt={QUERY: (*FILTERS, "cursor", "limit")})
async def list_events(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    actor: Id = None,
    subject: Id = None,
    device: Id = None,
    action: Action = None,
    since: Instant = None,
    until: Instant = None,
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[Event]:
    """Who did what to whom, newest first. ``action`` is a whole name or the beginning of one: ``policy.``"""
    _require_officer(principal)
    wanted = _wanted(actor, subject, device, action, since, until)
    listing = Listing.asked(request, principal, cursor, limit, "audit", _named(wanted))
    place = listing.after(tuple[int])
    rows = await events(
        connection, principal.brand, wanted, before=place[0] if place else NEWEST, limit=listing.rows
    )
    await chain.append(connection, principal, "audit.read", facts={"asked": _asked(wanted)})
    return listing.page(rows, lambda row: (row.id,))


@get("/audit/export", opt={QUERY: FILTERS, ANSWERS: (LINES,)})
async def export_events(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    actor: Id = None,
    subject: Id = None,
    device: Id = None,
    action: Action = None,
    since: Instant = None,
    until: Instant = None,
) -> Response[bytes]:
    """The same as one file of JSON lines, as long as the role may take away so many."""
    _require_officer(principal)
    wanted = _wanted(actor, subject, device, action, since, until)
    most = principal.cap.export_rows
    lines = [
        msgspec.json.encode(event)
        async for event in all_events(
            connection, principal.brand, wanted, most=NEWEST if most is None else most + 1
        )
    ]
    if most is not None and len(lines) > most:
        await raise_alarm(
            request.app.state.pool,
            "export_refused",
            once=f"{principal.associate_id} {datetime.now().date()}",
            brand=principal.brand,
            associate_id=principal.associate_id,
            facts={"cap": most},
        )
        raise Refusal(ErrorCode.EXPORT_TOO_LARGE, f"at most {most} lines at once: narrow the time")
    await chain.append(
        connection, principal, "audit.exported", facts={"asked": _asked(wanted), "rows": len(lines)}
    )
    headers = {"content-disposition": 'attachment; filename="audit.jsonl"'}
    return Response(b"".join(line + b"\n" for line in lines), media_type=LINES, headers=headers)


@get("/audit/head")
async def read_head(connection: NamedDependency[Connection], principal: NamedDependency[Principal]) -> Head:
    """Where the trail ends, signed; kept elsewhere it shows that nothing was cut off."""
    _require_officer(principal)
    head = await head_of(connection)
    if head is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return head


def _require_officer(principal: Principal) -> None:
    if principal.role is not Role.PRIVACY_OFFICER:
        raise Refusal(ErrorCode.NOT_ALLOWED)


def _wanted(
    actor: UUID | None,
    subject: UUID | None,
    device: UUID | None,
    action: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Wanted:
    for name, instant in (("since", since), ("until", until)):
        if instant is not None and instant.tzinfo is None:
            raise Refusal(
                ErrorCode.INVALID, errors=(FieldError(pointer=f"/{name}", detail="says no time zone"),)
            )
    return Wanted(actor=actor, subject=subject, device=device, action=action, since=since, until=until)


def _named(wanted: Wanted) -> str:
    return msgspec.json.encode(wanted).decode()


def _asked(wanted: Wanted) -> list[str]:
    return [name for name in FILTERS if getattr(wanted, name) is not None]


router = Router(
    "/v1",
    route_handlers=[list_events, export_events, read_head],
    guards=[known_parameters],
    opt={UNCOUNTED: True},
    tags=["oversight"],
)
