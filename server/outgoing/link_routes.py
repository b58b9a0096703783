"""Doors behind the links in what is written to customers: no sign-in, no name. A GET shows, a POST does.

Link scanners follow links and do not post; mail programs post one-click (RFC 8058). A link of ours cannot be
made by anybody else, so only those that are none are counted against whoever asks: a mail provider that
passes on ten thousand withdrawals is heard ten thousand times. A connection is taken once a link is known to
be ours: who sends others by the thousand keeps nobody waiting for a second one.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from litestar import MediaType, Request, Response, Router, get, post
from litestar.params import FromPath

from schemas.consent import ConsentState, ContactChannel, Purpose, consent_key
from schemas.ids import id_from
from schemas.mutations import RecordConsent
from schemas.protocol import OutcomeStatus
from schemas.record import Channel
from server.audit import chain
from server.auth.guard import PUBLIC
from server.auth.throttle import Throttle
from server.consent import queries as ledger
from server.database.pool import Connection, transaction
from server.gate import ACCEPTS, FORM
from server.outgoing import house, pages
from server.outgoing.links import LeaveLink, LinkBroken, Links

BY_LINK, CONFIRMED_BY_LINK = "link", "email_link"  # how something was said

log = structlog.get_logger()


@get("/leave/{token:str}", opt={PUBLIC: True}, media_type=MediaType.HTML)
async def show_leave(token: FromPath[str]) -> Response[bytes]:
    """Ask whether she wants to hear no more of this. Nothing is looked up: every link shows this page."""
    return pages.ask_leave()


@post("/leave/{token:str}", opt={PUBLIC: True, ACCEPTS: FORM}, status_code=200, media_type=MediaType.HTML)
async def leave(token: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """Withdraw what she allowed for one purpose, at once. The answer is the same for every link."""
    try:
        link = _links(request).open_leave(token)
    except LinkBroken:
        await count_as_broken(request)
    else:
        async with transaction(request.app.state.pool) as connection:
            await _withdraw(connection, link, now=datetime.now(UTC))
    return pages.left()


@get("/confirm/{token:str}", opt={PUBLIC: True}, media_type=MediaType.HTML)
async def show_confirm(token: FromPath[str]) -> Response[bytes]:
    """Ask her to confirm what she granted. Nothing is looked up, and nothing is confirmed by looking."""
    return pages.ask_confirm()


@post("/confirm/{token:str}", opt={PUBLIC: True, ACCEPTS: FORM}, status_code=200, media_type=MediaType.HTML)
async def confirm(token: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """Let what she granted count, once. A withdrawal made since stands, and she is not told otherwise."""
    now = datetime.now(UTC)
    links = _links(request)
    try:
        link = links.open_confirm(token, now_ms=int(now.timestamp() * 1000))
    except LinkBroken:
        await count_as_broken(request)
        return pages.over()
    async with transaction(request.app.state.pool) as connection:
        customer_id, email = await _whose(connection, link.customer_id)
        if customer_id is None or email is None or links.address_digest(email) != link.address:
            return pages.over()
        said = await _confirm(connection, customer_id, link.event_id, now=now)
    return pages.confirmed() if said else pages.over()


async def _withdraw(connection: Connection, link: LeaveLink, *, now: datetime) -> None:
    """Let her withdrawal stand beside whatever was said; one that stands already needs no second."""
    customer_id, _ = await _whose(connection, link.customer_id)
    if customer_id is None:
        return
    key = consent_key(link.brand, link.channel, link.purpose)
    if await _is_withdrawn(connection, customer_id, key):
        return
    word = RecordConsent(
        brand=link.brand,
        channel=ContactChannel(link.channel),
        purpose=Purpose(link.purpose),
        state=ConsentState.WITHDRAWN,
        how=BY_LINK,
    )
    outcome = await house.say(connection, link.brand, link.customer_id, word, now=now, channel=Channel.WEB)
    await _note(connection, link.brand, customer_id, "consent.withdrawn_by_link")
    log.info("consent.withdrawn_by_link", verdict=outcome.status.value)


async def _confirm(connection: Connection, customer_id: UUID, event_id: UUID, *, now: datetime) -> bool:
    event = await ledger.statement(connection, customer_id, event_id)
    if event is None or event.wording is None:
        return False
    word = RecordConsent(
        brand=event.brand,
        channel=event.channel,
        purpose=event.purpose,
        state=ConsentState.GRANTED,
        knows=event.knows,
        wording=event.wording,
        wording_hash=event.wording_hash,
        language=event.language,
        how=CONFIRMED_BY_LINK,
        confirms=event.event_id,
    )
    outcome = await house.say(
        connection,
        event.brand,
        customer_id,
        word,
        now=now,
        channel=Channel.WEB,
        mutation_id=id_from("consent confirmed", str(event_id)),  # once, however often the link is followed
    )
    if outcome.status is OutcomeStatus.APPLIED:
        await _note(connection, event.brand, customer_id, "consent.confirmed_by_link")
    log.info("consent.confirmed_by_link", verdict=outcome.status.value)
    key = consent_key(event.brand, event.channel, event.purpose)
    return outcome.came_to is OutcomeStatus.APPLIED and not await _is_withdrawn(connection, customer_id, key)


async def _is_withdrawn(connection: Connection, customer_id: UUID, key: str) -> bool:
    standing = await connection.fetchval(
        "select consents -> $2 from customer where id = $1", customer_id, key
    )
    return standing is not None and standing["state"] == ConsentState.WITHDRAWN


async def _whose(connection: Connection, customer_id: UUID) -> tuple[UUID | None, str | None]:
    """Return who a link is about today, after merges, and her e-mail address; nobody for who was erased."""
    row = await connection.fetchrow(
        """
        select survivor.id, survivor.email from customer known
        join customer survivor on survivor.id = coalesce(known.alias_of, known.id)
        where known.id = $1 and survivor.erased_at is null
        """,
        customer_id,
    )
    return (row["id"], row["email"]) if row is not None else (None, None)


async def _note(connection: Connection, brand: str, customer_id: UUID, action: str) -> None:
    speaker = house.house_of(brand)
    await chain.append(connection, speaker, action, subject_kind="customer", subject_id=customer_id)


async def count_as_broken(request: Request[Any, Any, Any]) -> None:
    """Count a link that is none against the network it came from.

    Raises:
        Refusal: TOO_MANY_ATTEMPTS.
    """
    throttle: Throttle = request.app.state.throttle
    address = request.client.host if request.client else "unknown"
    await throttle.count(throttle.apart("links", address))


def _links(request: Request[Any, Any, Any]) -> Links:
    return Links(request.app.state.settings.secret)


router = Router(
    "/v1",
    route_handlers=[show_leave, leave, show_confirm, confirm],
    tags=["links"],
)
