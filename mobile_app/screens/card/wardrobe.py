"""What she owns, as tiles: the latest first. Pure."""

from collections.abc import Mapping
from typing import Any

from schemas.record import Struct

MOST_TILES = 24
MOST_SEEN = 8
ONLINE = ("web_view", "cart")


class Piece(Struct, frozen=True):
    """Something she took home."""

    sku: str
    title: str
    at: int  # wall milliseconds UTC
    colour: str = ""
    size: str = ""
    quantity: int = 1
    path: str = ""  # of a wish
    channel: str = ""
    in_basket: bool = False  # left there, not bought


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


def wishes(values: Mapping[str, Any]) -> tuple[Piece, ...]:
    """Return what she wishes for, the latest first."""
    held = sorted((values.get("wish_list") or {}).items(), key=lambda each: (-each[1]["at"], each[0]))
    return tuple(
        Piece(
            sku=each["sku"],
            title=each["title"],
            at=each["at"],
            path=f"wish_list/{key}",
            channel=each.get("channel") or "",
        )
        for key, each in held[:MOST_TILES]
    )


def seen_online(values: Mapping[str, Any]) -> tuple[Piece, ...]:
    """Return the articles she looked at or left in a basket online, each once, the latest first."""
    seen: dict[str, Piece] = {}
    for each in sorted(values.get("touchpoints") or (), key=lambda each: -each["at"]):
        if each["kind"] in ONLINE and each.get("sku"):
            piece = Piece(
                sku=each["sku"],
                title=each.get("summary") or each["sku"],
                at=each["at"],
                channel=each["channel"],
                in_basket=each["kind"] == "cart",
            )
            seen.setdefault(each["sku"], piece)
    return tuple(seen.values())[:MOST_SEEN]


def shares(sums: Mapping[str, int] | None, most: int = 5) -> tuple[tuple[str, int, float], ...]:
    """Return (name, minor units, share of the largest) of what was spent, the most first."""
    ordered = sorted(
        ((name, sum_) for name, sum_ in (sums or {}).items() if sum_ > 0), key=lambda each: -each[1]
    )
    largest = ordered[0][1] if ordered else 1
    return tuple((name, amount, amount / largest) for name, amount in ordered[:most])
