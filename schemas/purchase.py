"""Purchases over all channels, and the sums and sizes computed from them."""

from uuid import UUID

from schemas.record import Channel, OpenEnum, Struct


class PurchaseKind(OpenEnum):
    """A sale, a return of goods, or an invoice cancelled by its source."""

    SALE = "sale"
    RETURN = "return"
    CANCELLED = "cancelled"


class PurchaseLine(Struct, omit_defaults=True):
    """One line. ``amount`` is signed like ``quantity``: a return has both negative."""

    sku: str
    title: str
    quantity: int
    amount: int  # minor units, of the whole line
    unit_price: str | None = None  # decimal text in major units, exactly as the source wrote it
    size: str | None = None
    size_category: str | None = None
    colour: str | None = None
    family: str | None = None


class Purchase(Struct, omit_defaults=True):
    """One ticket or order. (``source``, ``reference``) names it for ever: a replay changes nothing."""

    purchase_id: UUID
    source: str  # the system that told us: "till", "web-shop", "uci-online-retail"
    reference: str  # the source's own number
    at: int  # wall milliseconds UTC
    channel: Channel
    kind: PurchaseKind
    currency: str  # ISO 4217
    total: int  # minor units, signed
    lines: tuple[PurchaseLine, ...] = ()
    store: str | None = None
    author: str | None = None  # the associate who sold


TIES = 1 << 16  # words of one instant that are told apart


def revision(at: int, tie: int) -> int:
    """Return which word of a source on a purchase this is; of two the greater one stands.

    Args:
        at: the source's instant of this word, wall milliseconds UTC.
        tie: decides between words of one instant, whichever came first; 0 to ``TIES`` - 1.
    """
    return at * TIES + tie


class OwnedProduct(Struct, omit_defaults=True):
    """Something she took home and did not bring back."""

    sku: str
    title: str
    at: int  # wall milliseconds UTC of the last purchase
    quantity: int
    size: str | None = None
    colour: str | None = None
    family: str | None = None


class ComputedSize(Struct, omit_defaults=True):
    """The size she buys most in a category, and on how many purchases that rests."""

    value: str
    purchases: int


class Spend(Struct, omit_defaults=True):
    """Sums over her purchases, in the minor units of ``currency``; returns are deducted."""

    currency: str
    lifetime: int
    last_12_months: int
    average_basket: int
    purchases: int
    first_at: int | None = None  # wall milliseconds UTC
    last_at: int | None = None
    by_month: dict[str, int] = {}  # "2026-11" -> minor units, the last 24 months that have any
    by_channel: dict[str, int] = {}
    by_family: dict[str, int] = {}
