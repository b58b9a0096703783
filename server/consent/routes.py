"""Doors to consents: what stands, all that was said, and what is said now."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter

from schemas.consent import ConsentEvent, ContactChannel, Purpose
from schemas.contact import ContactAnswer, may_contact
from schemas.messages import pressed
from schemas.mutations import RecordConsent
from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.visibility import Lens
from server.audit import chain
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.consent import queries, wordings
from server.consent.pressure import pressure_rules
from server.customers.queries import read_profile
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.access import provide_lens, require_known, require_reachable, require_readable
from server.rest.idempotency import IdempotencyKey, claim
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters
from server.rest.writing import Writer, provide_writer
from server.scope import AS_CALLER, customer_scopes

_NOTHING = msgspec.Raw(b"{}")


class Consents(Struct):
    """What stands, by brand/channel/purpose; and a page of the ledger, newest first."""

    standing: msgspec.Raw
    ledger: Page[ConsentEvent]


@get("/customers/{customer_id:uuid}/consents", opt={QUERY: ("cursor", "limit"), AS_CALLER: True})
async def read_consents(
    customer_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Consents:
    """What a customer allows. Whether she may be contacted is asked of the standing, never of the ledger."""
    require_readable(lens, "consents")
    listing = Listing.asked(request, principal, cursor, limit, "consents", str(customer_id))
    return await _consents(connection, principal, lens, customer_id, listing)


@get(
    "/customers/{customer_id:uuid}/may-contact",
    opt={QUERY: ("brand", "channel", "purpose"), AS_CALLER: True},
)
async def may_contact_customer(
    customer_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    channel: Annotated[ContactChannel, QueryParameter()],
    purpose: Annotated[Purpose, QueryParameter()],
    brand: Annotated[str | None, QueryParameter(max_length=40)] = None,
) -> ContactAnswer:
    """Whether she may be contacted for this, by this means, and why. The only way to decide."""
    require_readable(lens, "consents")
    require_known(channel=channel, purpose=purpose)
    fields = await read_profile(connection, customer_id, scopes=customer_scopes(principal), lens=lens)
    if fields is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await chain.append(
        connection, principal, "customer.contact_asked", subject_kind="customer", subject_id=customer_id
    )
    if not lens.reads("limits"):
        return ContactAnswer(allowed=False, reason="unknown")
    asked_for = brand or principal.brand
    own = asked_for == principal.brand and lens.reads("purchases")  # what she bought is this brand's
    now = int(datetime.now(UTC).timestamp() * 1000)
    rules = await pressure_rules(connection, asked_for)
    pressure = None
    if lens.reads("messages"):
        written = msgspec.json.decode(fields.get("messages", b"{}"))
        pressure = pressed(written, brand=asked_for, purpose=purpose, now=now, rules=rules)
    return may_contact(
        msgspec.json.decode(fields.get("consents", b"{}")),
        brand=asked_for,
        channel=channel,
        purpose=purpose,
        now=now,
        wordings=await wordings.published(connection, asked_for),
        limits=msgspec.json.decode(fields.get("limits", b"{}")),
        purchases=msgspec.json.decode(fields.get("purchases", b"[]")) if own else (),
        pressure=pressure,
    )


@post("/customers/{customer_id:uuid}/consents", status_code=201, opt={UNCOUNTED: True})
async def record_consent(
    customer_id: FromPath[UUID],
    data: JSONBody[RecordConsent],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
    idempotency_key: IdempotencyKey = None,
) -> Consents:
    """Record what a customer says.

    A grant lifts only the withdrawals it names in ``knows``; those that stand are in ``standing``.
    """
    require_known(channel=data.channel, purpose=data.purpose, state=data.state)
    await require_reachable(connection, principal, customer_id)
    claimed = await claim(connection, principal, request, idempotency_key)
    await writer.write(customer_id, [data], claimed=claimed)
    listing = Listing.asked(request, principal, None, ROWS, "consents", str(customer_id))
    return await _consents(connection, principal, lens, customer_id, listing)


async def _consents(
    connection: Connection,
    principal: Principal,
    lens: Lens,
    customer_id: UUID,
    listing: Listing,
) -> Consents:
    fields = await read_profile(connection, customer_id, scopes=customer_scopes(principal), lens=lens)
    if fields is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await chain.append(
        connection, principal, "customer.consents_read", subject_kind="customer", subject_id=customer_id
    )
    rows: list[tuple[int, ConsentEvent]] = []
    if lens.reads("consents"):
        before = listing.after(tuple[int])
        rows = await queries.ledger(
            connection, customer_id, before=before[0] if before else None, limit=listing.rows
        )
    page = listing.page(rows, lambda row: (row[0],))
    held = fields.get("consents")
    return Consents(
        standing=msgspec.Raw(held) if held is not None and lens.reads("consents") else _NOTHING,
        ledger=Page(
            data=[event for _, event in page.data], has_more=page.has_more, next_cursor=page.next_cursor
        ),
    )


router = Router(
    "/v1",
    route_handlers=[read_consents, may_contact_customer, record_consent],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens), "writer": Provide(provide_writer)},
    tags=["customers"],
)
