"""The filters of the list: what they ask of the tablet. Pure."""

from datetime import date

from schemas.identity import fold
from schemas.record import Struct
from sync.replica.search import EITHER

LAPSED_AFTER_MONTHS = 12
LAPSED_WITHIN_MONTHS = 120
TIERS = ("silver", "gold", "platinum", "black")


class Filters(Struct, frozen=True):
    """What narrows the list besides the words typed."""

    mine: bool = False
    my_store: bool = False
    birthdays: bool = False
    lapsed: bool = False
    tier: str = ""
    size_category: str = ""
    size: str = ""
    like: str = ""

    @property
    def narrow(self) -> bool:
        """Whether any of them is on."""
        return self != Filters()


def facets_of(filters: Filters, *, today: date) -> tuple[str, ...]:
    """Return what the tablet is asked for; ``mine`` and ``here`` are its own words."""
    asked = [name for name, on in (("mine", filters.mine), ("here", filters.my_store)) if on]
    if filters.birthdays:
        asked.append(f"birthday:{today.month:02}")
    if filters.lapsed:
        asked.append(EITHER.join(f"seen:{month}" for month in _months_before(today)))
    if filters.tier:
        asked.append(f"tier:{filters.tier}")
    if filters.size_category and filters.size:
        asked.append(f"size:{filters.size_category}={filters.size.strip()}")
    if filters.like.strip():
        asked.append(f"like:{' '.join(fold(filters.like).split())}")
    return tuple(asked)


def _months_before(today: date) -> list[str]:
    """Return the months in which she was seen last, if she is to count as lapsed: a year ago or more."""
    now = today.year * 12 + today.month - 1
    return [
        f"{number // 12}-{number % 12 + 1:02}"
        for number in range(now - LAPSED_WITHIN_MONTHS, now - LAPSED_AFTER_MONTHS + 1)
    ]
