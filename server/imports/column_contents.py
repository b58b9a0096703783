"""What the values of a column look like: whether they can be what its name says."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final

from server.customers.countries import country_code
from server.customers.forms import email_form, phone_form
from server.imports.csv_source import parse_decimal
from server.imports.dates import DateOrder, DateUnclear, read_date
from server.imports.header_words import plain

TITLES: Final = frozenset(
    {"m", "mr", "mme", "mrs", "ms", "mlle", "miss", "dr", "me", "madame", "monsieur", "mademoiselle"}
)
_INSTANTS = (
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y",
    "%Y-%m-%d %H:%M:%S %z",
)  # fmt: skip


def is_title(text: str) -> bool:
    """Whether a text is how somebody is addressed."""
    return plain(text) in TITLES


def is_phone(text: str) -> bool:
    """Whether a text is a phone number, or written like one."""
    return phone_form(text) is not None or re.fullmatch(r"\+?[\d\s().\-/]{6,24}", text) is not None


def is_date(text: str, order: DateOrder) -> bool:
    """Whether a text is a day on which somebody alive may be born."""
    with suppress(DateUnclear):
        return read_date(text, "day_first" if order in ("ambiguous", "mixed") else order).year > 1880
    return False


def is_number(text: str, decimal: str) -> bool:
    """Whether a text is a number as the file writes them."""
    with suppress(ValueError):
        return float(parse_decimal(text, decimal)) is not None
    return False


def _worded(text: str) -> bool:
    return any(sign.isalpha() for sign in text) and "@" not in text and sum(map(str.isdigit, text)) < 3


HOLDS: Mapping[str, Callable[[str], bool]] = {
    "email": lambda text: email_form(text) is not None,
    "phone": is_phone,
    "other_phone": is_phone,
    "birth_date": bool,
    "title": is_title,
    "given_name": _worded,
    "family_name": _worded,
    "full_name": _worded,
    "city": _worded,
    "country": lambda text: country_code(text) is not None,
    "postal_code": lambda text: len(text) <= 10 and any(map(str.isdigit, text)),
    "language": lambda text: re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", text) is not None,
    "quantity": bool,
    "unit_price": bool,
    "discount": bool,
    "currency": lambda text: re.fullmatch(r"[A-Z]{3}", text) is not None,
}


def instant_form(values: Sequence[str]) -> str | None:
    """Return the form in which all of these are instants; None where several are, or none is."""
    if not values:
        return None
    if all(_reads(value, datetime.fromisoformat) for value in values):
        return "iso"
    found = list(_forms(values))
    return found[0] if len({form.replace("%d", "%m") for form in found}) == len(found) == 1 else None


def _forms(values: Sequence[str]) -> Iterator[str]:
    for form in _INSTANTS:
        if all(_reads(value, partial(_strptime, form)) for value in values):
            yield form


def _strptime(form: str, text: str) -> datetime:
    return datetime.strptime(text, form)


def _reads(text: str, read: Callable[[str], object]) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
