"""In which order a column writes its dates, as far as the column itself can tell."""

import re
from collections.abc import Iterable
from typing import Literal

DateOrder = Literal["none", "iso", "day_first", "month_first", "ambiguous", "mixed"]

_ISO = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}")
_PARTS = re.compile(r"^(\d{1,2})[./-](\d{1,2})[./-]\d{2,4}")


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
