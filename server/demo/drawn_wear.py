# ruff: noqa: E501
"""Drawings of clothes, scarves, belts, gloves and hats."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from typing import Final

from server.demo.drawing import Outline, Rgb, box, ellipse, mirrored, mix, ring, trace
from server.demo.pen import BRASS, INK, PAPER, Pen


def _symmetric(half: str) -> Outline:
    """Return a closed outline from its right half, written from the top middle to the bottom middle."""
    right = trace(half)
    return right + mirrored(right)


def _both(pen: Pen, half: str, *, width: float = 0.5, opacity: float = 0.6) -> None:
    line = trace(half)
    pen.line(line, width=width, opacity=opacity)
    pen.line(mirrored(line), width=width, opacity=opacity)


def _hanger(pen: Pen) -> None:
    pen.line(trace("M 50 14 C 50 10 55 10 55 7 C 55 3.5 49 3.5 48.6 7"), width=0.9, colour=BRASS)
    pen.line(trace("M 26 25 C 34 20 44 17 50 14 C 56 17 66 20 74 25"), width=2, colour=(176, 134, 92))


def _sleeves(pen: Pen, half: str) -> None:
    sleeve = trace(half)
    pen.body(sleeve)
    pen.body(mirrored(sleeve))
    pen.fill(sleeve, top=pen.deep, opacity=0.22)
    pen.fill(mirrored(sleeve), top=pen.deep, opacity=0.22)


def _coat(pen: Pen, *, hem: float, belt: bool, double: bool) -> None:
    _hanger(pen)
    _sleeves(pen, "M 66 22 C 76 25 79 34 82 69 L 73.5 71 L 66 40")
    pen.fill(trace("M 40 18 L 60 18 L 53 47 L 47 47"), top=pen.deeper)
    pen.body(
        _symmetric(
            f"M 52 40 L 58 18 C 64 19 68 21 70 24 L 70.5 50 L 75 {hem} C 66 {hem + 2} 58 {hem + 2} 50 {hem + 2}"
        )
    )
    pen.line(trace(f"M {52 if double else 50} 42 L {54 if double else 50} {hem + 1.5}"), width=0.6)
    lapel = trace("M 58 18 C 63 22 65 27 66 32 L 60 34 L 62 37 L 51 48 C 51 40 54 28 58 18")
    for side in (lapel, mirrored(lapel)):
        pen.flat(side)
        pen.line([*side, side[0]], width=0.4, opacity=0.5)
    for y in (52, 60, 68) if double else (50, 58, 66):
        for x in (44.5, 57.5) if double else (51.5,):
            pen.fill(ellipse(x, y, 1.1), top=pen.deeper, bottom=pen.deep)
    if belt:
        pen.flat(trace("M 29 54 L 71 54 L 71.4 58.6 L 28.6 58.6"))
        pen.stitch([(29, 54.9), (71, 54.9)])
        pen.brass(*ring(50, 56.3, 3, 0.9))
        pen.flat(trace("M 56 57 L 60 57 L 63 72 L 59 72"))
    _both(pen, "M 60 66 L 68 64")
    pen.gleam(trace(f"M 33 26 L 39 24 L 36 {hem} L 29 {hem}"), opacity=0.08)


def _coat_trench(pen: Pen) -> None:
    _coat(pen, hem=86, belt=True, double=True)


def _coat_long(pen: Pen) -> None:
    _coat(pen, hem=88, belt=False, double=False)


def _coat_pea(pen: Pen) -> None:
    _coat(pen, hem=74, belt=False, double=True)


def _jacket(pen: Pen) -> None:
    _coat(pen, hem=71, belt=False, double=False)
    pen.fill(trace("M 58 42 L 65 40.5 L 65.4 42.4 L 58.4 44"), top=PAPER)


def _shirt(pen: Pen) -> None:
    _hanger(pen)
    _sleeves(pen, "M 66 21 C 76 24 80 36 84 62 L 76 64.5 L 67 42")
    pen.body(_symmetric("M 50 24 L 58 17 C 64 19 68 20 70 22.5 L 68.5 46 L 71 78 C 66 82 58 83 50 81"))
    pen.fill(trace("M 43 17 L 57 17 L 50 27"), top=pen.deep)
    collar = trace("M 50 26 L 57.5 15.5 L 63 19 L 57 30")
    pen.flat(collar)
    pen.flat(mirrored(collar))
    pen.line([*collar, collar[0]], width=0.35, opacity=0.4)
    pen.line([*mirrored(collar), mirrored(collar)[0]], width=0.35, opacity=0.4)
    pen.line([(50, 27), (50, 81)], width=0.45, opacity=0.5)
    for y in (34, 44, 54, 64, 74):
        pen.fill(ellipse(50, y, 0.8), top=PAPER if not pen.is_light else (190, 178, 158))
    _both(pen, "M 76.4 60 L 83 58")
    _both(pen, "M 66 46 C 64 56 66 66 64 78", opacity=0.2)


def _knit(pen: Pen) -> None:
    _sleeves(pen, "M 68 25 C 79 29 84 44 88 72 L 79 75 L 69 46")
    pen.body(
        _symmetric("M 50 27 C 55 27 59 25 61 21 C 68 23 71 26 72 30 L 70.5 50 L 71 79 C 64 81 58 81 50 81")
    )
    pen.fill(_symmetric("M 50 20.5 C 56 20.5 61 20 61 21 C 59 28 55 29.5 50 29.5"), top=pen.deeper)
    pen.flat(_symmetric("M 50 27.4 C 55 27.4 58 25 59.6 20.6 L 62 21.2 C 60.4 27.4 56 30.4 50 30.4"))
    pen.fill(_symmetric("M 50 75 L 71 74.4 L 71 79 C 64 81 58 81 50 81"), top=pen.deep, opacity=0.5)
    for step in range(21):
        x = 30 + step * 2
        pen.line([(x, 75.2), (x, 80.4)], width=0.35, colour=pen.deep, opacity=0.55)
    for x in (38, 44, 50, 56, 62):
        for y in range(36, 73, 5):
            pen.line([(x - 1.6, y), (x, y + 2.4), (x + 1.6, y)], width=0.4, colour=pen.deep, opacity=0.4)
    _both(pen, "M 79.4 71 L 87 68.6")


def _dress(pen: Pen) -> None:
    _hanger(pen)
    _sleeves(pen, "M 64 21 C 71 24 74 30 76 42 L 68.5 44 L 64 36")
    pen.body(
        _symmetric(
            "M 50 34 C 55 29 58 23 59 18.6 C 63 19.4 66 21 67.5 24 L 64.5 45 L 62.5 51 C 67 64 71 78 74 88 C 66 91 58 91 50 91"
        )
    )
    pen.fill(trace("M 41 18.6 L 59 18.6 C 58 23 55 29 50 34 C 45 29 42 23 41 18.6"), top=pen.deeper)
    pen.flat(_symmetric("M 50 49 L 63 49 L 62.6 52.6 L 50 52.6"))
    for x in (-9, -4, 1, 6, 10):
        pen.line(
            trace(f"M {50 + x * 0.7} 53 C {50 + x} 66 {50 + x * 1.6} 78 {50 + x * 1.9} 90"),
            width=0.5,
            opacity=0.3,
        )
    pen.gleam(trace("M 42 54 L 45 54 L 39 89 L 33 89"), opacity=0.12)


def _skirt(pen: Pen) -> None:
    pen.body(_symmetric("M 50 24 L 64 24 C 66 40 76 70 80 82 C 70 87 60 87 50 87"))
    pen.flat(_symmetric("M 50 22 L 64 22 L 64.6 28 L 50 28"))
    pen.stitch([(36, 27), (64, 27)])
    for x in (-10, -5, 0, 5, 10):
        pen.line(
            trace(f"M {50 + x} 29 C {50 + x * 1.2} 50 {50 + x * 2} 70 {50 + x * 2.5} 86"),
            width=0.6,
            opacity=0.35,
        )
        pen.gleam(
            trace(f"M {50 + x} 29 L {51.4 + x} 29 L {53 + x * 2.5} 86 L {50.4 + x * 2.5} 86"), opacity=0.10
        )


def _trousers(pen: Pen) -> None:
    pen.body(_symmetric("M 50 18 L 65 18 C 68 34 69 60 68 88 L 55 88 L 51 44 L 50 42"))
    pen.flat(_symmetric("M 50 15.5 L 65 15.5 L 65.4 20.5 L 50 20.5"))
    pen.line([(50, 20.5), (50, 42)], width=0.6)
    pen.line(trace("M 50 36 C 54 34 54.5 28 54.5 20.5"), width=0.4, opacity=0.6)
    _both(pen, "M 60 24 C 62 50 62 70 61.5 88", opacity=0.3)
    _both(pen, "M 65.6 22 C 64 26 62 27.4 59.6 28", opacity=0.6)
    for x in (39, 61):
        pen.flat(box(x - 0.9, 14.9, 1.8, 6.4, round=0.5))
    pen.fill(ellipse(50, 18, 0.9), top=pen.deeper)
    pen.fill(trace("M 49 44 L 50 42 L 51 44 L 52.6 62 L 47.4 62"), top=pen.deeper, opacity=0.25)


def _palette(pen: Pen) -> tuple[Rgb, Rgb, Rgb]:
    """Return three colours that sit well on the product's own."""
    return (
        mix(pen.colour, PAPER, 0.78),
        mix(pen.colour, (203, 150, 82), 0.75),
        mix(pen.colour, (160, 70, 52), 0.6),
    )


def _square(pen: Pen) -> None:
    cream, ochre, brick = _palette(pen)
    pen.fill(box(17, 15, 68, 68, round=1), top=pen.deeper, opacity=0.35)
    pen.fill(box(16, 14, 68, 68, round=1), top=pen.light, bottom=pen.colour)
    pen.fill(box(20, 18, 60, 60), top=cream)
    pen.fill(box(21.6, 19.6, 56.8, 56.8), top=mix(pen.colour, PAPER, 0.12), bottom=pen.colour)
    seed = zlib.crc32(pen.motif.encode())
    petals, turns = 6 + seed % 5, 3 + seed // 7 % 2
    for circle in range(turns, 0, -1):
        radius = circle * 24 / turns
        tone = (ochre, cream, brick)[(circle + seed) % 3]
        for petal in range(petals * (1 if circle == 1 else 2)):
            angle = petal * math.tau / (petals * (1 if circle == 1 else 2)) + circle * 0.3
            x, y = 50 + radius * 0.82 * math.cos(angle), 48 + radius * 0.82 * math.sin(angle)
            pen.fill(ellipse(x, y, radius * 0.26, radius * 0.11, tilt=math.degrees(angle)), top=tone)
            pen.fill(ellipse(x, y, radius * 0.12, radius * 0.03, tilt=math.degrees(angle)), top=pen.deep)
    pen.fill(ellipse(50, 48, 4), top=cream)
    pen.fill(ellipse(50, 48, 2), top=brick)
    for x, y in ((27, 25), (73, 25), (27, 71), (73, 71)):
        for petal in range(8):
            angle = petal * math.tau / 8
            pen.fill(
                ellipse(x + 3 * math.cos(angle), y + 3 * math.sin(angle), 2.1, 0.9, tilt=math.degrees(angle)),
                top=ochre,
            )
        pen.fill(ellipse(x, y, 1.1), top=cream)
    pen.gleam(trace("M 16 14 L 44 14 L 16 60"), opacity=0.10)
    pen.fill(trace("M 84 82 L 84 66 L 68 82"), top=pen.light, bottom=cream)
    pen.line([(84, 66), (68, 82)], width=0.5, opacity=0.5)


def _neckerchief(pen: Pen) -> None:
    cream, ochre, brick = _palette(pen)
    for tail, tone in (
        ("M 52 56 C 62 62 68 74 66 88 L 54 82 C 54 72 52 64 48 58", 0.9),
        ("M 48 56 C 38 62 33 74 36 90 L 47 82 C 46 74 48 66 52 58", 1.0),
    ):
        pen.body(trace(tail))
        pen.gleam(trace(tail), opacity=0.06 * tone)
    pen.shade(trace("M 22 34 C 28 22 72 22 78 34 C 72 40 28 40 22 34"))
    pen.body(trace("M 21 33 C 26 46 40 52 50 53 C 60 52 74 46 79 33 C 80 46 66 58 50 60 C 34 58 20 46 21 33"))
    pen.body(ellipse(50, 56, 6.4, 5))
    pen.line(trace("M 46 52 C 49 55 49 58 47 60.6"), width=0.5)
    for place in range(14):
        x = 25 + place * 3.8
        y = 40 + 13 * math.sin((x - 21) / 58 * math.pi) + (place % 2) * 2.2
        pen.fill(ellipse(x, y, 1), top=(cream, ochre, brick)[place % 3])
    for x, y in ((40, 68), (42, 76), (58, 68), (61, 76), (40, 83), (62, 83), (57, 75)):
        pen.fill(ellipse(x, y, 1.1), top=cream)


def _stole(pen: Pen) -> None:
    pen.shade(trace("M 26 24 L 76 24 L 77 80 L 27 80"))
    for fold in range(3):
        x = 24 + fold * 17
        pen.body(trace(f"M {x} 22 L {x + 18} 22 L {x + 18.6} 78 L {x + 0.6} 78"))
        pen.fill(
            trace(f"M {x + 13} 22 L {x + 18} 22 L {x + 18.6} 78 L {x + 13.6} 78"), top=pen.deep, opacity=0.3
        )
        pen.gleam(trace(f"M {x + 3} 22 L {x + 7} 22 L {x + 7.6} 78 L {x + 3.6} 78"), opacity=0.14)
    cream, ochre, _brick = _palette(pen)
    for y, tone in ((62, cream), (65.5, ochre), (69, cream)):
        pen.fill(box(24.4, y, 52.2, 1.7), top=tone, opacity=0.75)
    for step in range(27):
        tassel = 25 + step * 1.95
        pen.line(
            [(tassel, 78), (tassel + math.sin(step * 2.1) * 0.6, 85)],
            width=0.7,
            colour=pen.colour if step % 2 else pen.deep,
        )


def _tie(pen: Pen) -> None:
    pen.shade(trace("M 55 30 L 59 32 L 66 84 L 60 78"))
    pen.body(trace("M 46.5 28 L 53.5 28 L 61 76 L 50 88 L 39 76"))
    cream, ochre, _brick = _palette(pen)
    for step in range(9):
        y = 32 + step * 6.2
        half = 3.4 + (y - 28) * 0.15
        tone = cream if step % 2 else ochre
        pen.line(
            [(50 - min(half, 50 - 42) * 0.9, y + 3), (50 + half * 0.9, y - 1)],
            width=0.9,
            colour=tone,
            opacity=0.75,
        )
    pen.flat(trace("M 43 15 L 57 15 L 54 28 L 46 28"))
    pen.line([(46, 28), (54, 28)], width=0.6)
    pen.gleam(trace("M 47 29 L 49.5 29 L 47 82 L 41.5 76"), opacity=0.12)


def _throw(pen: Pen) -> None:
    for layer in range(4):
        y = 70 - layer * 11
        pen.shade(box(16, y, 69, 13, round=6))
        pen.body(box(15, y - 1, 69, 12.4, round=6))
        pen.gleam(box(20, y + 0.4, 59, 2, round=1), opacity=0.25)
    for step in range(19):
        x = 60 + step * 1.2
        pen.line([(x, 81), (x + 0.4 * math.sin(step), 88)], width=0.6, colour=pen.deep)
    pen.fill(box(44, 35, 12, 47, round=1), top=(203, 182, 142), bottom=(170, 146, 104))
    pen.line([(44, 58), (56, 58)], width=0.4, colour=INK, opacity=0.4)


def _belt(pen: Pen) -> None:
    outer, inner = ellipse(50, 52, 37, 22), list(reversed(ellipse(50, 52, 33, 18)))
    pen.shade([(x + 1, y + 6) for x, y in outer], [(x + 1, y + 4) for x, y in inner])
    pen.body([(x, y + 3) for x, y in outer], inner)
    pen.flat(
        trace(
            "M 14 56 C 16 68 32 79 50 79 C 68 79 84 68 86 56 L 86 47 C 84 60 68 70 50 70 C 32 70 16 60 14 47"
        )
    )
    pen.stitch(trace("M 15.5 54 C 18 66 34 76 50 76.6 C 66 76 82 66 84.5 54"))
    pen.stitch(trace("M 15 50 C 18 62 34 71 50 71.8 C 66 71 82 62 85 50"))
    pen.brass(box(40, 66, 18, 16, round=2.4), list(reversed(box(43, 69, 12, 10, round=1.4))))
    pen.brass(box(47.8, 66, 2.4, 15, round=1))
    for step in range(3):
        pen.fill(ellipse(64 + step * 5.4, 72.6 - step * 2.4 - step * step * 0.5, 0.8), top=pen.deeper)


def _gloves(pen: Pen) -> None:
    hand = "M 34 88 L 33 60 C 26 56 22 50 20 44 C 19 40 23 38 26 42 L 33 50 L 32 26 C 32 22 37 22 37.4 26 L 39 44 L 40 19 C 40 15 45 15 45.4 19 L 46 44 L 49 20 C 49.6 16 54 17 54 21 L 52.6 46 L 57 28 C 58 24 62 25 61.6 29 L 58 56 C 57 62 55 64 55 68 L 56 88"
    back = [(x + 19, y - 3) for x, y in trace(hand)]
    pen.shade(back)
    pen.fill(back, top=pen.deep, bottom=pen.deeper)
    pen.shade([(x + 0.8, y + 0.8) for x, y in trace(hand)])
    pen.body(trace(hand))
    for x in (39, 45, 51):
        pen.line([(x, 50), (x + 0.6, 62)], width=0.5, opacity=0.6)
    pen.stitch([(34.6, 84), (55, 84)])
    pen.stud(45, 79, 1.2)
    pen.line([(40, 74), (50, 74)], width=0.5, opacity=0.5)


def _hat(pen: Pen) -> None:
    pen.shade(ellipse(50, 71, 41, 12.5))
    pen.body(ellipse(50, 69, 41, 12))
    pen.fill(ellipse(50, 66, 27, 7), top=pen.deeper, opacity=0.5)
    pen.body(
        trace(
            "M 26 66 C 26 42 31 31 40 31 C 45 31 47 35 50 35 C 53 35 55 31 60 31 C 69 31 74 42 74 66 C 66 72 34 72 26 66"
        )
    )
    pen.fill(trace("M 26 57 C 34 63 66 63 74 57 L 74 66 C 66 72 34 72 26 66"), top=pen.deeper, bottom=INK)
    pen.line(trace("M 42 36 C 44 42 46 46 50 48 C 54 46 56 42 58 36"), width=0.6, opacity=0.4)
    pen.flat(trace("M 68 58 L 74 56 L 77 62 L 72 68"))
    pen.gleam(trace("M 31 40 C 29 48 28.6 54 28.6 58 L 34 60.6 C 33 50 34 42 37 35"), opacity=0.14)


SHAPES: Final[dict[str, Callable[[Pen], None]]] = {
    "coat_trench": _coat_trench,
    "coat_long": _coat_long,
    "coat_pea": _coat_pea,
    "jacket": _jacket,
    "shirt": _shirt,
    "knit": _knit,
    "dress": _dress,
    "skirt": _skirt,
    "trousers": _trousers,
    "square": _square,
    "neckerchief": _neckerchief,
    "stole": _stole,
    "tie": _tie,
    "throw": _throw,
    "belt": _belt,
    "gloves": _gloves,
    "hat": _hat,
}
