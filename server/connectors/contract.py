"""Our own JSON contract, version 1, for tills, call centres and whatever has no format of its own.

Documented in docs/connectors.md, whose examples the tests read back. Unknown members are refused: a
misspelled one would be lost in silence.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec

from schemas.consent import ConsentState, ContactChannel
from schemas.engagement import Touchpoint, TouchpointKind
from schemas.ids import id_from
from schemas.purchase import Purchase, PurchaseKind, PurchaseLine
from schemas.record import Channel
from server.connectors import reading
from server.connectors.reading import Object, when
from server.connectors.said import (
    ConsentSaid,
    ContactSaid,
    OrderSaid,
    PersonSaid,
    Said,
    SignedIn,
    TagsSaid,
    Unreadable,
)
from server.connectors.settings import Context

Number = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Minor = Annotated[int, msgspec.Meta(ge=-(10**12), le=10**12)]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Whom(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom it is about: the source's own number, or what she showed, asked in this order."""

    reference: Number | None = None
    card: Short | None = None
    phone: Short | None = None
    email: Short | None = None


class Line(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a ticket; of goods brought back, quantity and amount are not above nothing."""

    sku: Short
    title: Annotated[str, msgspec.Meta(max_length=200)] = ""
    quantity: Annotated[int, msgspec.Meta(ge=-100_000, le=100_000)]
    amount: Minor
    size: Short | None = None
    size_category: Short | None = None
    colour: Short | None = None
    family: Short | None = None


class Ticket(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="ticket", tag_field="type"):
    """A till's ticket as it stands; told again with a later ``revised`` it takes its earlier place."""

    version: Literal[1]
    reference: Number
    at: str
    revised: str | None = None
    kind: Literal["sale", "return", "cancelled"] = "sale"
    channel: Literal["store", "web", "app", "call_centre", "social"] = "store"
    store: Short | None = None
    associate: Short | None = None
    currency: Currency
    total: Minor
    lines: Annotated[tuple[Line, ...], msgspec.Meta(max_length=2_000)] = ()
    customer: Whom = Whom()


class Contact(
    _Part, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="touchpoint", tag_field="type"
):
    """A call, a message, a word on a network."""

    version: Literal[1]
    reference: Number
    at: str
    kind: Literal["visit", "call", "email", "message", "social", "appointment", "repair", "sign_up"]
    channel: Literal["store", "web", "app", "call_centre", "social"]
    summary: Annotated[str, msgspec.Meta(max_length=200)] = ""
    store: Short | None = None
    sku: Short | None = None
    customer: Whom


class Told(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="person", tag_field="type"):
    """What a system knows of a person. A member that is absent is not spoken of, null clears."""

    version: Literal[1]
    reference: Number
    at: str
    values: dict[str, Any] = {}
    tags: tuple[Short, ...] | None = None


class Consent(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="consent", tag_field="type"):
    """What a person said about being contacted for marketing."""

    version: Literal[1]
    reference: Number
    at: str
    channel: Literal["email", "sms", "phone", "post", "messaging"]
    state: Literal["granted", "withdrawn"]


class Joined(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="sign_in", tag_field="type"):
    """A visitor turned out to be a person."""

    version: Literal[1]
    visitor: Short
    reference: Number


Document = Ticket | Contact | Told | Consent | Joined

_FIELDS = (
    "title", "given_name", "family_name", "language", "town", "birth_date", "email", "phone", "address",
    "loyalty_card",
)  # fmt: skip


def read(told: Object, context: Context) -> Iterator[Said]:
    """Yield what one document says.

    Raises:
        Unreadable: it breaks the contract; the text names the member, never a value.
    """
    try:
        document: Document = msgspec.convert(told, Document)
    except msgspec.ValidationError as error:
        raise Unreadable(_place_of(error)) from error
    match document:
        case Ticket():
            if document.kind == "return" and document.total > 0:
                raise Unreadable("the total of a return is above nothing: goods brought back are negative")
            yield _ticket(document, context)
        case Contact():
            if not any(_whom(document.customer).values()):
                raise Unreadable("customer names nobody: reference, card, phone or email")
            yield ContactSaid(
                touchpoint=Touchpoint(
                    touchpoint_id=id_from("touchpoint", context.source, document.reference),
                    at=_instant(document.at),
                    kind=TouchpointKind(document.kind),
                    channel=Channel(document.channel),
                    summary=document.summary,
                    store=document.store,
                    author=context.source,
                    sku=document.sku,
                ),
                **_whom(document.customer),
            )
        case Told():
            if unknown := sorted(set(document.values) - set(_FIELDS)):
                raise Unreadable(f"values has no member {unknown[0][:40]}")
            at = _instant(document.at)
            values = reading.person(document.values, region=context.settings.region)
            yield PersonSaid(reference=document.reference, at=at, values=values)
            if document.tags is not None:
                yield TagsSaid(reference=document.reference, at=at, present=document.tags, whole=True)
        case Consent():
            yield ConsentSaid(
                reference=document.reference,
                at=_instant(document.at),
                channel=ContactChannel(document.channel),
                state=ConsentState(document.state),
            )
        case Joined():
            yield SignedIn(visitor=document.visitor, reference=document.reference)


def _ticket(ticket: Ticket, context: Context) -> OrderSaid:
    settings, cancelled = context.settings, ticket.kind == "cancelled"
    store = settings.stores.get(ticket.store or "", ticket.store)
    if store is None and ticket.channel == "store":
        store = settings.store
    return OrderSaid(
        purchase=Purchase(
            purchase_id=id_from("purchase", context.source, ticket.reference),
            source=context.source,
            reference=ticket.reference,
            at=_instant(ticket.at),
            channel=Channel(ticket.channel),
            kind=PurchaseKind(ticket.kind),
            currency=ticket.currency,
            total=0 if cancelled else ticket.total,
            lines=()
            if cancelled
            else tuple(PurchaseLine(**msgspec.structs.asdict(line)) for line in ticket.lines),
            store=store,
            author=settings.associates.get(ticket.associate or ""),
        ),
        revision=_instant(ticket.at if ticket.revised is None else ticket.revised, "revised"),
        **_whom(ticket.customer),
    )


def _instant(told: str, member: str = "at") -> int:
    """Return an instant of the contract.

    Raises:
        Unreadable: it is none; the text names the member.
    """
    try:
        return when(told)
    except Unreadable as error:
        raise Unreadable(f"{member} is no instant, as 2026-03-01T11:02:03+01:00") from error


def _whom(whom: Whom) -> dict[str, str | None]:
    return msgspec.structs.asdict(whom)


def _place_of(error: msgspec.ValidationError) -> str:
    """Return what msgspec says without the part that could quote a value."""
    text = str(error)
    if "Invalid" not in text:
        return text[:120]
    _, at, place = text.rpartition(" - at ")
    return f"wrong value{at}{place}"[:120] if at else "wrong value of type"
