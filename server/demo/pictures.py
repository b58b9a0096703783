"""A picture of each made product, drawn on warm paper in its colour; the same bytes every time."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final

from server.demo import drawn_leather, drawn_objects, drawn_wear
from server.demo.catalog import MadeProduct, catalogue
from server.demo.drawing import Canvas
from server.demo.pen import Pen

PIXELS: Final = 480

SHAPES: Final[dict[str, Callable[[Pen], None]]] = {
    **drawn_leather.SHAPES,
    **drawn_wear.SHAPES,
    **drawn_objects.SHAPES,
}


def draw_picture(one: MadeProduct, *, pixels: int = PIXELS) -> bytes:
    """Return the PNG of a product, ``pixels`` wide and high."""
    canvas = _backdrop(pixels).copy()
    SHAPES[one.shape](Pen(canvas, one.colour.rgb, motif=one.product.sku))
    return canvas.png()


def write_pictures(folder: Path, *, helpers: int = 1) -> int:
    """Draw the pictures that the folder lacks and return how many were drawn.

    Args:
        helpers: processes to draw in.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [one for one in catalogue() if not (folder / (one.product.picture or "")).exists()]
    if helpers < 2 or len(missing) < 2 * helpers:
        _draw_into(folder, missing)
        return len(missing)
    with ProcessPoolExecutor(helpers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for work in [pool.submit(_draw_into, folder, missing[part::helpers]) for part in range(helpers)]:
            work.result()
    return len(missing)


def _draw_into(folder: Path, products: Sequence[MadeProduct]) -> None:
    for one in products:
        path = folder / (one.product.picture or "")
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(draw_picture(one))
        unfinished.replace(path)


@cache
def _backdrop(pixels: int) -> Canvas:
    canvas = Canvas.paper(pixels, top=(247, 243, 237), bottom=(236, 229, 218))
    canvas.shadow((50, 84), width=76, height=13, opacity=0.20)
    return canvas
