"""Doors to merging: what it would keep, merging, what was merged, and taking it back."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import Role
from schemas.visibility import FieldGroup, Lens, field_groups, project
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.identity import merging
from server.identity.queries import MergeLine, merges_of
from server.identity.survivorship import LOSER, WINNER
from server.policy.in_force import Policies
from server.problems import Refusal
from server.rest.access import provide_lens, require_reachable
from server.rest.idempotency import IdempotencyKey, claim, keep_result
from server.rest.paging import known_parameters
from sync.reducer import value_at

MERGERS = (Role.HEAD_OFFICE_CRM, Role.INTEGRATION)  # who may say that two records are one person
_SIDES = {"this": LOSER, "into": WINNER}
_WORDS = {LOSER: "this", WINNER: "into"}


class MergeRequest(Struct, omit_defaults=True):
    """Into whom a customer is merged, and the single values somebody chose: of ``this`` or of ``into``."""

    into: UUID
    keep: dict[str, Literal["this", "into"]] = {}
    reason: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class Decided(Struct, omit_defaults=True):
    """From where a value would stay. ``both``: they agree, or everything of both stays."""

    keep: str  # this, into, both
    this: Any = None
    into: Any = None


class MergePreview(Struct):
    """What would be kept from where, by path, as far as the person asking may read it."""

    into: UUID
    merged: UUID
    values: dict[str, Decided]


class Merged(Struct):
    """Who was merged into whom."""

    id: UUID  # the customer who answers for both
    merged: UUID


class Unmerged(Struct):
    """Who is a customer of her own again, and whom she left."""

    id: UUID
    was_merged_into: UUID


class Merges(Struct):
    """The merges of a customer and of those merged into her, latest first."""

    data: list[MergeLine]


@post("/customers/{customer_id:uuid}/merge/preview", status_code=200)
async def preview_merge(
    customer_id: FromPath[UUID],
    data: JSONBody[MergeRequest],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> MergePreview:
    """What a merge would keep from where. Nothing is changed."""
    require_merger(principal)
    pair = await merging.lock_pair(connection, principal, loser=customer_id, winner=data.into)
    plan = merging.plan_of(pair, _choices(data), principal.associate_id)
    decided: dict[str, Decided] = {}
    for path, kept in sorted(plan.combined.kept.items()):
        if lens.reads(path.partition("/")[0]):
            decided[path] = Decided(
                keep=_WORDS.get(kept.source, kept.source),
                this=_shown(pair.loser.values, path, lens),
                into=_shown(pair.winner.values, path, lens),
            )
    await chain.append_many(
        connection,
        principal,
        "customer.merge_previewed",
        "customer",
        [(customer_id, {}), (data.into, {})],
    )
    return MergePreview(into=data.into, merged=customer_id, values=decided)


@post("/customers/{customer_id:uuid}/merge", status_code=200)
async def merge_customer(
    customer_id: FromPath[UUID],
    data: JSONBody[MergeRequest],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    idempotency_key: IdempotencyKey = None,
) -> Merged:
    """Merge this customer into another. Her links move, nothing is deleted; it can be undone at any time."""
    require_merger(principal)
    claimed = await claim(connection, principal, request, idempotency_key)
    if not claimed.repeated:
        pair = await merging.lock_pair(connection, principal, loser=customer_id, winner=data.into)
        await merging.merge(
            connection,
            principal,
            pair,
            choices=_choices(data),
            reason=data.reason,
            groups=await _groups(request, principal),
            now=datetime.now(UTC),
        )
        await keep_result(connection, claimed, data.into)
    return Merged(id=data.into, merged=customer_id)


@post("/customers/{customer_id:uuid}/unmerge", status_code=200)
async def unmerge_customer(
    customer_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    idempotency_key: IdempotencyKey = None,
) -> Unmerged:
    """Take a merge back: what was said under her id is hers again, also what was said since."""
    require_merger(principal)
    claimed = await claim(connection, principal, request, idempotency_key)
    if claimed.repeated and claimed.record_id is not None:
        return Unmerged(id=customer_id, was_merged_into=claimed.record_id)
    root = await merging.unmerge(
        connection,
        principal,
        customer_id,
        groups=await _groups(request, principal),
        now=datetime.now(UTC),
    )
    await keep_result(connection, claimed, root)
    return Unmerged(id=customer_id, was_merged_into=root)


@get("/customers/{customer_id:uuid}/merges")
async def read_merges(
    customer_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Merges:
    """Who was merged into this customer, by whom, and from where each value came that the role may read."""
    require_merger(principal)
    await require_reachable(connection, principal, customer_id)
    found = await merges_of(connection, customer_id)
    await chain.append(
        connection, principal, "customer.merges_read", subject_kind="customer", subject_id=customer_id
    )
    return Merges(
        data=[
            msgspec.structs.replace(
                line,
                kept={
                    path: _WORDS.get(source, source)
                    for path, source in line.kept.items()
                    if lens.reads(path.partition("/")[0])
                },
            )
            for line in found
        ]
    )


def require_merger(principal: Principal) -> None:
    """Refuse whoever may not say that two records are one person."""
    if principal.role not in MERGERS:
        raise Refusal(ErrorCode.NOT_ALLOWED)


def _choices(data: MergeRequest) -> dict[str, str]:
    return {field: _SIDES[side] for field, side in data.keep.items()}


def _shown(values: dict[str, Any], path: str, lens: Lens) -> Any:
    field = path.partition("/")[0]
    shown = project({field: values[field]}, lens) if field in values else {}
    return value_at(shown, path) if field in shown else None


async def _groups(request: Request[Any, Any, Any], principal: Principal) -> tuple[FieldGroup, ...]:
    policies: Policies = request.app.state.policies
    return field_groups(await policies.version(request.app.state.pool, principal.policy_version))


router = Router(
    "/v1",
    route_handlers=[preview_merge, merge_customer, unmerge_customer, read_merges],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens)},
    tags=["identity"],
)
