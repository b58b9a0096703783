"""The door behind the link by which somebody writes herself down: no sign-in, nothing shown that is known.

A GET shows the form and looks nobody up; a POST is taken once. What she writes and allows goes the way of
every edit, said over the web by the house. A link that is none, and a form that cannot be
read, count against whoever sends it.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from litestar import MediaType, Request, Response, Router, get, post
from litestar.params import FromPath

from schemas.consent import ConsentState, ContactChannel, consent_key
from schemas.details_link import ANSWERABLE
from schemas.messages import MessageState
from schemas.mutations import MoveMessage, Mutation, RecordConsent, SetField
from schemas.protocol import OutcomeStatus
from schemas.record import Channel, Struct
from schemas.staff import Role
from schemas.visibility import Lens, Level
from server.audit import chain
from server.auth.guard import PUBLIC
from server.consent import wordings
from server.database.pool import Connection, transaction
from server.gate import ACCEPTS, FORM
from server.outgoing import details_page, house, pages
from server.outgoing.link_routes import count_as_broken
from server.outgoing.links import DetailsLink, LinkBroken, Links

BY_LINK = "web_form"  # how something was said
HERS = ("given_name", "family_name", "phone", "email", "language", "consents", "messages")
# A policy that hides these from whoever else must not keep her from speaking for herself.
HER_LENS = Lens(
    role=Role.INTEGRATION,
    policy_version=0,
    levels=dict.fromkeys(HERS, Level.WRITE),
    groups=(),
)

log = structlog.get_logger()


class _Her(Struct):
    """Who a link is about today, as far as her answer needs it."""

    id: UUID
    address: str
    language: str | None
    consents: dict[str, Any]
    waits: bool  # for an answer


@get("/details/{token:str}", opt={PUBLIC: True}, media_type=MediaType.HTML)
async def show_details(token: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """Show an empty form with what may be agreed to. Nobody is looked up."""
    now_ms = _wall_ms(datetime.now(UTC))
    try:
        link = _links(request).open_details(token, now_ms=now_ms)
    except LinkBroken:
        return pages.over()
    language = details_page.spoken(request.headers.get("accept-language", ""), link.language)
    async with transaction(request.app.state.pool) as connection:
        offered = await _offered(connection, link, language, now_ms)
    return details_page.form(ContactChannel(link.channel), offered, details_page.Written(), language=language)


@post("/details/{token:str}", opt={PUBLIC: True, ACCEPTS: FORM}, status_code=200, media_type=MediaType.HTML)
async def take_details(token: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """Take what she writes of herself and what she agrees to, once; or show the form again."""
    now = datetime.now(UTC)
    links = _links(request)
    try:
        link = links.open_details(token, now_ms=_wall_ms(now))
    except LinkBroken:
        await count_as_broken(request)
        return pages.over()
    language = details_page.spoken(request.headers.get("accept-language", ""), link.language)
    channel = ContactChannel(link.channel)
    body = await request.body()
    async with transaction(request.app.state.pool) as connection:
        offered = await _offered(connection, link, language, _wall_ms(now))
        written = details_page.read(body, channel, offered)
        her = await _whose(connection, link)
        if her is None or not her.waits or links.address_digest(her.address) != link.address:
            return pages.over()
        if not written.problem:
            await _keep(connection, link, her, written, offered, language=language, now=now)
            return pages.thanked()
    await count_as_broken(request)
    return details_page.form(channel, offered, written, language=language)


async def _keep(
    connection: Connection,
    link: DetailsLink,
    her: _Her,
    written: details_page.Written,
    offered: list[details_page.Choice],
    *,
    language: str,
    now: datetime,
) -> None:
    """Submit what she said, and that the link is answered, with it."""
    edits: list[Mutation] = [SetField(field=field, value=text) for field, text in written.texts.items()]
    if her.language is None:
        edits.append(SetField(field="language", value=language))
    edits += [_yes(link, her, each) for each in offered if each.key in written.ticked]
    edits.append(MoveMessage(message_id=link.message_id, to=MessageState.ANSWERED))
    outcomes = await house.say_all(
        connection, link.brand, link.customer_id, edits, now=now, channel=Channel.WEB, lens=HER_LENS
    )
    await chain.append(
        connection,
        house.house_of(link.brand),
        "customer.details_by_link",
        subject_kind="customer",
        subject_id=her.id,
    )
    stood = sum(each.status is OutcomeStatus.APPLIED for each in outcomes)
    log.info("customer.details_by_link", edits=len(edits), stood=stood)


def _yes(link: DetailsLink, her: _Her, choice: details_page.Choice) -> RecordConsent:
    wording = choice.wording
    key = consent_key(link.brand, wording.channel, wording.purpose)
    return RecordConsent(
        brand=link.brand,
        channel=wording.channel,
        purpose=wording.purpose,
        state=ConsentState.GRANTED,
        knows=tuple(UUID(each) for each in (her.consents.get(key) or {}).get("standing") or ()),
        wording=wording.version,
        wording_hash=choice.fingerprint,
        language=choice.language,
        how=BY_LINK,
    )


async def _offered(
    connection: Connection, link: DetailsLink, language: str, now_ms: int
) -> list[details_page.Choice]:
    published = await wordings.published(connection, link.brand)
    return details_page.choices(published.values(), brand=link.brand, language=language, now_ms=now_ms)


async def _whose(connection: Connection, link: DetailsLink) -> _Her | None:
    """Return who a link is about today, after merges, her row locked; nobody for who was erased."""
    row = await connection.fetchrow(
        """
        select survivor.id, survivor.email, survivor.phone, survivor.language, survivor.consents,
               survivor.messages -> $2 as message
        from customer known
        join customer survivor on survivor.id = coalesce(known.alias_of, known.id)
        where known.id = $1 and survivor.erased_at is null
        for update of survivor
        """,
        link.customer_id,
        str(link.message_id),
    )
    if row is None:
        return None
    address = row["email"] if link.channel == ContactChannel.EMAIL else row["phone"]
    return _Her(
        id=row["id"],
        address=address or "",
        language=row["language"],
        consents=row["consents"] or {},
        waits=row["message"] is not None and row["message"]["state"] in ANSWERABLE,
    )


def _wall_ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)


def _links(request: Request[Any, Any, Any]) -> Links:
    return Links(request.app.state.settings.secret)


router = Router("/v1", route_handlers=[show_details, take_details], tags=["links"])
