"""Doors to the wordings of consent: draft, publish, let expire; and the proof of what a customer said."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, PathParameter

from schemas.consent import ConsentEvent, ContactChannel, Purpose
from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.signature import drawn
from schemas.staff import Role
from schemas.visibility import Lens
from schemas.wording import Wording, WordingText, wording_hash
from server.audit import chain
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.consent import queries, wordings
from server.customers.queries import read_profile
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.access import provide_lens, require_known, require_readable
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters
from server.scope import customer_scopes

EDITORS = (Role.HEAD_OFFICE_CRM, Role.PRIVACY_OFFICER)
FIRST = ("", "", "")

Version = Annotated[str, PathParameter(pattern=r"^[a-z0-9][a-z0-9.-]{0,59}$")]


class Texts(Struct, forbid_unknown_fields=True):
    """A wording in every language it is shown in."""

    texts: Annotated[
        dict[Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}$")], WordingText],
        msgspec.Meta(min_length=1, max_length=40),
    ]
    confirm: bool = False  # a yes by e-mail counts when she has followed the link written to her


class ConsentProof(Struct):
    """What proves one statement: what was said, the text as it was shown, and her signature."""

    event: ConsentEvent
    text: str | None  # in the language it was shown in; null where no such wording was published
    hash_holds: bool | None  # whether the hash kept with the statement is that text's; null without one
    signature: str | None  # SVG


@get("/consent-wordings", opt={QUERY: ("cursor", "limit"), UNCOUNTED: True})
async def list_wordings(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[Wording]:
    """The wordings of the brand, drafts (``published_at`` 0) too."""
    _require_editor(principal)
    listing = Listing.asked(request, principal, cursor, limit, "consent-wordings")
    rows = await wordings.of_brand(
        connection,
        principal.brand,
        after=listing.after(tuple[str, str, str]) or FIRST,
        limit=listing.rows,
    )
    return listing.page(rows, lambda row: (row.channel, row.purpose, row.version))


@put("/consent-wordings/{channel:str}/{purpose:str}/{version:str}", opt={UNCOUNTED: True})
async def draft_wording(
    channel: FromPath[ContactChannel],
    purpose: FromPath[Purpose],
    version: Version,
    data: JSONBody[Texts],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Wording:
    """Write a draft. What was published is never changed: write a new version."""
    wording = _named(principal, channel, purpose, version, data.texts)
    if data.confirm and channel is not ContactChannel.EMAIL:
        raise Refusal(ErrorCode.INVALID, "only a yes to e-mail can be confirmed by a link")
    wording = msgspec.structs.replace(wording, confirm=data.confirm)
    await wordings.write_draft(connection, wording, by=principal.associate_id)
    await chain.append(connection, principal, "consent.wording_drafted", facts={"wording": wording.key})
    return wording


@post(
    "/consent-wordings/{channel:str}/{purpose:str}/{version:str}/publish",
    status_code=200,
    opt={UNCOUNTED: True},
)
async def publish_wording(
    channel: FromPath[ContactChannel],
    purpose: FromPath[Purpose],
    version: Version,
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Wording:
    """Publish a draft: from now on it is shown, and grants that name it count."""
    wording = _named(principal, channel, purpose, version, {})
    held = await wordings.publish(connection, wording, now=datetime.now(UTC))
    await chain.append(connection, principal, "consent.wording_published", facts={"wording": held.key})
    return held


@post(
    "/consent-wordings/{channel:str}/{purpose:str}/{version:str}/expire",
    status_code=200,
    opt={UNCOUNTED: True},
)
async def expire_wording(
    channel: FromPath[ContactChannel],
    purpose: FromPath[Purpose],
    version: Version,
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Wording:
    """Let what is said under it from now on count for nothing; what was said before stands."""
    wording = _named(principal, channel, purpose, version, {})
    held = await wordings.expire(connection, wording, until=datetime.now(UTC))
    await chain.append(connection, principal, "consent.wording_expired", facts={"wording": held.key})
    return held


@get("/customers/{customer_id:uuid}/consents/{event_id:uuid}/proof")
async def read_proof(
    customer_id: FromPath[UUID],
    event_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> ConsentProof:
    """What proves one thing a customer said: the text she was shown, and her signature."""
    require_readable(lens, "consents")
    fields = await read_profile(connection, customer_id, scopes=customer_scopes(principal), lens=lens)
    event = await queries.statement(connection, customer_id, event_id) if fields is not None else None
    if event is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await chain.append(
        connection, principal, "customer.consent_proof_read", subject_kind="customer", subject_id=customer_id
    )
    held = await wordings.published(connection, event.brand)
    wording = held.get(f"{event.brand}/{event.channel}/{event.purpose}/{event.wording}")
    text = wording.texts.get(event.language or "") if wording is not None else None
    shown = wording_hash(wording.version, event.language or "", text) if wording and text else None
    return ConsentProof(
        event=event,
        text=text,
        hash_holds=shown == event.wording_hash if shown and event.wording_hash else None,
        signature=drawn(event.signature) if event.signature else None,
    )


def _require_editor(principal: Principal) -> None:
    if principal.role not in EDITORS:
        raise Refusal(ErrorCode.NOT_ALLOWED)


def _named(
    principal: Principal, channel: ContactChannel, purpose: Purpose, version: str, texts: dict[str, str]
) -> Wording:
    _require_editor(principal)
    require_known(channel=channel, purpose=purpose)
    return Wording(version=version, brand=principal.brand, channel=channel, purpose=purpose, texts=texts)


router = Router(
    "/v1",
    route_handlers=[list_wordings, draft_wording, publish_wording, expire_wording, read_proof],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens)},
    tags=["customers"],
)
