"""Reads WooCommerce: its webhooks, whose bodies are REST v3 representations, and pages of those.

Source: WooCommerce REST API v3, customers and orders; webhooks.
"""

from collections.abc import Iterator

from schemas.purchase import PurchaseLine
from server.connectors import reading
from server.connectors.reading import Object, number, obj, objects, text, when
from server.connectors.said import PersonSaid, Said
from server.connectors.settings import Context
from server.connectors.shop import sale
from server.imports.money import minor_units

_SOLD = {"processing", "completed", "refunded", "on-hold"}
_CANCELLED = {"cancelled", "failed", "trash"}


def read(told: Object, context: Context) -> Iterator[Said]:
    """Yield what a delivery says. What a shop deletes is told without an instant, and changes nothing here.

    Raises:
        Unreadable: it lacks what its topic promises.
    """
    if context.topic in ("customer.created", "customer.updated", "customers"):
        yield from person(told, context)
    elif context.topic in ("order.created", "order.updated", "order.restored", "orders"):
        yield from order(told, context)


def person(told: Object, context: Context) -> Iterator[Said]:
    """Yield what a customer says."""
    billing = obj(told.get("billing"))
    fields = {
        "given_name": text(told.get("first_name")) or billing.get("first_name"),
        "family_name": text(told.get("last_name")) or billing.get("last_name"),
        "email": text(told.get("email")) or billing.get("email"),
        **_contact(billing),
    }
    values = reading.person(fields, region=text(billing.get("country")) or context.settings.region)
    at = when(
        told.get("date_modified_gmt"), told.get("date_modified"),
        told.get("date_created_gmt"), told.get("date_created"),
    )  # fmt: skip
    yield PersonSaid(reference=reading.needed(told.get("id"), "id"), at=at, values=values)


def order(told: Object, context: Context) -> Iterator[Said]:
    """Yield a sale that was made, and what was paid back of it; one still in the basket says nothing."""
    status = text(told.get("status")) or ""
    if status not in _SOLD | _CANCELLED:
        return
    currency = reading.currency_of(told.get("currency"), context.settings.currency)
    customer = number(told.get("customer_id"))
    billing = obj(told.get("billing"))
    lines = [
        PurchaseLine(
            sku=text(each.get("sku")) or number(each.get("product_id")) or "unknown",
            title=text(each.get("name")) or "",
            quantity=reading.whole(each.get("quantity")),
            amount=minor_units(
                reading.decimal(each.get("total")) + reading.decimal(each.get("total_tax")), currency
            ),
        )
        for each in objects(told.get("line_items"))
    ]
    yield from sale(
        context,
        reference=reading.needed(told.get("id"), "id"),
        at=when(told.get("date_paid_gmt"), told.get("date_created_gmt"), told.get("date_created")),
        revision=when(told.get("date_modified_gmt"), told.get("date_modified"), told.get("date_created_gmt")),
        currency=currency,
        total=reading.told_amount(told.get("total"), "total", currency),
        lines=lines,
        cancelled=status in _CANCELLED,
        back=[
            (reading.needed(each.get("id"), "refund.id"), abs(reading.money(each.get("total"), currency)))
            for each in objects(told.get("refunds"))
        ],
        customer=None if customer == "0" else customer,
        email=text(billing.get("email")),
        phone=text(billing.get("phone")),
    )


def _contact(billing: Object) -> dict[str, object]:
    fields: dict[str, object] = {}
    if "phone" in billing:
        fields["phone"] = billing["phone"]
    if text(billing.get("city")) or text(billing.get("address_1")):
        fields["town"] = billing.get("city")
        fields["address"] = reading.address(
            billing,
            lines=("address_1", "address_2"),
            code="postcode",
            city="city",
            region=billing.get("state"),
            country=billing.get("country"),
        )
    return fields
