"""Loyalty: the ledger's entries and the standing drawn from them."""

from collections.abc import Iterable, Mapping
from typing import Any
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


MINOR_UNITS_A_POINT = 5  # what a point is worth when she spends it
FEWEST_REDEEMED = 50
MOST_HELD = 500  # points one tablet may set aside for a customer, to be spent without a line
HELD_FOR_MS = 36 * 3_600_000  # so long a tablet may spend what it set aside
LATE_MS = 14 * 24 * 3_600_000  # and so long the server waits for what was spent then: a tablet's lease


class Reward(Struct):
    """Something that points are given for."""

    code: str
    points: int
    worth: int  # minor units off a purchase


REWARDS: tuple[Reward, ...] = tuple(
    Reward(code=f"voucher-{points}", points=points, worth=worth)
    for points, worth in ((200, 1_000), (500, 2_500), (1_000, 6_000), (2_500, 17_500))
)


class LoyaltyEntry(Struct, omit_defaults=True):
    """One line of the append-only ledger. ``points`` is signed; a line is never changed."""

    entry_id: UUID
    at: int  # wall milliseconds UTC
    points: int
    reason: str  # "purchase", "return", "adjustment", "reward"; "hold" moves no points
    reference: str | None = None
    holder: str | None = None  # whose tablet redeemed, or set points aside
    held: int = 0  # points set aside from now on


class Held(Struct):
    """Points that one person's tablet has set aside for a customer, to be spent without a line."""

    points: int
    until: int  # wall milliseconds UTC; spent no later than this


class LoyaltyStanding(Struct, omit_defaults=True):
    """What the card shows: the balance and the tier it gave."""

    tier: Tier
    points: int
    since: str | None = None  # ISO date of the first entry
    held: dict[str, Held] = {}  # holder -> what it has set aside
    latest: tuple[LoyaltyEntry, ...] = ()  # what was given, taken and redeemed last: not purchases


def holder_of(device: UUID | None, person: str) -> str | None:
    """Return who sets points aside: a person on a tablet, for each has a queue of his own."""
    return f"{device}/{person}" if device is not None else None


def redeemable(standing: Mapping[str, Any] | None, *, holder: str | None, at: int) -> int:
    """Return how many points may be spent at an instant: all but what others have set aside.

    What was set aside comes back when nothing that was spent of it can still arrive.
    """
    if not standing:
        return 0
    held: Mapping[str, Mapping[str, int]] = standing.get("held") or {}
    others = sum(
        each["points"] for other, each in held.items() if other != holder and at <= each["until"] + LATE_MS
    )
    return max(0, int(standing["points"]) - others)


def allowance(standing: Mapping[str, Any] | None, *, holder: str | None, now: int) -> int:
    """Return how many points a tablet may spend without asking: what it has set aside, while that holds."""
    every: Mapping[str | None, Mapping[str, int]] = (standing or {}).get("held") or {}
    held = every.get(holder)
    return held["points"] if held is not None and now <= held["until"] else 0


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


def holds(ledger: Iterable[LoyaltyEntry]) -> dict[str, Held]:
    """Return what is set aside by whom: the last word of each, less what was redeemed since."""
    standing: dict[str, Held] = {}
    for line in sorted({line.entry_id: line for line in ledger}.values(), key=_in_order):
        if line.holder is None:
            continue
        if line.reason == "hold":
            standing[line.holder] = Held(points=line.held, until=line.at + HELD_FOR_MS)
        elif line.reason == "reward" and line.holder in standing:
            held = standing[line.holder]
            standing[line.holder] = Held(points=max(0, held.points + line.points), until=held.until)
    return {holder: held for holder, held in standing.items() if held.points}


def _in_order(line: LoyaltyEntry) -> tuple[int, bool, int, UUID]:
    """Order lines in time; of two holds of one instant the smaller is last: it promises less."""
    return line.at, line.reason != "hold", -line.held, line.entry_id
