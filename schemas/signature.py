"""A signature by finger: strokes as whole numbers on a fixed sheet, bounded, and drawn as SVG."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec

SHEET = (1000, 400)  # width and height of the sheet the points lie on
MOST_STROKES = 40
MOST_POINTS = 600  # of all strokes
FEWEST_POINTS = 8  # less is a slip of the finger

Point = Annotated[int, msgspec.Meta(ge=0, le=SHEET[0])]
Stroke = Annotated[tuple[Point, ...], msgspec.Meta(max_length=2 * MOST_POINTS)]  # x, y, x, y, ...
Signature = Annotated[tuple[Stroke, ...], msgspec.Meta(max_length=MOST_STROKES)]


def normalised(
    strokes: Iterable[Sequence[tuple[float, float]]], *, width: float, height: float
) -> tuple[tuple[int, ...], ...]:
    """Return strokes drawn on a pad as a signature: on the sheet, y downwards, thinned to what may be kept.

    Args:
        strokes: points from the pad's upper left corner.
        width, height: of the pad, in the same unit.
    """
    drawn = [list(stroke) for stroke in strokes if stroke][:MOST_STROKES]
    count = sum(len(stroke) for stroke in drawn)
    step = max(1, -(-count // (MOST_POINTS - MOST_STROKES)))
    kept = []
    for stroke in drawn:
        points = stroke[::step]
        if points[-1] != stroke[-1]:
            points.append(stroke[-1])
        flat: list[int] = []
        for x, y in points:
            flat += [_on(x / width, SHEET[0]), _on(y / height, SHEET[1])]
        kept.append(tuple(flat))
    return tuple(kept)


def is_signature(strokes: Iterable[Sequence[int]]) -> bool:
    """Whether somebody drew enough to have meant it, and within what may be kept."""
    points = 0
    for stroke in strokes:
        if len(stroke) % 2 or any(y > SHEET[1] for y in stroke[1::2]):
            return False
        points += len(stroke) // 2
    return FEWEST_POINTS <= points <= MOST_POINTS


def drawn(strokes: Iterable[Sequence[int]]) -> str:
    """Return a signature as an SVG picture. It holds numbers only."""
    paths = "".join(
        '<polyline points="{}"/>'.format(
            " ".join(f"{x},{y}" for x, y in zip(stroke[::2], stroke[1::2], strict=False))
        )
        for stroke in strokes
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SHEET[0]} {SHEET[1]}" fill="none" '
        f'stroke="#1D1B18" stroke-width="4" stroke-linecap="round" stroke-linejoin="round">{paths}</svg>'
    )


def _on(share: float, length: int) -> int:
    return round(min(max(share, 0.0), 1.0) * length)
