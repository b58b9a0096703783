"""Doors to the policy: what is in force, what was, what is drafted and would change, what a role sees."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from schemas.customer import SENSITIVITY
from schemas.problem import ErrorCode, FieldError
from schemas.record import Struct
from schemas.staff import Role
from schemas.visibility import Level, Policy, field_groups
from server.audit import chain
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.customers.views import ONE_CUSTOMER
from server.database.pool import Connection
from server.policy import publication
from server.policy.publication import Draft, Published
from server.problems import Refusal
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters
from server.rule_words import one_of
from server.visibility import view
from server.visibility.preview import Preview, changes_between, preview

READERS = (Role.HEAD_OFFICE_CRM, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR)
EDITORS = (Role.HEAD_OFFICE_CRM, Role.ADMINISTRATOR)
NEWEST = (1 << 31) - 1

Note = Annotated[str, msgspec.Meta(max_length=400)]
Name = Annotated[str, QueryParameter(min_length=1, max_length=60)]
Expand = Annotated[str | None, QueryParameter(min_length=1, max_length=200)]


class PublishedPolicy(Struct):
    """Who may do what, per role and field; a field that is missing is hidden from the role."""

    version: int
    levels: dict[str, dict[str, int]]  # role -> field -> 1 masked, 2 read, 3 write
    groups: dict[str, tuple[str, ...]]  # fields that all roles see alike
    sensitivity: dict[str, str]  # field -> its class of personal data


class DraftChanges(Struct, forbid_unknown_fields=True):
    """Levels to change: 0 hidden, 1 masked, 2 read, 3 write. What is not named stays."""

    changes: dict[str, dict[str, Level]]  # role -> field -> level


class ToPublish(Struct, forbid_unknown_fields=True):
    """Why, in words kept with the version; and the mark of the preview, so that nothing else is published."""

    note: Note = ""
    mark: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class RollBack(Struct, forbid_unknown_fields=True):
    """The version to be in force again; it becomes a new one."""

    version: int
    note: Note = ""


@get("/policy", opt={UNCOUNTED: True})
async def read_policy(
    principal: NamedDependency[Principal], connection: NamedDependency[Connection]
) -> PublishedPolicy:
    """The policy in force, for those who answer for it."""
    _require(principal, READERS)
    return _shown(await publication.standing(connection))


@get("/policy/versions", opt={QUERY: ("cursor", "limit"), UNCOUNTED: True})
async def list_versions(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    connection: NamedDependency[Connection],
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[Published]:
    """Every version, the newest first; one that is not ready says how far it has come."""
    _require(principal, READERS)
    listing = Listing.asked(request, principal, cursor, limit, "policy")
    place = listing.after(tuple[int])
    rows = await publication.published(connection, before=place[0] if place else NEWEST, limit=listing.rows)
    return listing.page(rows, lambda row: (row.version,))


@get("/policy/versions/{version:int}", opt={UNCOUNTED: True})
async def read_version(
    version: FromPath[int],
    principal: NamedDependency[Principal],
    connection: NamedDependency[Connection],
) -> PublishedPolicy:
    """One version as it was published."""
    _require(principal, READERS)
    if not 0 < version < NEWEST:
        raise Refusal(ErrorCode.NOT_FOUND)
    return _shown(await publication.document_of(connection, version))


@get("/policy/draft", opt={UNCOUNTED: True})
async def read_draft(principal: NamedDependency[Principal], connection: NamedDependency[Connection]) -> Draft:
    """The draft."""
    _require(principal, READERS)
    return await _draft(connection)


@patch("/policy/draft", opt={UNCOUNTED: True})
async def edit_draft(
    data: JSONBody[DraftChanges],
    principal: NamedDependency[Principal],
    connection: NamedDependency[Connection],
) -> Draft:
    """Put changes into the draft, or begin one. Nobody's view changes."""
    _require(principal, EDITORS)
    changes = {
        role: {field: Level(level) for field, level in fields.items()}
        for role, fields in data.changes.items()
    }
    draft = await publication.edit_draft(connection, changes, by=principal.associate_id)
    await chain.append(connection, principal, "policy.drafted", facts={"cells": _cells(draft)})
    return draft


@delete("/policy/draft", status_code=204, opt={UNCOUNTED: True})
async def discard_draft(
    principal: NamedDependency[Principal], connection: NamedDependency[Connection]
) -> None:
    """Forget the draft."""
    _require(principal, EDITORS)
    await publication.discard_draft(connection)
    await chain.append(connection, principal, "policy.draft_discarded")


@get("/policy/draft/preview", opt={UNCOUNTED: True})
async def preview_draft(
    principal: NamedDependency[Principal], connection: NamedDependency[Connection]
) -> Preview:
    """Which role would gain or lose which field; how many tablets, edits and customers are concerned."""
    _require(principal, READERS)
    now = await publication.standing(connection)
    return await preview(connection, now, await _draft(connection))


@post("/policy/publish", status_code=202, opt={UNCOUNTED: True})
async def publish(
    data: JSONBody[ToPublish],
    principal: NamedDependency[Principal],
    connection: NamedDependency[Connection],
) -> Published:
    """Publish the draft. It is in force at once, or when every customer is cut into its groups."""
    _require(principal, EDITORS)
    await publication.in_turn(connection)
    now, draft = await publication.standing(connection), await _draft(connection)
    if data.mark is not None and data.mark != draft.mark:
        raise Refusal(ErrorCode.PRECONDITION, "the draft is no longer what was previewed")
    wanted = publication.drafted(now, draft)
    made = await _publish(connection, principal, now, wanted, "policy.published", data.note)
    await publication.discard_draft(connection)
    return made


@post("/policy/roll-back", status_code=202, opt={UNCOUNTED: True})
async def roll_back(
    data: JSONBody[RollBack],
    principal: NamedDependency[Principal],
    connection: NamedDependency[Connection],
) -> Published:
    """Publish an earlier version anew. Fields that came after it, or went since, are hidden.

    A draft that somebody began before stays to be read; it is of a policy that is over, and is not published.
    """
    _require(principal, EDITORS)
    if not 0 < data.version < NEWEST:
        raise Refusal(ErrorCode.NOT_FOUND)
    await publication.in_turn(connection)
    now = await publication.standing(connection)
    wanted = await publication.as_it_was(connection, data.version)
    note = data.note or f"as version {data.version}"
    return await _publish(connection, principal, now, wanted, "policy.rolled_back", note)


@get(
    "/policy/view",
    opt={QUERY: ("role", "store", "customer", "expand")},
    responses=ONE_CUSTOMER,
)
async def read_view(
    principal: NamedDependency[Principal],
    connection: NamedDependency[Connection],
    request: Request[Any, Any, Any],
    role: Name,
    customer: Annotated[UUID, QueryParameter()],
    store: Annotated[str | None, QueryParameter(min_length=1, max_length=60)] = None,
    expand: Expand = None,
) -> Response[bytes]:
    """What a role in a store sees of a customer: the very bytes that it would get from `/v1/customers/{id}`.

    Nobody sees more by asking than he does himself; the private notes of the role's people are not shown. Of
    a merged customer the role would be shown the way to her survivor, and so is whoever asks here (308).
    """
    _require(principal, READERS)
    if role not in list(Role):
        raise Refusal(ErrorCode.INVALID, errors=(FieldError(pointer="/role", detail=one_of(Role)),))
    policies = request.app.state.policies
    asked = await view.somebody(connection, principal, Role(role), store)
    own, theirs = await policies.lens(connection, principal), await policies.lens(connection, asked)
    view.require_not_wider(own, theirs)
    try:
        body = await view.seen_by(connection, asked, theirs, customer, expand)
    except view.Moved as moved:
        return _to_survivor(moved.survivor, role=role, store=store, expand=expand)
    await chain.append(
        connection,
        principal,
        "customer.viewed_as",
        subject_kind="customer",
        subject_id=customer,
        facts={"role": role, "store": store},
    )
    return Response(body, media_type=MediaType.JSON)


def _to_survivor(survivor: UUID, **asked: str | None) -> Response[bytes]:
    query = urlencode({name: value for name, value in {**asked, "customer": str(survivor)}.items() if value})
    headers = {"Location": f"/v1/policy/view?{query}", "Cache-Control": "no-store"}
    return Response(b"", status_code=308, media_type=MediaType.JSON, headers=headers)


async def _publish(
    connection: Connection, principal: Principal, now: Policy, wanted: Policy, action: str, note: str
) -> Published:
    await publication.require_no_other(connection)
    changes = changes_between(now, wanted)
    if not changes:
        raise Refusal(ErrorCode.PRECONDITION, "nothing would change")
    made = await publication.publish(connection, wanted, note=note, by=principal.associate_id)
    cells = [f"{each.role}/{each.field}: {each.was} > {each.becomes}" for each in changes]
    await chain.append(connection, principal, action, facts={"version": made.version, "cells": cells})
    return made


async def _draft(connection: Connection) -> Draft:
    draft = await publication.read_draft(connection)
    if draft is None:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no draft: PATCH /v1/policy/draft begins one")
    return draft


def _cells(draft: Draft) -> list[str]:
    return [
        f"{role}/{field}: {int(level)}"
        for role, fields in sorted(draft.changes.items())
        for field, level in sorted(fields.items())
    ]


def _shown(policy: Policy) -> PublishedPolicy:
    return PublishedPolicy(
        version=policy.version,
        levels={
            role: {field: int(level) for field, level in fields.items() if level}
            for role, fields in policy.levels.items()
        },
        groups={group.key: group.fields for group in field_groups(policy)},
        sensitivity={field: kind.value for field, kind in SENSITIVITY.items()},
    )


def _require(principal: Principal, roles: tuple[Role, ...]) -> None:
    if principal.role not in roles:
        raise Refusal(ErrorCode.NOT_ALLOWED)


router = Router(
    "/v1",
    route_handlers=[
        read_policy,
        list_versions,
        read_version,
        read_draft,
        edit_draft,
        discard_draft,
        preview_draft,
        publish,
        roll_back,
        read_view,
    ],
    guards=[known_parameters],
    tags=["policy"],
)
