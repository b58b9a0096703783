"""Her points: how many may be spent here and now, and what she did with them. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mobile_app.screens.card.shown import CardModel
from schemas.loyalty import (
    FEWEST_REDEEMED,
    MINOR_UNITS_A_POINT,
    REWARDS,
    Reward,
    allowance,
    holder_of,
    redeemable,
)
from schemas.mutations import RedeemPoints
from schemas.record import Struct

FIRST_OFFER = 200  # points proposed when none are named
HELD = "loyalty/held"  # the path of what this tablet asked to set aside
MOST_MOVES = 20


class PointsMove(Struct, frozen=True):
    """A line of the ledger, as far as this tablet knows it."""

    at: int  # wall milliseconds UTC
    points: int
    reason: str
    reference: str = ""


def most(model: CardModel) -> int:
    """Return how many points may be spent now: all that are free, or without a line what was set aside."""
    if model.card is None or not model.reads("loyalty"):
        return 0
    standing = model.card.values.get("loyalty")
    holder = holder_of(model.directory.device, model.directory.me)
    if model.online:
        return redeemable(standing, holder=holder, at=model.now_ms)
    return set_aside(model)


def set_aside(model: CardModel) -> int:
    """Return how many points this tablet may spend without a line; what nobody confirmed is nothing."""
    if model.card is None or HELD in model.card.pending_paths:
        return 0
    holder = holder_of(model.directory.device, model.directory.me)
    return allowance(model.card.values.get("loyalty"), holder=holder, now=model.now_ms)


def redeeming(model: CardModel, text: str) -> RedeemPoints | None:
    """Return the edit that spends so many points, or None when so many may not be spent."""
    digits = "".join(letter for letter in text if letter.isdigit())
    points = int(digits) if digits and len(digits) < 8 else 0
    if not FEWEST_REDEEMED <= points <= most(model):
        return None
    reward = next((each.code for each in REWARDS if each.points == points), None)
    return RedeemPoints(points=points, reward=reward)


def worth(points: int) -> int:
    """Return what points are worth in minor units: a reward is worth more than its points alone."""
    reward = next((each for each in REWARDS if each.points == points), None)
    return reward.worth if reward else points * MINOR_UNITS_A_POINT


def rewards(points: int) -> tuple[tuple[Reward, bool], ...]:
    """Return every reward and whether so many points reach it."""
    return tuple((each, each.points <= points) for each in REWARDS)


def moves(values: Mapping[str, Any]) -> tuple[PointsMove, ...]:
    """Return how the points came about, the latest first: purchases since she has a card, and the rest."""
    standing = values.get("loyalty")
    if not isinstance(standing, Mapping):
        return ()
    found = [
        PointsMove(
            at=line["at"], points=line["points"], reason=line["reason"], reference=line.get("reference") or ""
        )
        for line in standing.get("latest") or ()
    ]
    since = standing.get("since") or ""
    for purchase in values.get("purchases") or ():
        points = int(purchase["total"] / 100)
        if points and _day(purchase["at"]) >= since:
            reason = "purchase" if purchase["kind"] == "sale" else "return"
            found.append(PointsMove(at=purchase["at"], points=points, reason=reason))
    return tuple(sorted(found, key=lambda move: -move.at)[:MOST_MOVES])


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()
