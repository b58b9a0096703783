"""Reads Segment-compatible calls: who somebody is, what she looked at, and what she bought.

Source: Segment spec, common fields, identify, track, alias and e-commerce v2 (v1 names as aliases).
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from schemas.engagement import Touchpoint, TouchpointKind
from schemas.ids import id_from
from schemas.purchase import Purchase, PurchaseKind, PurchaseLine
from schemas.record import Channel
from server.connectors import reading
from server.connectors.reading import Object, number, obj, objects, text, when
from server.connectors.said import ContactSaid, OrderSaid, PersonSaid, Said, SignedIn, Unreadable, WishSaid
from server.connectors.settings import Context
from server.imports.money import minor_units

_FORMER = {
    "Viewed Product": "Product Viewed",
    "Searched Products": "Products Searched",
    "Added Product": "Product Added",
    "Removed Product": "Product Removed",
    "Viewed Cart": "Cart Viewed",
    "Started Order": "Checkout Started",
    "Completed Order": "Order Completed",
    "Updated Order": "Order Updated",
    "Refunded Order": "Order Refunded",
    "Cancelled Order": "Order Cancelled",
}
_SEEN = {
    "Product Viewed": TouchpointKind.WEB_VIEW,
    "Products Searched": TouchpointKind.WEB_SEARCH,
    "Product Added": TouchpointKind.CART,
    "Product Removed": TouchpointKind.CART,
    "Cart Viewed": TouchpointKind.CART,
    "Checkout Started": TouchpointKind.CART,
}
_WORDS = {
    "Product Added": "in the basket: ",
    "Product Removed": "out of the basket: ",
    "Cart Viewed": "basket",
    "Checkout Started": "checkout",
}
_WISHES = {"Product Added to Wishlist": True, "Product Removed from Wishlist": False}


def read(told: Object, context: Context) -> Iterator[Said]:
    """Yield what one call says; a call of a kind that says nothing here yields nothing.

    Raises:
        Unreadable: it names nobody, no message or no instant.
    """
    kind = text(told.get("type")) or context.topic
    user, visitor = number(told.get("userId")), text(told.get("anonymousId"))
    at = when(
        told.get("timestamp"), told.get("originalTimestamp"), told.get("sentAt"), told.get("receivedAt")
    )
    if kind in ("identify", "track", "alias") and not user and not visitor:
        raise Unreadable("it names nobody: userId or anonymousId")
    if kind == "alias":
        before = text(told.get("previousId"))
        if user and before:
            yield SignedIn(visitor=before, reference=user)
        return
    if user and visitor:
        yield SignedIn(visitor=visitor, reference=user)
    if kind == "identify" and user:
        yield from _person(user, at, obj(told.get("traits")), obj(told.get("context")), context)
    elif kind == "track" and (user or visitor):
        yield from _track(told, user, None if user else visitor, at, context)


def _person(user: str, at: int, traits: Object, around: Object, context: Context) -> Iterator[Said]:
    place = obj(traits.get("address"))
    fields: dict[str, object] = {
        ours: traits[theirs]
        for ours, theirs in (
            ("given_name", "firstName"),
            ("family_name", "lastName"),
            ("email", "email"),
            ("phone", "phone"),
        )
        if theirs in traits
    }
    if "given_name" not in fields and "family_name" not in fields and (name := text(traits.get("name"))):
        first, _, last = name.rpartition(" ")
        fields |= {"given_name": first or None, "family_name": last} if first else {"family_name": last}
    if born := text(traits.get("birthday")):
        with suppress(ValueError):
            fields["birth_date"] = date.fromisoformat(born[:10]).isoformat()
    if locale := text(around.get("locale")):
        fields["language"] = locale.replace("_", "-")
    if place:
        fields["address"] = reading.address(
            place, lines=("street", ""), code="postalCode", city="city",
            region=place.get("state"), country=place.get("country"),
        )  # fmt: skip
        fields["town"] = place.get("city")
    campaign = text(obj(around.get("campaign")).get("name"))
    if campaign:
        fields["origin"] = {"channel": _channel(around).value, "campaign": campaign[:120], "at": at}
    values = reading.person(fields, region=context.settings.region)
    yield PersonSaid(reference=user, at=at, values=values)


def _track(told: Object, user: str | None, visitor: str | None, at: int, context: Context) -> Iterator[Said]:
    named = text(told.get("event")) or ""
    event = _FORMER.get(named, named)
    properties, around = obj(told.get("properties")), obj(told.get("context"))
    sku = text(properties.get("sku")) or number(properties.get("product_id"))
    title = text(properties.get("name")) or sku or ""
    if event in _WISHES and sku:
        yield WishSaid(
            reference=user, visitor=visitor, at=at, sku=sku[:80], title=title, present=_WISHES[event]
        )
    elif event in _SEEN:
        message = reading.needed(told.get("messageId"), "messageId")
        what = text(properties.get("query")) if event == "Products Searched" else title
        yield ContactSaid(
            touchpoint=Touchpoint(
                touchpoint_id=id_from("touchpoint", context.source, message),
                at=at,
                kind=_SEEN[event],
                channel=_channel(around),
                summary=(_WORDS.get(event, "") + (what or ""))[:200],
                author=context.source,
                sku=sku,
            ),
            reference=user,
            visitor=visitor,
        )
    elif event.startswith("Order "):
        yield from _order(event, told, user, visitor, at, context)


def _order(
    event: str, call: Object, user: str | None, visitor: str | None, at: int, context: Context
) -> Iterator[Said]:
    """Yield an order: what was paid is its total, else its revenue or subtotal, else what its products cost.

    Raises:
        Unreadable: nothing says what was paid.
    """
    told, around = obj(call.get("properties")), obj(call.get("context"))
    if event not in ("Order Completed", "Order Updated", "Order Refunded", "Order Cancelled"):
        return
    reference = reading.needed(told.get("order_id") or told.get("orderId"), "order_id")
    currency = reading.currency_of(told.get("currency"), context.settings.currency or "USD")
    cancelled, refunded = event == "Order Cancelled", event == "Order Refunded"
    sign = -1 if refunded else 1
    lines = tuple(
        PurchaseLine(
            sku=text(each.get("sku")) or number(each.get("product_id")) or "unknown",
            title=text(each.get("name")) or "",
            quantity=sign * (reading.whole(each.get("quantity")) or 1),
            amount=sign
            * minor_units(
                reading.decimal(each.get("price")) * (reading.whole(each.get("quantity")) or 1), currency
            ),
            size=text(each.get("variant")),
            family=text(each.get("category")),
        )
        for each in objects(told.get("products"))
    )
    amounts = (told.get(member) for member in ("total", "revenue", "subtotal"))
    total = next((each for each in amounts if each is not None), None)
    if total is None and not cancelled and not any("price" in each for each in objects(told.get("products"))):
        raise Unreadable("total is missing")
    paid = sum(line.amount for line in lines) if total is None else reading.money(total, currency)
    name = reference
    if refunded:  # one order may be paid back in parts
        name = f"{reference}/refund/{reading.needed(call.get('messageId'), 'messageId')}"
    yield OrderSaid(
        purchase=Purchase(
            purchase_id=id_from("purchase", context.source, name),
            source=context.source,
            reference=name,
            at=at,
            channel=_channel(around),
            kind=PurchaseKind.CANCELLED
            if cancelled
            else PurchaseKind.RETURN
            if refunded
            else PurchaseKind.SALE,
            currency=currency,
            total=0 if cancelled else sign * abs(paid),
            lines=() if cancelled else lines,
        ),
        revision=at,
        reference=user,
        visitor=visitor,
        email=None if user else text(told.get("email")),
    )


def _channel(around: Object) -> Channel:
    return Channel.APP if obj(around.get("app")) or obj(around.get("device")).get("id") else Channel.WEB
