"""In which order a column writes its dates, as far as the column itself can tell."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final, Literal

DateOrder = Literal["none", "iso", "day_first", "month_first", "ambiguous", "mixed"]

_ISO = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}")
_PARTS = re.compile(r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?=$|[ T])")
_WORDS = re.compile(
    r"^(?:(\d{1,2})(?:er|st|nd|rd|th)?\.?[ -]+([^\W\d]+)\.?|([^\W\d]+)\.? +(\d{1,2}),?)[ -]+(\d{4}|\d{2})$"
)
_MONTHS: Final = (
    ("jan",), ("feb", "fev", "fév"), ("mar",), ("apr", "avr"), ("may", "mai"), ("jun", "juin"), ("jul",),
    ("aug", "aou", "aoû"), ("sep",), ("oct", "okt"), ("nov",), ("dec", "déc", "dez"),
)  # fmt: skip
BORN_SINCE = 30  # of years written with two digits: 30 to 99 are of the twentieth century


def date_order(values: Iterable[str]) -> DateOrder:
    """Return how the dates of a column are written; one number above twelve tells, none leaves it open."""
    iso = first = second = either = 0
    for value in values:
        text = value.strip()
        if _ISO.match(text):
            iso += 1
        elif found := _PARTS.match(text):
            one, other = int(found[1]), int(found[2])
            if one > 12:
                first += 1
            elif other > 12:
                second += 1
            else:
                either += 1
    if sum(map(bool, (iso, first, second))) > 1:
        return "mixed"
    if first:
        return "day_first"
    if second:
        return "month_first"
    if either:
        return "ambiguous"
    return "iso" if iso else "none"


class DateUnclear(ValueError):
    """It is no date, or may be two; the text says which."""


def read_date(text: str, order: DateOrder) -> date:
    """Return a date as people write it, by the order that its column was found to have.

    Raises:
        DateUnclear: it is none, or the column does not tell the day from the month.
    """
    written = text.strip()
    try:
        if found := _PARTS.match(written):
            one, other, year = int(found[1]), int(found[2]), _year(found[3])
            if order == "month_first" or (order == "mixed" and other > 12):
                return date(year, one, other)
            if order == "day_first" or one > 12 or one == other:
                return date(year, other, one)
            if other > 12:
                return date(year, one, other)
            raise DateUnclear("the column does not tell the day from the month: say formats.birth_date")
        if found := _WORDS.match(written):
            return date(_year(found[5]), _month(found[2] or found[3]), int(found[1] or found[4]))
        return date.fromisoformat(written[:10] if _ISO.match(written) else written)
    except DateUnclear:
        raise
    except (ValueError, OverflowError) as error:
        raise DateUnclear("not a date") from error


def likely_date(text: str, order: DateOrder) -> date:
    """Return a date for comparison alone: where day and month cannot be told apart, the day comes first.

    Raises:
        DateUnclear: it is none either way.
    """
    try:
        return read_date(text, order)
    except DateUnclear:
        return read_date(text, "day_first")


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= BORN_SINCE else 2000)


def _month(word: str) -> int:
    """Return the number of a month by its name in English or French, whole or short."""
    said = word.casefold()
    if said.startswith("juil"):
        return 7
    for number, starts in enumerate(_MONTHS, start=1):
        if said.startswith(starts):
            return number
    raise ValueError(word)
