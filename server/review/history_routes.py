"""Doors to what a field of a customer held before, and to taking it back."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from schemas.customer import FIELDS
from schemas.mutations import AddElement, Mutation, PutEntry, SetField
from schemas.problem import ErrorCode, FieldError
from schemas.record import Stamp, Struct
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.customers.queries import revisions
from server.database.pool import Connection
from server.problems import Refusal
from server.replication.history import UNDO_FOR, Past, past_named, past_of
from server.rest.access import provide_lens, require_reachable
from server.rest.idempotency import IdempotencyKey, claim
from server.rest.paging import QUERY, ROWS, Cursor, Cursors, Limit, Listing, Page, Word, known_parameters
from server.rest.writing import Writer, provide_writer
from server.scope import AS_CALLER
from sync.merge_rules import RULES, Rule

NEWEST = 1 << 62


class PastValue(Struct, omit_defaults=True):
    """A value that once stood, or that somebody said and another word was kept."""

    entry_id: str  # tells nothing: how many values gave way elsewhere is nobody's to count
    path: str  # field or field/entry
    value: Any
    ended_at: int  # wall milliseconds UTC when it gave way
    lost_to: UUID  # the edit it gave way to
    undo_until: int  # wall milliseconds UTC
    said: Stamp | None = None  # who, when, where, by which channel; None where nobody said it


class Restored(Struct):
    """What stands again."""

    path: str
    value: Any


@get("/customers/{customer_id:uuid}/history", opt={QUERY: ("field", "cursor", "limit"), AS_CALLER: True})
async def read_history(
    customer_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    field: Word = None,
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[PastValue]:
    """What her fields held before, newest first: only of fields whose value this person reads in clear."""
    if field is not None and field not in FIELDS:
        raise Refusal(ErrorCode.INVALID, errors=(FieldError(pointer="/field", detail="no such field"),))
    await require_reachable(connection, principal, customer_id)
    readable = [name for name in ([field] if field else FIELDS) if lens.reads(name)]
    listing = Listing.asked(request, principal, cursor, limit, "history", str(customer_id), field)
    place = listing.after(tuple[int])
    rows = await past_of(
        connection, customer_id, fields=readable, before=place[0] if place else NEWEST, limit=listing.rows
    )
    await chain.append(
        connection,
        principal,
        "customer.history_read",
        subject_kind="customer",
        subject_id=customer_id,
        facts={"fields": sorted({row.path.partition("/")[0] for row in rows[: listing.limit]})},
    )
    page = listing.page(rows, lambda row: (row.entry_id,))
    entries = _entries(request, customer_id)
    return Page(
        data=[_shown(row, entries) for row in page.data],
        has_more=page.has_more,
        next_cursor=page.next_cursor,
    )


@post("/customers/{customer_id:uuid}/history/{entry_id:str}/restore", status_code=200)
async def restore(
    customer_id: FromPath[UUID],
    entry_id: FromPath[str],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
    idempotency_key: IdempotencyKey = None,
) -> Restored:
    """Let a value stand again, within thirty days of its giving way. What stands now goes to the history."""
    await require_reachable(connection, principal, customer_id)
    number = _number_of(_entries(request, customer_id), entry_id)
    past = await past_named(connection, customer_id, number) if number is not None else None
    if past is None or not lens.reads(past.path.partition("/")[0]):
        raise Refusal(ErrorCode.NOT_FOUND)
    if past.ended_at + UNDO_FOR < datetime.now(UTC):
        raise Refusal(ErrorCode.TOO_LATE)
    seen = await revisions(connection, customer_id)
    claimed = await claim(connection, principal, request, idempotency_key)
    await writer.write(customer_id, [restoring(past)], claimed=claimed, seen=seen)
    return Restored(path=past.path, value=past.value)


def restoring(past: Past) -> Mutation:
    """Return the edit that lets a value stand again.

    Raises:
        Refusal: PRECONDITION for what cannot be said again.
    """
    field, _, entry = past.path.partition("/")
    match RULES.get(field):
        case Rule.PLAIN | Rule.GUARDED:
            return SetField(field=field, value=past.value)
        case Rule.KEYED if past.value is not None:
            return PutEntry(field=field, key=entry, value=past.value)
        case Rule.ADD_WINS:
            return AddElement(field=field, element=entry)
        case _:
            raise Refusal(ErrorCode.PRECONDITION)


def _entries(request: Request[Any, Any, Any], customer_id: UUID) -> Cursors:
    return Cursors(request.app.state.settings, None, ("history entry", str(customer_id)))


def _number_of(entries: Cursors, entry_id: str) -> int | None:
    """Return the entry that was told under this name, or None."""
    try:
        place = entries.open(entry_id, tuple[int])
    except Refusal:
        return None
    return place[0] if place else None


def _shown(past: Past, entries: Cursors) -> PastValue:
    return PastValue(
        entry_id=entries.seal((past.entry_id,)),
        path=past.path,
        value=past.value,
        ended_at=_ms(past.ended_at),
        lost_to=past.lost_to,
        undo_until=_ms(past.ended_at + UNDO_FOR),
        said=past.said,
    )


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


router = Router(
    "/v1",
    route_handlers=[read_history, restore],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens), "writer": Provide(provide_writer)},
    tags=["customers"],
)
