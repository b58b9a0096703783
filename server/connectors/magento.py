"""Reads Magento 2: customers and orders as its REST interface answers them. Its instants are UTC.

Source: Adobe Commerce REST API, customers/search and orders.
"""

from collections.abc import Iterator

from schemas.purchase import PurchaseLine
from server.connectors import reading
from server.connectors.reading import Object, number, obj, objects, text, when
from server.connectors.said import PersonSaid, Said
from server.connectors.settings import Context
from server.connectors.shop import sale
from server.imports.money import minor_units

_NOT_SOLD = {"pending_payment", "payment_review", "holded"}


def read(told: Object, context: Context) -> Iterator[Said]:
    """Yield what one item says. ``is_subscribed`` names no wording and no day: it is not read as a consent.

    Raises:
        Unreadable: it lacks what its topic promises.
    """
    if context.topic == "customers":
        yield from person(told, context)
    elif context.topic == "orders":
        yield from order(told, context)


def person(told: Object, context: Context) -> Iterator[Said]:
    """Yield what a customer says; her address is the one she pays from."""
    addresses = objects(told.get("addresses"))
    chosen = [each for each in addresses if each.get("default_billing") is True] or addresses
    place = chosen[0] if chosen else {}
    fields: dict[str, object] = {
        "given_name": told.get("firstname"),
        "family_name": told.get("lastname"),
        "title": told.get("prefix"),
        "email": told.get("email"),
        "birth_date": (text(told.get("dob")) or "")[:10] or None,
    }
    if place:
        street = [line for each in place.get("street") or () if (line := text(each))]
        fields["phone"] = place.get("telephone")
        fields["town"] = place.get("city")
        fields["address"] = reading.address(
            {**place, "line1": " ".join(street[:1]), "line2": " ".join(street[1:])},
            lines=("line1", "line2"),
            code="postcode",
            city="city",
            region=obj(place.get("region")).get("region"),
            country=place.get("country_id"),
        )
    values = reading.person(fields, region=text(place.get("country_id")) or context.settings.region)
    yield PersonSaid(
        reference=reading.needed(told.get("id"), "id"),
        at=when(told.get("updated_at"), told.get("created_at")),
        values=values,
    )


def order(told: Object, context: Context) -> Iterator[Said]:
    """Yield a sale; of a configurable product and its simple child, which both stand in it, the former."""
    state = text(told.get("state")) or text(told.get("status")) or ""
    if state in _NOT_SOLD:
        return
    currency = reading.currency_of(told.get("order_currency_code"), context.settings.currency)
    refunded = reading.money(told.get("total_refunded"), currency)
    lines = [
        PurchaseLine(
            sku=text(each.get("sku")) or "unknown",
            title=text(each.get("name")) or "",
            quantity=reading.whole(each.get("qty_ordered")),
            amount=minor_units(
                reading.decimal(each.get("row_total_incl_tax") or each.get("row_total"))
                - reading.decimal(each.get("discount_amount")),
                currency,
            ),
        )
        for each in objects(told.get("items"))
        if each.get("parent_item_id") is None
    ]
    yield from sale(
        context,
        reference=reading.needed(told.get("increment_id") or told.get("entity_id"), "increment_id"),
        at=when(told.get("created_at")),
        revision=when(told.get("updated_at"), told.get("created_at")),
        currency=currency,
        total=reading.told_amount(told.get("grand_total"), "grand_total", currency),
        lines=lines,
        cancelled=state == "canceled",
        back=[("all", refunded)] if refunded else [],
        customer=None if told.get("customer_is_guest") in (1, True) else number(told.get("customer_id")),
        email=text(told.get("customer_email")),
        phone=text(obj(told.get("billing_address")).get("telephone")),
    )
