"""Doors to held edits: the list for managers of a store, apply and dismiss."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import Role
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.customers.queries import Fields, read_profiles, revisions
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.access import provide_lens
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters
from server.review import held_edits
from server.review.held_edits import Held
from server.review.names import Named, named
from server.scope import customer_scopes

MANAGERS = (Role.STORE_MANAGER, Role.ZONE_MANAGER)
OLDEST = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))


class HeldEdit(Struct, omit_defaults=True):
    """An edit that did not pass, for a manager to decide. Values are as his lens shows them."""

    mutation_id: UUID
    record_id: UUID
    customer: Named
    op: str  # what was meant: "field.set@1", ...
    author: UUID
    at: int  # wall milliseconds UTC when it was said, by the author's clock (clamped)
    held_at: int  # wall milliseconds UTC when it did not pass
    code: str  # why
    store: str | None = None
    path: str | None = None  # field or field/entry, where it is about one
    said: dict[str, Any] = {}  # field -> what the author says
    standing: dict[str, Any] = {}  # field -> what stands today


class Reviewed(Struct):
    """The end of a held edit."""

    mutation_id: UUID
    review: str  # applied, dismissed


@get("/held-edits", opt={QUERY: ("cursor", "limit")})
async def list_held_edits(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[HeldEdit]:
    """Edits of the manager's stores that did not pass, the oldest first."""
    _require_manager(principal)
    listing = Listing.asked(request, principal, cursor, limit, "held-edits")
    after = listing.after(tuple[datetime, UUID]) or OLDEST
    found = await held_edits.held_edits(connection, principal, lens, after=after, limit=listing.rows)
    page = listing.page(found, lambda edit: (edit.held_at, edit.mutation_id))
    scopes = customer_scopes(principal)
    people = await read_profiles(
        connection, list({edit.record_id for edit in page.data}), scopes=scopes, lens=lens
    )
    await chain.append_many(
        connection,
        principal,
        "held_edit.listed",
        "customer",
        [(edit.record_id, {"fields": sorted(edit.said(lens) or {})}) for edit in page.data],
    )
    return Page(
        data=[_shown(edit, lens, people.get(edit.record_id, {})) for edit in page.data],
        has_more=page.has_more,
        next_cursor=page.next_cursor,
    )


@post("/held-edits/{mutation_id:uuid}/apply", status_code=200)
async def apply_held_edit(
    mutation_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Reviewed:
    """Let it stand, by one's own right, as its author's word."""
    _require_manager(principal)
    held = await held_edits.held_edit(connection, principal, lens, mutation_id)
    await held_edits.apply(
        connection,
        principal,
        held,
        now=datetime.now(UTC),
        policies=request.app.state.policies,
        seen=await revisions(connection, held.record_id),
    )
    return Reviewed(mutation_id=mutation_id, review="applied")


@post("/held-edits/{mutation_id:uuid}/dismiss", status_code=200)
async def dismiss_held_edit(
    mutation_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Reviewed:
    """Let it go; its author is told."""
    _require_manager(principal)
    held = await held_edits.held_edit(connection, principal, lens, mutation_id)
    await held_edits.dismiss(connection, principal, held)
    return Reviewed(mutation_id=mutation_id, review="dismissed")


def _require_manager(principal: Principal) -> None:
    if principal.role not in MANAGERS:
        raise Refusal(ErrorCode.NOT_ALLOWED)


def _shown(edit: Held, lens: Lens, fields: Fields) -> HeldEdit:
    return HeldEdit(
        mutation_id=edit.mutation_id,
        record_id=edit.record_id,
        customer=named(fields),
        op=edit.op,
        author=edit.author,
        at=edit.hlc >> 16,
        held_at=int(edit.held_at.timestamp() * 1000),
        code=edit.code,
        store=edit.store,
        path=edit.path,
        said=edit.said(lens) or {},
        standing={
            field: msgspec.json.decode(fields[field])
            for field in held_edits.fields_spoken_of(edit)
            if field in fields
        },
    )


router = Router(
    "/v1",
    route_handlers=[list_held_edits, apply_held_edit, dismiss_held_edit],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens)},
    tags=["review"],
)
