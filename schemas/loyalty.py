"""Loyalty: the ledger's entries and the standing drawn from them."""

from collections.abc import Iterable
from uuid import UUID

from schemas.record import OpenEnum, Struct


class Tier(OpenEnum):
    """A customer's rank in the programme, lowest first."""

    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"
    BLACK = "black"


# Points earned over the last 12 months that open each tier, lowest first.
TIER_THRESHOLDS: tuple[tuple[Tier, int], ...] = (
    (Tier.SILVER, 0),
    (Tier.GOLD, 1_500),
    (Tier.PLATINUM, 5_000),
    (Tier.BLACK, 15_000),
)


class LoyaltyEntry(Struct):
    """One line of the append-only ledger. ``points`` is signed; a line is never changed."""

    entry_id: UUID
    at: int  # wall milliseconds UTC
    points: int
    reason: str  # "purchase", "return", "adjustment", "reward"
    reference: str | None = None


class LoyaltyStanding(Struct):
    """What the card shows: the balance and the tier it gave."""

    tier: Tier
    points: int
    since: str | None = None  # ISO date of the first entry


def tier_for(points_12_months: int) -> Tier:
    """Return the highest tier that this many points of the last 12 months open."""
    reached = TIER_THRESHOLDS[0][0]
    for tier, threshold in TIER_THRESHOLDS:
        if points_12_months >= threshold:
            reached = tier
    return reached


def balance(ledger: Iterable[LoyaltyEntry]) -> int:
    """Return the points left. The ledger may come in any order and repeat entries."""
    return sum({entry.entry_id: entry.points for entry in ledger}.values())
