"""What she owns, as tiles: the latest first. Pure."""

from collections.abc import Mapping
from typing import Any

from schemas.record import Struct

MOST_TILES = 24


class Piece(Struct, frozen=True):
    """Something she took home."""

    sku: str
    title: str
    at: int  # wall milliseconds UTC
    colour: str = ""
    size: str = ""
    quantity: int = 1


def wardrobe(values: Mapping[str, Any]) -> tuple[Piece, ...]:
    """Return what she owns, the latest first."""
    owned = sorted(values.get("owned") or (), key=lambda each: -each["at"])
    return tuple(
        Piece(
            sku=each["sku"],
            title=each["title"],
            at=each["at"],
            colour=each.get("colour") or "",
            size=each.get("size") or "",
            quantity=each["quantity"],
        )
        for each in owned[:MOST_TILES]
    )


def shares(sums: Mapping[str, int] | None, most: int = 5) -> tuple[tuple[str, int, float], ...]:
    """Return (name, minor units, share of the largest) of what was spent, the most first."""
    ordered = sorted(
        ((name, sum_) for name, sum_ in (sums or {}).items() if sum_ > 0), key=lambda each: -each[1]
    )
    largest = ordered[0][1] if ordered else 1
    return tuple((name, amount, amount / largest) for name, amount in ordered[:most])
