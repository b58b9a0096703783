"""Reads Shopify's webhooks: customers, their consents and tags, orders with refunds, and the privacy topics.

Source: Shopify Admin API, webhook topics; payloads before and after version 2025-01.
"""

from collections.abc import Iterator
from decimal import Decimal

from schemas.consent import ConsentState, ContactChannel
from schemas.ids import id_from
from schemas.purchase import Purchase, PurchaseKind, PurchaseLine
from schemas.record import Channel
from server.connectors import reading
from server.connectors.reading import Object, number, obj, objects, text, when
from server.connectors.said import ConsentSaid, OrderSaid, PersonSaid, PrivacyAsked, Said, TagsSaid
from server.connectors.settings import Context
from server.imports.money import minor_units

_PERSON = {"customers/create", "customers/update", "customers/enable", "customers/disable"}
_EMAIL_CONSENT = {"customers/email_marketing_consent_update", "customers_email_marketing_consent/update"}
_SMS_CONSENT = {"customers/marketing_consent_update", "customers_marketing_consent/update"}
_PRIVACY = {"customers/data_request": "data_request", "customers/redact": "redact"}
# What a state says. Neither "pending" nor "not_subscribed" nor "invalid" is a word of hers.
_STATES = {"subscribed": ConsentState.GRANTED, "unsubscribed": ConsentState.WITHDRAWN}
_PROVED = {"single_opt_in", "confirmed_opt_in"}  # an opt-in level that is "unknown" proves nothing


def read(told: Object, context: Context) -> Iterator[Said]:
    """Yield what a delivery says; nothing for a topic that says nothing here.

    Raises:
        Unreadable: it lacks what its topic promises.
    """
    topic = context.topic
    if topic in _PERSON:
        yield from person(told, context)
    elif topic.startswith("orders/"):
        yield from order(told, context)
    elif topic in (
        "customer_tags/added",
        "customer_tags/removed",
        "customer.tags_added",
        "customer.tags_removed",
    ):
        tags = tuple(name for each in _list(told.get("tags")) if (name := text(each)))
        yield TagsSaid(
            reference=reading.needed(told.get("customerId") or told.get("customer_id"), "customerId"),
            at=reading.instant(told.get("occurredAt") or told.get("occurred_at")) or context.received_at,
            present=tags if topic.endswith("added") else (),
            absent=() if topic.endswith("added") else tags,
        )
    elif topic in _EMAIL_CONSENT or topic in _SMS_CONSENT:
        reference = reading.needed(told.get("customer_id") or told.get("id"), "customer_id")
        yield from consents(told, reference)
    elif topic in _PRIVACY:
        asked = obj(told.get("customer"))
        reference = reading.needed(asked.get("id"), "customer.id")
        once = number(obj(told.get("data_request")).get("id")) or reference
        yield PrivacyAsked(kind=_PRIVACY[topic], once=once, reference=reference)
    elif topic == "shop/redact":
        yield PrivacyAsked(kind="shop_redact", once=reading.needed(told.get("shop_id"), "shop_id"))


def person(told: Object, context: Context) -> Iterator[Said]:
    """Yield what a customer object says: herself, and what old versions say of tags and consents with her."""
    reference = reading.needed(told.get("id"), "id")
    at = when(told.get("updated_at"), told.get("created_at"))
    place = obj(told.get("default_address"))
    fields: dict[str, object] = {
        ours: told[theirs]
        for ours, theirs in (
            ("given_name", "first_name"),
            ("family_name", "last_name"),
            ("email", "email"),
            ("phone", "phone"),
        )
        if theirs in told
    }
    if place:
        fields["address"] = reading.address(
            place,
            lines=("address1", "address2"),
            code="zip",
            city="city",
            region=place.get("province_code") or place.get("province"),
            country=place.get("country_code"),
        )
        fields["town"] = place.get("city")
        if not fields.get("phone"):
            fields["phone"] = place.get("phone")
    region = text(place.get("country_code")) or context.settings.region
    values = reading.person(fields, region=region)
    yield PersonSaid(reference=reference, at=at, values=values)
    if isinstance(told.get("tags"), str):
        names = tuple(name for each in told["tags"].split(",") if (name := text(each)))
        yield TagsSaid(reference=reference, at=at, present=names, whole=True)
    yield from consents(told, reference)


def consents(told: Object, reference: str) -> Iterator[Said]:
    """Yield what the consent objects say. The old ``accepts_marketing`` proves nothing, and is not read."""
    for name, channel in (
        ("email_marketing_consent", ContactChannel.EMAIL),
        ("sms_marketing_consent", ContactChannel.SMS),
    ):
        given = obj(told.get(name))
        state = _STATES.get(str(given.get("state")))
        at = reading.instant(given.get("consent_updated_at"))
        if state is None or at is None:
            continue
        if state is ConsentState.GRANTED and given.get("opt_in_level") not in _PROVED:
            continue
        yield ConsentSaid(reference=reference, at=at, channel=channel, state=state)


def order(told: Object, context: Context) -> Iterator[Said]:
    """Yield the sale, its refunds, and what the order says of its customer."""
    if told.get("test") is True:
        return
    reference = reading.needed(told.get("id"), "id")
    at = when(told.get("processed_at"), told.get("created_at"))
    revision = when(told.get("updated_at"), told.get("created_at"))
    currency = reading.currency_of(told.get("currency"), context.settings.currency)
    buyer = obj(told.get("customer"))
    customer = number(buyer.get("id"))
    if customer is not None and reading.instant(buyer.get("updated_at") or buyer.get("created_at")):
        yield from person(buyer, context)
    cancelled = reading.instant(told.get("cancelled_at")) is not None
    channel = _channel(told)
    place = number(told.get("location_id"))
    store = context.settings.stores.get(place or "")
    if store is None and channel is Channel.STORE:
        store = context.settings.store
    common = {
        "source": context.source,
        "channel": channel,
        "currency": currency,
        "store": store,
        "author": _author(told, context),
    }
    lines = [
        _line(each, reading.whole(each.get("quantity")), currency) for each in objects(told.get("line_items"))
    ]
    yield OrderSaid(
        purchase=Purchase(
            purchase_id=id_from("purchase", context.source, reference),
            reference=reference,
            at=at,
            kind=PurchaseKind.CANCELLED if cancelled else PurchaseKind.SALE,
            total=0 if cancelled else reading.told_amount(told.get("total_price"), "total_price", currency),
            lines=() if cancelled else tuple(lines),
            **common,  # type: ignore[arg-type]
        ),
        revision=revision,
        reference=customer,
        email=None if customer else text(told.get("email") or told.get("contact_email")),
        phone=None if customer else text(told.get("phone")),
    )
    for refund in objects(told.get("refunds")):
        name = f"{reference}/refund/{reading.needed(refund.get('id'), 'refund.id')}"
        back = [
            _line(
                obj(each.get("line_item")),
                -reading.whole(each.get("quantity")),
                currency,
                amount=-reading.decimal(each.get("subtotal")),
            )
            for each in objects(refund.get("refund_line_items"))
        ]
        yield OrderSaid(
            purchase=Purchase(
                purchase_id=id_from("purchase", context.source, name),
                reference=name,
                at=reading.instant(refund.get("processed_at") or refund.get("created_at")) or at,
                kind=PurchaseKind.CANCELLED if cancelled else PurchaseKind.RETURN,
                total=0 if cancelled else -_refunded(refund, currency),
                lines=() if cancelled else tuple(back),
                **common,  # type: ignore[arg-type]
            ),
            revision=revision,
            reference=customer,
            email=None if customer else text(told.get("email") or told.get("contact_email")),
        )


def _line(each: Object, quantity: int, currency: str, *, amount: Decimal | None = None) -> PurchaseLine:
    if amount is None:
        off = sum(
            (reading.decimal(part.get("amount")) for part in objects(each.get("discount_allocations"))),
            Decimal(0),
        )
        amount = reading.decimal(each.get("price")) * quantity - off
    sku = (
        text(each.get("sku")) or number(each.get("variant_id")) or number(each.get("product_id")) or "unknown"
    )
    variant = text(each.get("variant_title"))
    return PurchaseLine(
        sku=sku,
        title=text(each.get("title") or each.get("name")) or sku,
        quantity=quantity,
        amount=minor_units(amount, currency),
        unit_price=str(each["price"]) if isinstance(each.get("price"), str) else None,
        size=None if variant is None or variant == "Default Title" else variant[:40],
    )


def _refunded(refund: Object, currency: str) -> int:
    """Return what was given back: the payments of the refund, else its lines with their taxes."""
    paid = [
        reading.money(each.get("amount"), currency)
        for each in objects(refund.get("transactions"))
        if each.get("kind") == "refund" and each.get("status", "success") == "success"
    ]
    lines = objects(refund.get("refund_line_items"))
    taken = sum(
        minor_units(reading.decimal(each.get("subtotal")) + reading.decimal(each.get("total_tax")), currency)
        for each in lines
    )
    return sum(paid) if paid else taken


def _channel(told: Object) -> Channel:
    name = (text(told.get("source_name")) or "web").casefold()
    if name == "pos":
        return Channel.STORE
    return Channel.APP if name in ("iphone", "android", "mobile_app") else Channel.WEB


def _author(told: Object, context: Context) -> str | None:
    """Return the associate who sold, where head office said who the shop's seller is."""
    for each in objects(told.get("line_items")):
        for staff in objects(each.get("attributed_staffs")):
            if (known := context.settings.associates.get(number(staff.get("id")) or "")) is not None:
                return known
    return context.settings.associates.get(number(told.get("user_id")) or "")


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
