"""What she spent over the last year, month by month, and the part of it by channel or category. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from mobile_app.screens.card.facts import spend_by_month
from mobile_app.screens.card.wardrobe import shares
from schemas.record import Struct

CHANNEL, FAMILY = "channel", "family"
MONTHS = 12
MOST_CARRIED = 40  # purchases that a card carries at most: of a busier year only the latest are known in part

Values = Mapping[str, Any]


class Part(Struct, frozen=True):
    """One channel or one category, and what was spent there."""

    key: str  # "channel:store", "family:bags"
    amount: int  # minor units
    share: float  # of the largest of its kind

    @property
    def name(self) -> str:
        """The channel's or the category's own name."""
        return self.key.partition(":")[2]


class Spent(Struct, frozen=True):
    """Everything the chart and the rows below it show."""

    currency: str = "EUR"
    months: tuple[tuple[int, int], ...] = ()  # month 1 to 12 and minor units, the oldest first
    part: tuple[int, ...] = ()  # what of each month falls to the chosen part; empty when none is chosen
    channels: tuple[Part, ...] = ()
    families: tuple[Part, ...] = ()
    of_the_year: bool = True  # the parts are of these months; else since the beginning
    in_part: bool = False  # more was bought in these months than this tablet knows one by one


def spent(values: Values, today: date, chosen: str = "") -> Spent:
    """Return what was spent; empty for whom may not see sums.

    Purchases tell the months apart by channel and category. Who sees sums alone is shown the parts since the
    beginning, which the sums name, and can choose none.
    """
    spend = values.get("spend")
    if not spend:
        return Spent()
    currency = spend.get("currency", "EUR")
    months = spend_by_month(values, today, MONTHS)
    purchases = values.get("purchases")
    if purchases is None:
        return Spent(
            currency=currency,
            months=months,
            channels=_parts(CHANNEL, spend.get("by_channel") or {}),
            families=_parts(FAMILY, spend.get("by_family") or {}),
            of_the_year=False,
        )
    first = today.year * 12 + today.month - MONTHS
    sums: dict[str, Counter[str]] = {CHANNEL: Counter(), FAMILY: Counter()}
    chosen_sums = [0] * MONTHS
    oldest = MONTHS
    for purchase in purchases:
        at = _month(purchase["at"]) - first
        oldest = min(oldest, at)
        if purchase["currency"] != currency or not 0 <= at < MONTHS:
            continue
        for kind, name, amount in _told(purchase):
            sums[kind][name] += amount
            if chosen == f"{kind}:{name}":
                chosen_sums[at] += amount
    return Spent(
        currency=currency,
        months=months,
        part=tuple(chosen_sums) if any(chosen_sums) else (),
        channels=_parts(CHANNEL, sums[CHANNEL]),
        families=_parts(FAMILY, sums[FAMILY]),
        in_part=len(purchases) >= MOST_CARRIED and oldest >= 0,
    )


def _told(purchase: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Yield every (kind, name, minor units) that a purchase adds to."""
    yield CHANNEL, purchase["channel"], purchase["total"]
    for line in purchase.get("lines") or ():
        if line.get("family"):
            yield FAMILY, line["family"], line["amount"]


def _parts(kind: str, sums: Mapping[str, int]) -> tuple[Part, ...]:
    return tuple(
        Part(key=f"{kind}:{name}", amount=amount, share=share) for name, amount, share in shares(sums)
    )


def _month(at: int) -> int:
    """Return the month of an instant, counted from year 0, as the server counts it."""
    day = datetime.fromtimestamp(at / 1000, UTC)
    return day.year * 12 + day.month - 1
