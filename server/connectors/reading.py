"""Reads loosely written JSON: texts, instants, sums of money; what does not fit is absent, never a guess."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import Any

from schemas.customer import FieldInvalid, checked
from server.connectors.said import Unreadable
from server.customers.countries import country_code
from server.customers.forms import email_form, phone_form
from server.imports.money import LARGEST_PRICE, minor_units

LONGEST = 200
Object = Mapping[str, Any]


def obj(value: Any) -> Object:
    """Return an object, empty when there is none."""
    return value if isinstance(value, Mapping) else {}


def objects(value: Any) -> list[Object]:
    """Return the objects of a list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """Return a text without control characters and HTML entities, cut to size; None when nothing is left."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    plain = "".join(c for c in unescape(str(value)) if c.isprintable()).strip()[:LONGEST]
    return plain or None


def number(value: Any) -> str | None:
    """Return a source's own number of a thing as text; of ``gid://shopify/Customer/42`` the last part."""
    told = text(value)
    return None if told is None else (told.rpartition("/")[2] if told.startswith("gid://") else told)[:120]


def needed(value: Any, name: str) -> str:
    """Return a number that must be there.

    Raises:
        Unreadable: it is not.
    """
    found = number(value)
    if found is None:
        raise Unreadable(f"{name} is missing")
    return found


def instant(value: Any) -> int | None:
    """Return wall milliseconds UTC of an ISO instant; one without a zone is UTC. None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        at = round(moment.timestamp() * 1000)
    except (OverflowError, ValueError):
        return None
    return at if 0 <= at < 1 << 43 else None


def when(*values: Any) -> int:
    """Return the first of these that is an instant.

    Raises:
        Unreadable: none is.
    """
    for value in values:
        if (at := instant(value)) is not None:
            return at
    raise Unreadable("no instant says when")


def money(value: Any, currency: str) -> int:
    """Return an amount in minor units; 0 when it is none."""
    return minor_units(decimal(value), currency)


def told_amount(value: Any, name: str, currency: str) -> int:
    """Return an amount that must be there, in minor units: without it, what was told is no order.

    Raises:
        Unreadable: it is not.
    """
    if value is None:
        raise Unreadable(f"{name} is missing")
    return money(value, currency)


def decimal(value: Any) -> Decimal:
    """Return a number as written; 0 when it is none, or out of any reason."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return Decimal(0)
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() and abs(found) < LARGEST_PRICE else Decimal(0)


def whole(value: Any) -> int:
    """Return a quantity; 0 when it is none."""
    found = decimal(value)
    return int(found) if abs(found) < 1 << 31 else 0


def currency_of(value: Any, default: str | None) -> str:
    """Return a currency's code.

    Raises:
        Unreadable: there is none.
    """
    told = (text(value) or default or "").upper()
    if len(told) != 3 or not told.isalpha() or not told.isascii():
        raise Unreadable("the currency is missing")
    return told


def person(told: Mapping[str, Any], *, region: str) -> dict[str, Any]:
    """Return the fields that hold; what no field could hold is left out.

    Args:
        told: our fields, as the source wrote them. An empty one clears, an absent one says nothing.
        region: of phones without a country.
    """
    values: dict[str, Any] = {}
    for field, written in told.items():
        value = written
        if isinstance(written, str | int) and field != "address":
            value = text(written)
        if field == "email" and value is not None:
            value = value if email_form(value) else None
            if value is None:
                continue
        if field == "phone" and value is not None and (value := phone_form(value, region=region)) is None:
            continue
        try:
            values[field] = None if value is None else checked(field, value)
        except FieldInvalid:
            continue
    return values


def address(
    told: Object, *, lines: tuple[str, str], code: str, city: str, region: Any, country: Any
) -> dict[str, str] | None:
    """Return an address as one value; None when it names no place."""
    place = {
        "line1": text(told.get(lines[0])),
        "line2": text(told.get(lines[1])),
        "postal_code": (text(told.get(code)) or "")[:20],
        "city": (text(told.get(city)) or "")[:120],
        "region": (text(region) or "")[:120],
    }
    if not any(place.values()):
        return None
    if written := text(country):
        place["country"] = country_code(written) or written  # no country at all: no field holds the address
    return {name: value for name, value in place.items() if value}
