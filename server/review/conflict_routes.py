"""Doors to conflicts: the list for whoever may decide, and the decision."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from schemas.mutations import ResolveConflict
from schemas.problem import ErrorCode, Problem
from schemas.protocol import OutcomeStatus
from schemas.record import Struct
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.customers.queries import read_profiles
from server.database.pool import Connection
from server.problems import Refusal, problem_response
from server.replication import conflicts
from server.replication.conflicts import DECIDERS, Conflict
from server.rest.access import provide_lens
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters
from server.rest.writing import Writer, provide_writer
from server.review.names import Named, named
from server.scope import customer_scopes

OLDEST = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))


class OpenConflict(Struct, omit_defaults=True):
    """Two words on one value, as this person sees them; a value he may not see is absent."""

    conflict_id: UUID
    record_id: UUID
    customer: Named
    field: str
    author: UUID  # whose word "mine" is
    opened_at: int  # wall milliseconds UTC
    mutation_id: UUID  # the author's edit
    mine: Any = None
    theirs: Any = None
    base: Any = None  # what the author had in front of him, if it is still known
    by: str | None = None  # who said what stands: an associate's id, or a source system
    at: int | None = None  # wall milliseconds UTC
    channel: str | None = None
    store: str | None = None


class Decision(Struct, forbid_unknown_fields=True):
    """Which word stands."""

    keep: Annotated[str, msgspec.Meta(pattern=r"^(mine|theirs)$")]


class Decided(Struct):
    """The end of a conflict."""

    conflict_id: UUID
    keep: str


@get("/conflicts", opt={QUERY: ("cursor", "limit")})
async def list_conflicts(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[OpenConflict]:
    """One's own open conflicts, and for managers those of their stores; the oldest first."""
    listing = Listing.asked(request, principal, cursor, limit, "conflicts")
    found = await _open(connection, principal, lens, listing.after(tuple[datetime, UUID]), listing.rows)
    scopes = customer_scopes(principal)
    people = await read_profiles(
        connection, list({each.record_id for each, _ in found}), scopes=scopes, lens=lens
    )
    page = listing.page(found, lambda row: (row[1], row[0].conflict_id))
    await chain.append_many(
        connection,
        principal,
        "conflict.listed",
        "customer",
        [(each.record_id, {"fields": [each.field]}) for each, _ in page.data],
    )
    return Page(
        data=[_shown(each, at, named(people.get(each.record_id, {})), lens) for each, at in page.data],
        has_more=page.has_more,
        next_cursor=page.next_cursor,
    )


@post("/conflicts/{conflict_id:uuid}/resolve", status_code=200)
async def resolve(
    conflict_id: FromPath[UUID],
    data: JSONBody[Decision],
    connection: NamedDependency[Connection],
    writer: NamedDependency[Writer],
) -> Decided | Response[Problem]:
    """Decide. The same decision twice is one; if the value has changed since, both words are shown anew."""
    record_id = await connection.fetchval("select record_id from conflict where id = $1", conflict_id)
    if record_id is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    (outcome,) = await writer.submit(record_id, [ResolveConflict(conflict_id=conflict_id, keep=data.keep)])
    if outcome.status is OutcomeStatus.CONFLICT:  # answered, not raised: what stands now is kept on the card
        return problem_response(ErrorCode.STALE, "somebody changed this value meanwhile")
    writer.require_passed(outcome)
    return Decided(conflict_id=conflict_id, keep=data.keep)


async def _open(
    connection: Connection,
    principal: Principal,
    lens: Lens,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[tuple[Conflict, datetime]]:
    at, conflict_id = after or OLDEST
    rows = await connection.fetch(
        f"""
        select {conflicts.COLUMNS}, created_at from conflict
        where state = 'open' and (owner = $1 or store = any($2)) and field = any($3)
          and (created_at, id) > ($4, $5)
          and exists (select from member m join scope s on s.id = m.scope
                      where m.record_id = conflict.record_id and m.state = 1 and s.key = any($6))
        order by created_at, id limit $7
        """,  # noqa: S608 (columns are ours)
        principal.associate_id,
        list(principal.stores) if principal.role in DECIDERS else [],
        list(lens.levels),
        at,
        conflict_id,
        list(customer_scopes(principal)),
        limit,
    )
    return [(conflicts.conflict_from(row), row["created_at"]) for row in rows]


def _shown(conflict: Conflict, opened_at: datetime, customer: Named, lens: Lens) -> OpenConflict:
    told = conflicts.told(conflict, lens)
    values = {name: msgspec.json.decode(told[name]) for name in ("mine", "theirs", "base") if name in told}
    return OpenConflict(
        conflict_id=conflict.conflict_id,
        record_id=conflict.record_id,
        customer=customer,
        field=conflict.field,
        author=conflict.owner,
        opened_at=int(opened_at.timestamp() * 1000),
        mutation_id=conflict.mutation_id,
        by=told.get("by"),
        at=int(told["at"]) if "at" in told else None,
        channel=told.get("channel"),
        store=conflict.store,
        **values,
    )


router = Router(
    "/v1",
    route_handlers=[list_conflicts, resolve],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens), "writer": Provide(provide_writer)},
    tags=["review"],
)
