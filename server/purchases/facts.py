"""What a customer's whole purchase ledger says: latest purchases, sums, owned products, sizes. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from schemas.purchase import ComputedSize, OwnedProduct, Purchase, PurchaseKind, PurchaseLine, Spend
from schemas.record import Values

LATEST_PURCHASES = 40  # carried by the profile; the ledger holds all
LATEST_LINES = 240  # of all those together: an older purchase comes with its sum alone
LATEST_OWNED = 60
MONTHS_SHOWN = 24
YEAR_MS = 365 * 24 * 3600 * 1000


def facts(ledger: Iterable[Purchase], *, now_ms: int) -> Values:
    """Return the server-owned fields that follow from a ledger, JSON-shaped.

    Args:
        ledger: every purchase of one customer, in any order.
        now_ms: the wall clock, for "the last twelve months".

    Returns:
        ``purchases``, ``spend``, ``owned``, ``computed_sizes`` and ``client_since``.
    """
    newest_first = sorted(ledger, key=lambda each: (each.at, each.purchase_id), reverse=True)
    shaped: Values = msgspec.json.decode(
        msgspec.json.encode(
            {
                "purchases": _latest(newest_first),
                "spend": _spend(newest_first, now_ms),
                "owned": _owned(newest_first),
                "computed_sizes": _sizes(newest_first),
                "client_since": _day(newest_first[-1].at) if newest_first else None,
            }
        )
    )
    return shaped


def _latest(newest_first: Sequence[Purchase]) -> list[Purchase]:
    """The latest purchases; lines go with them, newest first, until there are too many for a card."""
    kept: list[Purchase] = []
    lines = 0
    for each in newest_first[:LATEST_PURCHASES]:
        lines += len(each.lines)
        kept.append(each if lines <= LATEST_LINES else msgspec.structs.replace(each, lines=()))
    return kept


def _spend(newest_first: Sequence[Purchase], now_ms: int) -> Spend | None:
    """Sums in the currency of the latest purchase; others are not converted, hence not added."""
    if not newest_first:
        return None
    currency = newest_first[0].currency
    counted = [each for each in newest_first if each.currency == currency]
    sales = [each for each in counted if each.kind == PurchaseKind.SALE]
    by_month: Counter[str] = Counter()
    by_channel: Counter[str] = Counter()
    by_family: Counter[str] = Counter()
    for each in counted:
        by_month[_day(each.at)[:7]] += each.total
        by_channel[each.channel.value] += each.total
        for line in each.lines:
            if line.family:
                by_family[line.family] += line.amount
    return Spend(
        currency=currency,
        lifetime=sum(each.total for each in counted),
        last_12_months=sum(each.total for each in counted if each.at > now_ms - YEAR_MS),
        average_basket=round(sum(each.total for each in sales) / len(sales)) if sales else 0,
        purchases=len(sales),
        first_at=counted[-1].at,
        last_at=counted[0].at,
        by_month=dict(sorted(by_month.items(), reverse=True)[:MONTHS_SHOWN]),
        by_channel=dict(sorted(by_channel.items())),
        by_family=dict(by_family.most_common(12)),
    )


def _owned(newest_first: Sequence[Purchase]) -> list[OwnedProduct]:
    """Articles whose quantities, returns deducted, are still positive; the latest first."""
    latest: dict[tuple[str, str | None], tuple[int, PurchaseLine]] = {}
    left: Counter[tuple[str, str | None]] = Counter()
    for each in newest_first:
        for line in each.lines:
            key = (line.sku, line.size)
            left[key] += line.quantity
            if line.quantity > 0:
                latest.setdefault(key, (each.at, line))
    kept = [(at, line, left[key]) for key, (at, line) in latest.items() if left[key] > 0]
    return [
        OwnedProduct(
            sku=line.sku,
            title=line.title,
            at=at,
            quantity=quantity,
            size=line.size,
            colour=line.colour,
            family=line.family,
        )
        for at, line, quantity in kept[:LATEST_OWNED]
    ]


def _sizes(newest_first: Sequence[Purchase]) -> dict[str, ComputedSize]:
    """The size bought most per category, returns deducted; the latest wins a tie."""
    counts: dict[str, Counter[str]] = {}
    for each in newest_first:
        for line in each.lines:
            if line.size and line.size_category:
                counts.setdefault(line.size_category, Counter())[line.size] += line.quantity
    found: dict[str, ComputedSize] = {}
    for category, sizes in sorted(counts.items()):
        value, bought = sizes.most_common(1)[0]
        if bought > 0:
            found[category] = ComputedSize(value=value, purchases=bought)
    return found


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()
