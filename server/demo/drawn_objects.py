# ruff: noqa: E501
"""Drawings of jewellery, watches, perfumes and things for the home."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from server.demo.drawing import Outline, Rgb, box, ellipse, mix, ring, trace
from server.demo.pen import INK, PAPER, Pen


def _metal(pen: Pen, *outlines: Outline) -> None:
    pen.fill(*outlines, top=mix(pen.colour, (255, 255, 250), 0.45), bottom=mix(pen.colour, (60, 40, 20), 0.4))


def _cushion(pen: Pen) -> None:
    """Draw the velvet stand on which jewellery is shown."""
    pen.fill(ellipse(50, 80, 36, 8), top=(216, 206, 190), bottom=(196, 184, 164))
    pen.fill(ellipse(50, 77.6, 36, 8), top=(244, 239, 230), bottom=(226, 217, 202))


def _chain(pen: Pen, path: str, *, pitch: float = 1.5) -> None:
    points = trace(path)
    pen.canvas.stroke(points, width=0.5, colour=mix(pen.colour, (60, 40, 20), 0.35))
    travelled = 0.0
    for (x0, y0), (x1, y1) in pairwise(points):
        far = math.hypot(x1 - x0, y1 - y0)
        while travelled < far:
            share = travelled / far
            _metal(pen, ellipse(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, 0.62))
            travelled += pitch
        travelled -= far


def _ring(pen: Pen) -> None:
    _cushion(pen)
    _metal(pen, *ring(50, 55, 22, 4.6))
    pen.gleam(*ring(50, 55, 21, 1.1), opacity=0.35)
    pen.fill(trace("M 50 20 L 57 26 L 50 35.5 L 43 26"), top=(238, 246, 248), bottom=(190, 210, 216))
    pen.line([(43, 26), (57, 26)], width=0.4, colour=(150, 172, 180))
    pen.line([(47, 26), (50, 35), (53, 26)], width=0.4, colour=(150, 172, 180))
    _metal(pen, box(45.6, 30.6, 1.4, 5), box(53, 30.6, 1.4, 5))


def _ring_signet(pen: Pen) -> None:
    _cushion(pen)
    _metal(pen, *ring(50, 57, 22, 4.6))
    _metal(pen, trace("M 34 42 C 38 30 62 30 66 42 C 62 47 38 47 34 42"))
    _metal(pen, ellipse(50, 37, 14, 8.6))
    pen.gleam(ellipse(50, 36.4, 11.4, 6.6), opacity=0.35)
    pen.line(trace("M 46 40 L 46 33 L 54 40 L 54 33"), width=0.7, colour=mix(pen.colour, INK, 0.55))


def _necklace(pen: Pen) -> None:
    _chain(pen, "M 24 14 C 24 44 38 62 50 64 C 62 62 76 44 76 14")
    leaf = trace("M 50 64 C 60 70 61 78 50 90 C 39 78 40 70 50 64")
    _metal(pen, leaf)
    pen.line([(50, 66), (50, 87)], width=0.5, colour=mix(pen.colour, INK, 0.45))
    for y in (72, 77):
        pen.line([(46, y - 2.4), (50, y + 1), (54, y - 2.4)], width=0.4, colour=mix(pen.colour, INK, 0.45))


def _necklace_bead(pen: Pen) -> None:
    for step in range(41):
        angle = math.radians(step * 360 / 41 - 90)
        x, y = 50 + 27 * math.cos(angle), 46 + 33 * math.sin(angle)
        size = 2.3 if step % 5 else 1.6
        if step % 5:
            pen.fill(ellipse(x, y, size), top=pen.light, bottom=pen.deep)
        else:
            pen.brass(ellipse(x, y, size))
        pen.gleam(ellipse(x - 0.6, y - 0.7, 0.6), opacity=0.6)
    pen.brass_line([(50, 79), (50, 84)], width=0.7)
    for step in range(9):
        pen.line([(46.4 + step * 0.9, 84), (46 + step * 1.0, 93)], width=0.5, colour=pen.deep)


def _earrings(pen: Pen) -> None:
    for x in (34, 66):
        pen.line(
            trace(f"M {x} 36 C {x - 5} 32 {x - 4} 22 {x} 22 C {x + 3.4} 22 {x + 3.4} 27 {x + 2} 29"),
            width=0.8,
            colour=mix(pen.colour, (60, 40, 20), 0.3),
        )
        _metal(pen, ellipse(x, 38, 2.2))
        _metal(
            pen,
            trace(
                f"M {x} 40 C {x + 4} 52 {x + 9} 58 {x + 9} 66 C {x + 9} 79 {x - 9} 79 {x - 9} 66 C {x - 9} 58 {x - 4} 52 {x} 40"
            ),
        )
        pen.gleam(
            trace(f"M {x - 2} 52 C {x - 6} 59 {x - 7} 66 {x - 5} 71 C {x - 4.4} 64 {x - 3} 58 {x - 1} 53"),
            opacity=0.5,
        )


def _hoops(pen: Pen) -> None:
    for x in (33, 67):
        _metal(pen, *ring(x, 54, 20, 3.2))
        pen.gleam(*ring(x, 54, 19, 0.8), opacity=0.4)
        pen.fill(box(x - 2.4, 32, 4.8, 4, round=0.8), top=mix(pen.colour, INK, 0.3))


def _bangle(pen: Pen) -> None:
    _cushion(pen)
    outer, inner = ellipse(50, 56, 32, 22), list(reversed(ellipse(50, 56, 27.6, 18)))
    _metal(pen, [(x, y + 4) for x, y in outer], inner)
    _metal(pen, outer, inner)
    pen.gleam(ellipse(50, 56, 31, 21), list(reversed(ellipse(50, 56, 29.8, 20))), opacity=0.45)
    for x in (46, 50, 54):
        pen.fill(ellipse(x, 76.5, 0.9), top=mix(pen.colour, INK, 0.5))


def _cufflinks(pen: Pen) -> None:
    for x, y in ((34, 52), (66, 56)):
        _metal(pen, box(x - 2, y, 4, 20, round=1.6))
        _metal(pen, box(x - 7, y + 17, 14, 5, round=2.4))
        _metal(pen, ellipse(x, y, 13, 12))
        pen.fill(ellipse(x, y - 0.6, 10, 9.2), top=(66, 60, 58), bottom=(24, 22, 22))
        pen.gleam(
            trace(
                f"M {x - 7} {y - 3} C {x - 4} {y - 8} {x + 3} {y - 8} {x + 6} {y - 5} C {x + 1} {y - 5} {x - 4} {y - 3} {x - 7} {y - 3}"
            ),
            opacity=0.3,
        )


def _strap(pen: Pen, *, width: float) -> None:
    half = width / 2
    for outline in (
        trace(f"M {50 - half} 32 L {50 - half + 2} 6 L {50 + half - 2} 6 L {50 + half} 32"),
        trace(f"M {50 - half} 66 L {50 - half + 2} 92 Q 50 96 {50 + half - 2} 92 L {50 + half} 66"),
    ):
        pen.body(outline)
    for x0, x1 in ((50 - half + 1.4, 50 - half + 3.2), (50 + half - 1.4, 50 + half - 3.2)):
        pen.stitch([(x0, 30), (x1, 7)])
        pen.stitch([(x0, 68), (x1, 91)])
    for y in (78, 83, 88):
        pen.fill(ellipse(50, y, 0.8), top=pen.deeper)


def _dial(pen: Pen, *, face: Rgb, centre: float = 49, radius: float = 17) -> None:
    hour = INK if sum(face) > 380 else PAPER
    for step in range(12):
        angle = math.radians(step * 30)
        inner = radius - (3.6 if step % 3 == 0 else 2)
        pen.line(
            [(50 + inner * math.sin(angle), centre - inner * math.cos(angle)), (50 + (radius - 0.9) * math.sin(angle), centre - (radius - 0.9) * math.cos(angle))],
            width=0.9 if step % 3 == 0 else 0.5, colour=hour,
        )  # fmt: skip
    pen.line([(50, centre), (50 - radius * 0.42, centre - radius * 0.32)], width=1.2, colour=hour)
    pen.line([(50, centre), (50 + radius * 0.38, centre - radius * 0.62)], width=0.8, colour=hour)
    pen.line([(50, centre + 3), (50, centre - radius * 0.2)], width=0.3, colour=(176, 60, 44))
    pen.fill(ellipse(50, centre, 1), top=hour)


def _watch_round(pen: Pen) -> None:
    _strap(pen, width=22)
    pen.steel(box(69, 47, 4.6, 4, round=1))
    pen.steel(ellipse(50, 49, 22.5))
    pen.fill(ellipse(50, 49, 19), top=(252, 250, 245), bottom=(236, 230, 219))
    _dial(pen, face=(250, 248, 243))


def _watch_square(pen: Pen) -> None:
    _strap(pen, width=20)
    pen.brass(box(68, 47, 4, 4, round=1))
    pen.brass(box(31, 29, 38, 40, round=6))
    pen.fill(box(34, 32, 32, 34, round=4), top=(252, 248, 238), bottom=(238, 230, 214))
    _dial(pen, face=(250, 248, 240), radius=15.6)


def _watch_chrono(pen: Pen) -> None:
    for y in range(7, 94, 6):
        if not 28 < y < 68:
            pen.steel(box(39, y, 22, 5.2, round=1.2))
            pen.steel(box(45, y - 0.2, 10, 5.6, round=1))
    for y in (38, 47, 56):
        pen.steel(box(70, y, 5, 4, round=1.2))
    pen.steel(ellipse(50, 49, 24))
    pen.fill(*ring(50, 49, 22.4, 3), top=pen.deeper, bottom=INK)
    pen.fill(ellipse(50, 49, 19.4), top=pen.light, bottom=pen.deep)
    for x, y in ((43, 51), (57, 51), (50, 59)):
        pen.fill(ellipse(x, y, 4.4), top=mix(pen.colour, PAPER, 0.75), bottom=mix(pen.colour, PAPER, 0.55))
        pen.line([(x, y), (x + 2, y - 2.2)], width=0.4, colour=INK)
    _dial(pen, face=pen.colour, radius=18)


def _flacon(
    pen: Pen, glass: Outline, *, level: float, label: tuple[float, float, float, float], cap: Outline
) -> None:
    pen.fill(glass, top=(236, 238, 236), bottom=(214, 216, 212))
    bottom = max(y for _x, y in glass)
    inside = [(50 + (x - 50) * 0.88, min(max(y, level), bottom - 3.4)) for x, y in glass]
    pen.fill(inside, top=mix(pen.colour, PAPER, 0.42), bottom=mix(pen.colour, PAPER, 0.08))
    pen.line([*glass, glass[0]], width=0.5, colour=(160, 160, 154))
    pen.brass(box(44.5, min(y for _x, y in glass) - 4, 11, 5, round=0.8))
    pen.fill(cap, top=(74, 66, 58), bottom=(30, 26, 23))
    x, y, width, height = label
    pen.fill(box(x, y, width, height, round=0.6), top=PAPER, bottom=(240, 234, 224))
    pen.line(
        [(x + 4, y + height * 0.36), (x + width - 4, y + height * 0.36)], width=0.7, colour=INK, opacity=0.75
    )
    pen.line(
        [(x + 7, y + height * 0.64), (x + width - 7, y + height * 0.64)], width=0.45, colour=INK, opacity=0.5
    )
    left = min(px for px, _py in glass)
    pen.gleam(box(left + 4, level - 4, 2.4, bottom - level - 2, round=1.2), opacity=0.45)


def _flacon_square(pen: Pen) -> None:
    _flacon(
        pen,
        box(27, 36, 46, 50, round=4),
        level=44,
        label=(36, 56, 28, 16),
        cap=box(40, 15, 20, 18, round=1.6),
    )


def _flacon_small(pen: Pen) -> None:
    _flacon(
        pen,
        box(35, 48, 30, 38, round=3.4),
        level=54,
        label=(39, 62, 22, 13),
        cap=box(43, 30, 14, 15, round=1.4),
    )


def _flacon_round(pen: Pen) -> None:
    _flacon(pen, ellipse(50, 61, 27, 25.6), level=48, label=(37, 55, 26, 15), cap=ellipse(50, 24, 9, 8.6))


def _flacon_tall(pen: Pen) -> None:
    _flacon(
        pen,
        box(34, 32, 32, 55, round=2.4),
        level=38,
        label=(38.5, 50, 23, 22),
        cap=box(42, 14, 16, 15, round=7),
    )


def _tube(pen: Pen) -> None:
    pen.shade(trace("M 33 16 L 69 16 L 61 74 L 41 74"))
    pen.body(trace("M 32 15 L 68 15 L 60 73 L 40 73"))
    pen.fill(box(31.6, 11, 36.8, 5.4, round=0.6), top=pen.deep)
    for step in range(17):
        pen.line([(33 + step * 2.1, 11.6), (33 + step * 2.1, 15.8)], width=0.3, colour=pen.light, opacity=0.6)
    pen.fill(box(41, 73, 18, 12, round=1.4), top=(74, 66, 58), bottom=(30, 26, 23))
    pen.fill(box(40.5, 36, 19, 20, round=0.6), top=PAPER)
    pen.line([(44, 43), (56, 43)], width=0.7, colour=INK, opacity=0.75)
    pen.line([(46, 48), (54, 48)], width=0.45, colour=INK, opacity=0.5)
    pen.gleam(trace("M 36 18 L 40 18 L 44 71 L 42 71"), opacity=0.25)


def _candle(pen: Pen) -> None:
    pen.fill(
        trace("M 50 20 C 54 26 55 30 50 34 C 45 30 46 26 50 20"), top=(255, 226, 150), bottom=(240, 166, 70)
    )
    pen.line([(50, 33), (50, 40)], width=0.8, colour=INK)
    pen.shade(box(29, 38, 44, 48, round=3))
    pen.body(box(28, 38, 44, 47, round=3))
    pen.fill(ellipse(50, 39, 22, 4.4), top=mix(pen.colour, PAPER, 0.3))
    pen.fill(ellipse(50, 39.6, 19.6, 3.4), top=(250, 244, 230), bottom=(236, 224, 200))
    pen.line([(50, 34), (50, 39)], width=0.8, colour=INK)
    pen.fill(box(36, 52, 28, 20, round=0.6), top=PAPER, bottom=(240, 234, 224))
    pen.line([(41, 59), (59, 59)], width=0.7, colour=INK, opacity=0.75)
    pen.line([(44, 65), (56, 65)], width=0.45, colour=INK, opacity=0.5)
    pen.gleam(box(31, 44, 2.6, 37, round=1.3), opacity=0.3)


def _notebook(pen: Pen) -> None:
    pen.fill(trace("M 29 22 L 75 22 L 76.6 82 L 30.6 82"), top=PAPER, bottom=(222, 212, 196))
    for step in range(4):
        pen.line([(74.6, 24 + step), (76, 82 - step)], width=0.25, colour=(180, 168, 150))
    pen.shade(box(26, 20, 47, 63, round=2))
    pen.body(box(25, 19, 47, 63, round=2))
    pen.line([(31, 19.5), (31, 82)], width=0.7, opacity=0.5)
    pen.fill(box(62, 19, 3.4, 63), top=pen.deeper)
    pen.stitch(trace("M 33 21.5 L 60 21.5"))
    pen.stitch(trace("M 33 79.5 L 60 79.5"))
    pen.line([(41, 48), (53, 48)], width=0.7, colour=(220, 188, 122))
    pen.fill(trace("M 48 82 L 51 82 L 51 92 L 49.5 90 L 48 92"), top=(156, 52, 46))


def _tray(pen: Pen) -> None:
    pen.shade(trace("M 12 50 L 24 42 L 76 42 L 88 50 L 84 78 L 16 78"))
    pen.body(trace("M 12 50 L 88 50 L 84 80 Q 83.6 82 81 82 L 19 82 Q 16.4 82 16 80"))
    pen.fill(trace("M 14 50 L 25 43.4 L 75 43.4 L 86 50 L 78 60 L 22 60"), top=pen.deeper, bottom=pen.deep)
    pen.stitch(trace("M 14.6 53 L 85.4 53"))
    for x in (16, 84):
        pen.stud(x, 56.6, 1.3)
    pen.brass(*ring(42, 52, 4.4, 1))
    pen.steel(box(50, 50, 14, 2.6, round=1.2))


def _umbrella(pen: Pen) -> None:
    pen.line(trace("M 50 14 L 50 82 C 50 92 62 92 62 83"), width=2, colour=(168, 124, 80))
    pen.body(
        trace(
            "M 12 52 C 14 28 32 17 50 17 C 68 17 86 28 88 52 C 82 47 75 47 69 52 C 63 47 57 47 50 52 C 43 47 37 47 31 52 C 25 47 18 47 12 52"
        )
    )
    for x in (31, 69):
        pen.line(trace(f"M 50 17 C {50 + (x - 50) * 0.6} 24 {x} 36 {x} 52"), width=0.6, opacity=0.6)
    pen.line([(50, 17), (50, 51)], width=0.6, opacity=0.6)
    pen.gleam(trace("M 18 42 C 22 30 32 22 42 19 C 34 26 28 36 26 47 C 22 46 19 46 17 47"), opacity=0.14)
    pen.brass(ellipse(50, 14.6, 1.2, 2.2))


def _sunglasses(pen: Pen) -> None:
    pen.line(trace("M 12 44 C 10 36 16 30 24 30"), width=2, colour=pen.deeper)
    pen.line(trace("M 88 44 C 90 36 84 30 76 30"), width=2, colour=pen.deeper)
    lens = trace("M 12 45 C 20 40 38 40 45 45 C 46 60 42 70 29 70 C 16 70 11 60 12 45")
    for outline in (lens, [(100 - x, y) for x, y in reversed(lens)]):
        pen.body(outline)
        centre = sum(x for x, _y in outline) / len(outline)
        inside = [(centre + (x - centre) * 0.84, 55.6 + (y - 55.6) * 0.8) for x, y in outline]
        pen.fill(inside, top=(66, 58, 52), bottom=(120, 108, 96))
        pen.gleam([(centre - 6, 48), (centre + 1, 48), (centre - 6, 63), (centre - 11, 60)], opacity=0.16)
    pen.line(trace("M 44 47 C 47 43.6 53 43.6 56 47"), width=2.4, colour=pen.colour)
    for x in (14.6, 85.4):
        pen.brass(ellipse(x, 46.8, 0.9))


SHAPES: Final[dict[str, Callable[[Pen], None]]] = {
    "ring": _ring,
    "ring_signet": _ring_signet,
    "necklace": _necklace,
    "necklace_bead": _necklace_bead,
    "earrings": _earrings,
    "hoops": _hoops,
    "bangle": _bangle,
    "cufflinks": _cufflinks,
    "watch_round": _watch_round,
    "watch_square": _watch_square,
    "watch_chrono": _watch_chrono,
    "flacon_square": _flacon_square,
    "flacon_small": _flacon_small,
    "flacon_round": _flacon_round,
    "flacon_tall": _flacon_tall,
    "tube": _tube,
    "candle": _candle,
    "notebook": _notebook,
    "tray": _tray,
    "umbrella": _umbrella,
    "sunglasses": _sunglasses,
}
