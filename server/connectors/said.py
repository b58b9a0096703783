"""What any source may say, in our words: the form in which every connector hands on what it has read."""

from typing import Any

from schemas.consent import ConsentState, ContactChannel
from schemas.engagement import Touchpoint
from schemas.purchase import Purchase
from schemas.record import Struct


class PersonSaid(Struct, tag="person"):
    """Fields of a person, as of an instant. A field that is absent was not spoken of; None clears it."""

    reference: str
    at: int  # wall milliseconds UTC, by the source's clock
    values: dict[str, Any]


class TagsSaid(Struct, tag="tags"):
    """Tags a person has or has no more, as of an instant; ``whole``: these and no others."""

    reference: str
    at: int
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    whole: bool = False


class WishSaid(Struct, tag="wish"):
    """A product a person wishes for, or no more."""

    reference: str | None
    visitor: str | None
    at: int
    sku: str
    title: str
    present: bool


class ConsentSaid(Struct, tag="consent"):
    """What a person said about a channel. A grant counts only where head office mapped it to a wording."""

    reference: str
    at: int
    channel: ContactChannel
    state: ConsentState


class OrderSaid(Struct, tag="order"):
    """A ticket or an order as it stands now; a later word of the source takes this one's place."""

    purchase: Purchase
    revision: int  # the source's instant of this word
    reference: str | None = None
    visitor: str | None = None
    card: str | None = None
    phone: str | None = None
    email: str | None = None


class ContactSaid(Struct, tag="contact"):
    """A contact that happened, with somebody known by number, by contact, or not at all yet."""

    touchpoint: Touchpoint
    reference: str | None = None
    visitor: str | None = None
    card: str | None = None
    phone: str | None = None
    email: str | None = None


class SignedIn(Struct, tag="signed_in"):
    """A visitor turned out to be this person."""

    visitor: str
    reference: str


class PrivacyAsked(Struct, tag="privacy"):
    """A person, or her shop, asks for her data or to be forgotten: for the privacy officer to decide."""

    kind: str  # data_request, redact, shop_redact
    once: str
    reference: str | None = None


Said = PersonSaid | TagsSaid | WishSaid | ConsentSaid | OrderSaid | ContactSaid | SignedIn | PrivacyAsked


class Unreadable(ValueError):
    """A delivery does not have the shape its topic promises: trying again would change nothing."""
