# ruff: noqa: E501
"""Drawings of bags, small leather goods and shoes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from server.demo.drawing import Outline, box, ellipse, mirrored, mix, ring, trace
from server.demo.pen import INK, PAPER, Pen


def _symmetric(half: str) -> Outline:
    """Return a closed outline from its right half, written from the top middle to the bottom middle."""
    right = trace(half)
    return right + mirrored(right)


def _bag_flap(pen: Pen) -> None:
    strap = trace("M 25 46 C 22 2 78 2 75 46")
    pen.line(strap, width=2.2, colour=pen.deep)
    pen.line(strap, width=0.5, colour=pen.light, opacity=0.7)
    pen.shade(_symmetric("M 50 40 L 76 40 C 80 40 82 44 82 50 L 83 78 C 83 83 80 85 75 85 L 50 85"))
    pen.body(_symmetric("M 50 41 L 74 41 C 78 41 80 45 80 50 L 80.5 77 C 80.5 81 78 83 73 83 L 50 83"))
    pen.stitch(trace("M 22 58 L 22 76 Q 22 80.5 27 80.5 L 73 80.5 Q 78 80.5 78 76 L 78 58"))
    pen.fill(
        _symmetric("M 50 40 L 76 40 C 80 40 82 43 82 48 L 80 58 C 79 63 72 66 50 67"),
        top=pen.deeper,
        opacity=0.35,
    )
    pen.flat(_symmetric("M 50 38 L 75 38 C 80 38 82 41 82 46 L 80 56 C 79 61 72 64 50 65"))
    pen.gleam(_symmetric("M 50 39.5 L 73 39.5 C 77 39.5 79 41 79.5 44 C 70 46 60 46.5 50 46.5"))
    pen.stitch(trace("M 20.5 47 L 22 55.5 C 24 60 34 62.5 50 63 C 66 62.5 76 60 78 55.5 L 79.5 47"))
    pen.brass(box(45.5, 60, 9, 8.5, round=1.6))
    pen.fill(box(48.6, 62, 2.8, 4.5, round=1.2), top=pen.deep)
    for x in (24.5, 75.5):
        pen.brass(*ring(x, 42.5, 2.4, 0.8))


def _bag_tote(pen: Pen) -> None:
    for inset, tone in ((0.0, pen.deeper), (1.5, pen.deep)):
        handle = trace(
            f"M {35 - inset} 40 C {34 - inset} {12 - inset} {66 + inset} {12 - inset} {65 + inset} 40"
        )
        pen.line(handle, width=2.4, colour=tone)
    pen.shade(trace("M 17 37 L 83 37 L 86 84 L 14 84"))
    pen.body(trace("M 18 37 L 82 37 L 84 83 Q 84 85 82 85 L 18 85 Q 16 85 16 83"))
    pen.fill(trace("M 18 37 L 82 37 L 82.4 44 L 17.6 44"), top=pen.deep, opacity=0.5)
    pen.gleam(trace("M 20 45 L 46 45 L 44 84 L 18 84"), opacity=0.08)
    pen.stitch([(19, 45.6), (81, 45.6)])
    for x in (33.6, 66.4):
        pen.flat(box(x - 2.6, 37, 5.2, 12, round=1.6))
        pen.stud(x, 46)
        pen.line(trace(f"M {x} 40 L {x} 44"), width=0.4)
    pen.fill(box(44, 60, 12, 5.5, round=1), top=pen.deep)
    pen.line([(46.5, 62.8), (53.5, 62.8)], width=0.6, colour=(220, 188, 122))


def _bag_moon(pen: Pen) -> None:
    pen.line(trace("M 18 55 C 18 2 82 2 82 55"), width=2.6, colour=pen.deep)
    pen.line(trace("M 18 55 C 18 2 82 2 82 55"), width=0.5, colour=pen.light, opacity=0.6)
    pen.shade(trace("M 14 52 C 30 62 70 62 86 52 C 90 76 70 88 50 88 C 30 88 10 76 14 52"))
    pen.body(trace("M 15 52 C 32 60 68 60 85 52 C 88 74 69 86 50 86 C 31 86 12 74 15 52"))
    pen.line(trace("M 16 55 C 33 63.5 67 63.5 84 55"), width=0.9, colour=(220, 188, 122))
    pen.stitch(trace("M 17 60 C 20 76 34 83 50 83 C 66 83 80 76 83 60"))
    pen.gleam(trace("M 20 63 C 24 76 36 81 44 82 C 32 78 26 70 24.5 64.5"), opacity=0.2)
    pen.brass(ellipse(84, 55, 1.7), ellipse(16, 55, 1.7))
    pen.line([(80, 56.5), (77, 63)], width=1.1, colour=pen.deep)


def _bag_bucket(pen: Pen) -> None:
    pen.line(trace("M 27 44 C 22 6 78 6 73 44"), width=2.2, colour=pen.deep)
    pen.shade(trace("M 24 40 C 34 36 66 36 76 40 L 81 80 C 76 88 24 88 19 80"))
    pen.body(trace("M 24 41 C 34 46 66 46 76 41 L 80 80 C 74 87 26 87 20 80"))
    pen.fill(ellipse(50, 41, 26, 4.2), top=pen.deeper, bottom=pen.deep)
    for x in range(28, 76, 8):
        pen.line(
            trace(f"M {x} 46 Q {x + (50 - x) * 0.06} 52 {x + (50 - x) * 0.02} 60"), width=0.7, opacity=0.35
        )
    pen.line(trace("M 22.6 52 C 34 57 66 57 77.4 52"), width=1.3, colour=pen.deeper)
    pen.line(trace("M 50 56 C 46 62 45 66 44 72"), width=1.1, colour=pen.deeper)
    pen.line(trace("M 50 56 C 54 62 55 66 56 71"), width=1.1, colour=pen.deeper)
    pen.brass(ellipse(44, 73, 1.6), ellipse(56, 72, 1.6))
    pen.stitch(trace("M 20.5 77 C 30 83 70 83 79.5 77"))
    pen.gleam(trace("M 27 46 L 35 48 L 33 82 L 24 80"), opacity=0.13)


def _bag_clutch(pen: Pen) -> None:
    pen.shade(box(13, 40, 75, 42, round=3))
    pen.body(box(12, 39, 75, 41, round=3))
    pen.fill(trace("M 12.5 41 L 87 41 L 54 65 Q 50 67 46 65"), top=pen.deeper, opacity=0.3)
    pen.flat(trace("M 15 39 L 84 39 Q 87 39 86.5 41 L 53 63 Q 50 65 47 63 L 12.6 41 Q 12.5 39 15 39"))
    pen.stitch(trace("M 15.5 41 L 47.5 61.5 Q 50 63 52.5 61.5 L 83.5 41"))
    pen.gleam(trace("M 17 40 L 84 40 L 60 45 L 25 45"), opacity=0.22)
    pen.brass(ellipse(50, 63, 3.2))
    pen.fill(ellipse(50, 63, 1.6), top=pen.deep)
    pen.brass_line(trace("M 14 42 C 2 56 6 74 16 86"), width=0.8)


def _bag_handle(pen: Pen) -> None:
    pen.line(trace("M 36 38 C 36 14 64 14 64 38"), width=3.4, colour=pen.deeper)
    pen.line(trace("M 36 37 C 36 14 64 14 64 37"), width=2.2, colour=pen.colour)
    pen.shade(trace("M 22 38 L 78 38 L 88 83 L 12 83"))
    pen.body(trace("M 23 38 L 77 38 L 85 82 Q 85.4 84 83 84 L 17 84 Q 14.6 84 15 82"))
    pen.flat(trace("M 22.4 38 L 77.6 38 L 80 53 C 70 58 30 58 20 53"))
    pen.line(trace("M 20 53 C 30 58 70 58 80 53"), width=0.6)
    pen.stitch(trace("M 20.7 51.5 C 31 56 69 56 79.3 51.5"))
    for side in (-1, 1):
        x = 50 + 17 * side
        pen.flat(trace(f"M {x - 3} 38 L {x + 3} 38 L {x + 3 + side} 62 L {x - 3 + side} 62"))
        pen.stitch(trace(f"M {x - 2} 40 L {x - 2 + side} 61 L {x + 2 + side} 61 L {x + 2} 40"))
        pen.brass(box(x - 3.6 + side * 0.7, 52, 7.2, 3, round=0.6))
    pen.brass(box(46.4, 50, 7.2, 9, round=1.2))
    pen.brass(*ring(50, 55, 2.6, 0.9))
    pen.fill(ellipse(50, 55, 1.2), top=pen.deeper)
    pen.stitch(trace("M 17.5 81.5 L 82.5 81.5"))
    pen.gleam(trace("M 25 58 L 34 59 L 30 83 L 19 83"), opacity=0.1)


def _bag_brief(pen: Pen) -> None:
    pen.line(
        trace("M 40 40 L 40 33 Q 40 30 43 30 L 57 30 Q 60 30 60 33 L 60 40"), width=2.6, colour=pen.deeper
    )
    pen.shade(box(12, 38, 77, 46, round=3))
    pen.body(box(11, 38, 76, 45, round=3))
    pen.flat(box(11, 38, 76, 22, round=3))
    pen.line([(11.5, 60), (86.5, 60)], width=0.7)
    pen.stitch(trace("M 13.5 58 L 84.5 58"))
    pen.stitch(trace("M 13.5 62.5 L 13.5 80.5 L 84.5 80.5 L 84.5 62.5"))
    for x in (27, 68):
        pen.flat(box(x, 42, 5, 27, round=2))
        pen.stitch(trace(f"M {x + 1} 45 L {x + 1} 66"))
        pen.brass(box(x - 0.8, 61, 6.6, 5, round=1))
    pen.gleam(box(13, 39.5, 72, 4, round=2), opacity=0.13)


def _bag_weekend(pen: Pen) -> None:
    canvas_top, canvas_low = (214, 200, 174), (186, 168, 138)
    for inset in (0, 2.5):
        pen.line(
            trace(f"M 34 48 C {33 - inset} {22 - inset} {67 + inset} {22 - inset} 66 48"),
            width=2.6,
            colour=pen.deep,
        )
    pen.fill(
        trace(
            "M 20 42 C 30 38 70 38 80 42 C 88 45 90 60 89 80 Q 89 84 84 84 L 16 84 Q 11 84 11 80 C 10 60 12 45 20 42"
        ),
        top=canvas_top,
        bottom=canvas_low,
    )
    pen.body(
        trace(
            "M 11.2 66 L 88.8 66 C 89.3 72 89 78 89 80 Q 89 84 84 84 L 16 84 Q 11 84 11 80 C 11 78 10.7 72 11.2 66"
        )
    )
    pen.stitch([(12, 67.5), (88, 67.5)])
    for x in (31.5, 63.5):
        pen.flat(box(x, 44, 5, 40))
        pen.stitch(trace(f"M {x + 0.9} 46 L {x + 0.9} 83"))
        pen.stitch(trace(f"M {x + 4.1} 46 L {x + 4.1} 83"))
        pen.stud(x + 2.5, 50)
    pen.line(trace("M 21 43.5 C 32 40.5 68 40.5 79 43.5"), width=0.9, colour=(170, 140, 84))
    pen.flat(box(72, 50, 7, 11, round=1.4))
    pen.line([(75.5, 44), (75.5, 50)], width=0.6, colour=pen.deep)


def _bag_backpack(pen: Pen) -> None:
    pen.line(trace("M 42 26 C 42 14 58 14 58 26"), width=2, colour=pen.deeper)
    pen.line(trace("M 24 46 C 15 56 16 74 22 82"), width=3.4, colour=pen.deep)
    pen.line(trace("M 76 46 C 85 56 84 74 78 82"), width=3.4, colour=pen.deep)
    pen.shade(_symmetric("M 50 23 C 72 23 79 34 79 50 L 80 78 Q 80 86 72 86 L 50 86"))
    pen.body(_symmetric("M 50 23 C 70 23 77 34 77 50 L 78 78 Q 78 85 71 85 L 50 85"))
    pen.flat(_symmetric("M 50 23 C 70 23 77 33 77 44 C 77 51 66 54 50 54"))
    pen.stitch(_symmetric("M 50 52 C 64 52 74.5 49.5 75 44")[:37])
    pen.flat(box(31, 60, 38, 20, round=3))
    pen.line([(33, 64), (67, 64)], width=0.8, colour=(220, 188, 122))
    pen.stitch(trace("M 33 67 L 33 76 Q 33 78 35 78 L 65 78 Q 67 78 67 76 L 67 67"))
    pen.flat(box(47, 46, 6, 13, round=2))
    pen.brass(box(45.8, 53, 8.4, 4, round=1))


def _wallet_long(pen: Pen) -> None:
    pen.shade(box(13, 37, 76, 43, round=3))
    pen.body(box(12, 36, 76, 42, round=3))
    pen.flat(
        trace(
            "M 15 36 L 85 36 Q 88 36 88 39 L 88 53 Q 88 57 84 57 L 16 57 Q 12 57 12 53 L 12 39 Q 12 36 15 36"
        )
    )
    pen.line([(13, 57), (87, 57)], width=0.6)
    pen.stitch(trace("M 14.5 55 L 85.5 55"))
    pen.stitch(trace("M 14.5 60 L 14.5 75.5 L 85.5 75.5 L 85.5 60"))
    pen.brass(box(46, 52.5, 8, 8, round=4))
    pen.fill(ellipse(50, 56.5, 1.8), top=pen.deep)
    pen.gleam(box(14, 37.5, 72, 5, round=2.5), opacity=0.14)


def _wallet_fold(pen: Pen) -> None:
    pen.shade(box(21, 34, 60, 48, round=3))
    pen.body(box(20, 33, 29, 47, round=3), box(40, 33, 9.6, 47))
    pen.flat(box(50.4, 33, 29.6, 47, round=3), box(50.4, 33, 10, 47))
    pen.line([(50, 33.5), (50, 80)], width=0.9)
    for x0, x1 in ((22.5, 47.5), (52.5, 77.5)):
        pen.stitch(trace(f"M {x0} 35.5 L {x1} 35.5 L {x1} 77.5 L {x0} 77.5 L {x0} 35.5"))
    for y in (45, 53, 61):
        pen.line([(54, y), (76, y)], width=0.6, colour=pen.deep)
        pen.line([(54, y + 0.7), (76, y + 0.7)], width=0.3, colour=pen.light)
    pen.fill(
        trace("M 27 33 L 44 33 L 44 29 Q 44 27.5 42 27.5 L 29 27.5 Q 27 27.5 27 29"),
        top=PAPER,
        bottom=(222, 214, 200),
    )


def _card_holder(pen: Pen) -> None:
    pen.fill(box(26, 26, 46, 22, round=2), top=PAPER, bottom=(226, 219, 206))
    pen.fill(box(28, 31, 46, 20, round=2), top=(214, 196, 160), bottom=(190, 166, 122))
    pen.shade(box(22, 41, 58, 41, round=3))
    pen.body(box(21, 40, 58, 40, round=3))
    for y in (49, 58):
        pen.line(trace(f"M 21.5 {y} L 44 {y} Q 50 {y + 4} 56 {y} L 78.5 {y}"), width=0.7)
        pen.line(
            trace(f"M 22 {y + 0.9} L 44 {y + 0.9} Q 50 {y + 4.9} 56 {y + 0.9} L 78 {y + 0.9}"),
            width=0.3,
            colour=pen.light,
        )
    pen.stitch(trace("M 23.5 43 L 23.5 77.5 L 76.5 77.5 L 76.5 43"))
    pen.line([(46, 72), (54, 72)], width=0.7, colour=(220, 188, 122))


def _purse(pen: Pen) -> None:
    pen.shade(trace("M 26 46 C 16 66 22 84 50 84 C 78 84 84 66 74 46"))
    pen.body(trace("M 27 46 C 18 66 24 82 50 82 C 76 82 82 66 73 46"))
    for x in (36, 43, 50, 57, 64):
        pen.line(
            trace(f"M {x} 50 Q {50 + (x - 50) * 1.25} 60 {50 + (x - 50) * 1.2} 68"), width=0.6, opacity=0.35
        )
    pen.brass(trace("M 25 43 C 26 36 74 36 75 43 L 74.5 48 C 64 44 36 44 25.5 48"))
    pen.stud(47.8, 36.4, 2.3)
    pen.stud(52.6, 36.2, 2.3)
    pen.gleam(trace("M 30 50 C 25 62 27 72 33 77 C 30 68 32 58 36 51"), opacity=0.18)


def _case_glasses(pen: Pen) -> None:
    pen.shade(box(12, 45, 77, 32, round=12))
    pen.body(box(11, 43, 77, 32, round=12))
    pen.flat(trace("M 23 43 L 76 43 C 84 43 88 49 88 56 C 78 62 22 62 11 56 C 11 49 15 43 23 43"))
    pen.stitch(trace("M 13 56 C 26 60.5 74 60.5 86 56"))
    pen.stud(50, 60.5, 1.7)
    pen.gleam(box(20, 44.5, 58, 4, round=2), opacity=0.2)


def _key_ring(pen: Pen) -> None:
    pen.brass(*ring(50, 27, 10, 1.7))
    pen.brass_line([(50, 37), (50, 43)], width=1.8)
    leaf = _symmetric("M 50 42 C 66 50 70 64 50 86")
    pen.shade([(x + 1, y + 0.8) for x, y in leaf])
    pen.body(leaf)
    pen.line([(50, 46), (50, 82)], width=0.6, colour=pen.thread)
    for y in (54, 62, 70):
        pen.line(trace(f"M 50 {y + 4} L {50 + (86 - y) * 0.24} {y}"), width=0.4, colour=pen.thread)
        pen.line(trace(f"M 50 {y + 4} L {50 - (86 - y) * 0.24} {y}"), width=0.4, colour=pen.thread)
    pen.stud(50, 43.5, 1.5)


def _passport(pen: Pen) -> None:
    pen.fill(box(30, 26, 46, 57, round=2), top=PAPER, bottom=(220, 211, 196))
    pen.shade(box(27, 25, 47, 60, round=3))
    pen.body(box(25, 24, 47, 60, round=3))
    pen.line([(29, 24.5), (29, 83.5)], width=0.7, opacity=0.6)
    pen.stitch(trace("M 31 26.5 L 69.5 26.5 L 69.5 81.5 L 31 81.5"))
    pen.line(ellipse(50, 50, 7), width=0.6, colour=(220, 188, 122))
    pen.line(ellipse(50, 50, 3, 7), width=0.5, colour=(220, 188, 122))
    pen.line([(43, 50), (57, 50)], width=0.5, colour=(220, 188, 122))
    pen.line([(43, 66), (57, 66)], width=0.7, colour=(220, 188, 122))


def _shoe_pump(pen: Pen) -> None:
    pen.shade(trace("M 80 50 L 86 48 L 83 83 L 79.5 83 L 77 60"))
    pen.fill(
        trace("M 12 81 C 30 84 42 82 54 74 C 64 67 72 62 82 60 L 81 57 L 40 74 L 12 79"),
        top=(196, 158, 112),
        bottom=(150, 112, 72),
    )
    pen.body(
        trace(
            "M 86 42 C 89 52 86 58 80 60 C 68 63 60 70 50 76 C 38 82 22 81 12 80 C 9 78 12 74 20 72 C 32 69 38 65 44 60 C 60 72 74 50 86 42"
        )
    )
    pen.fill(trace("M 86 42 C 74 50 62 68 44 60 C 54 60 70 50 84 41"), top=pen.deeper)
    pen.gleam(trace("M 16 77 C 28 73 36 70 43 65 C 38 72 28 77 18 79"), opacity=0.2)


def _shoe_flat(pen: Pen) -> None:
    pen.shade(trace("M 10 79 C 30 82 70 82 90 79 L 90 82 C 70 84 30 84 10 82"))
    pen.body(
        trace(
            "M 90 58 C 93 66 92 76 89 80 C 64 82 34 82 12 80 C 8 77 10 70 20 67 C 30 64 36 63 42 63 C 56 74 76 68 90 58"
        )
    )
    pen.fill(trace("M 90 58 C 76 68 56 76 42 63 C 58 66 74 64 88 56"), top=pen.deeper)
    pen.line(
        trace("M 36 63 C 40 60 44 60 46 64 C 42 66 38 66 36 63 C 32 59 30 60 28 63 C 31 66 34 66 36 63"),
        width=1,
        colour=pen.deep,
    )
    pen.gleam(trace("M 14 76 C 20 70 28 68 36 67 C 30 72 22 76 16 78"), opacity=0.2)


def _shoe_loafer(pen: Pen) -> None:
    pen.fill(
        trace("M 8 78 L 60 79 L 66 77 L 90 77 L 90 83 L 70 83 L 68 80.5 L 58 82.5 L 10 82.5 Q 7 81 8 78"),
        top=INK,
        bottom=(24, 20, 18),
    )
    pen.body(
        trace(
            "M 89 50 C 92 60 92 72 90 78 L 66 78 C 50 80 24 80 9 79 C 6 74 8 66 18 63 C 28 60 36 58 42 53 L 50 47 C 62 56 78 55 89 50"
        )
    )
    pen.fill(trace("M 89 50 C 78 56 62 58 50 47 C 62 50 76 50 87 47"), top=pen.deeper)
    pen.line(trace("M 20 70 C 28 62 38 62 47 62 C 52 58 53 54 52 49.5"), width=0.8)
    pen.flat(trace("M 41 54 L 55 63 L 61 59.5 L 49.5 48"))
    pen.brass(box(45.8, 55.2, 8.8, 2.6, round=1.2))
    pen.stitch(trace("M 22 69 C 30 63.5 38 63.5 46 63.5"))
    pen.line([(66, 78), (66, 72)], width=0.5, opacity=0.5)
    pen.gleam(trace("M 12 74 C 14 68 22 66 30 64 C 24 70 18 75 13 77"), opacity=0.22)


def _shoe_oxford(pen: Pen) -> None:
    pen.fill(
        trace("M 8 78 L 60 79 L 66 77 L 90 77 L 90 83 L 70 83 L 68 80.5 L 58 82.5 L 10 82.5 Q 7 81 8 78"),
        top=INK,
        bottom=(24, 20, 18),
    )
    pen.body(
        trace(
            "M 89 44 C 92 58 92 70 90 78 L 66 78 C 50 80 24 80 9 79 C 6 74 8 67 18 64 C 30 60 38 56 46 49 L 56 41 C 66 47 80 47 89 44"
        )
    )
    pen.fill(trace("M 89 44 C 80 48 66 49 56 41 C 66 43 78 43 87 41"), top=pen.deeper)
    pen.line(trace("M 27 61 C 32 66 32 74 29 79.5"), width=0.7)
    pen.stitch(trace("M 28.5 61 C 33.5 66 33.5 74 30.5 79.5"))
    pen.line(trace("M 40 54 C 46 62 58 64 64 60 L 66 46.5"), width=0.7)
    for step in range(4):
        x, y = 46 + step * 3.4, 52.5 - step * 2.9
        pen.line([(x - 1, y - 1.5), (x + 5, y + 3.6)], width=0.9, colour=pen.deeper)
    pen.line(trace("M 74 78 C 73 66 76 54 84 46"), width=0.6, opacity=0.7)
    pen.gleam(trace("M 11 75 C 12 70 18 67 25 65 C 22 70 17 75 12 77"), opacity=0.28)


def _shoe_boot(pen: Pen) -> None:
    pen.fill(
        trace("M 8 80 L 60 81 L 66 79 L 84 78 L 84 86 L 70 86 L 68 82.5 L 58 84.5 L 10 84.5 Q 7 83 8 80"),
        top=INK,
        bottom=(24, 20, 18),
    )
    pen.body(
        trace(
            "M 84 20 C 86 40 85 62 85 79 L 66 80 C 50 82 24 82 9 81 C 6 76 8 69 18 66 C 30 62 42 60 48 50 C 52 42 50 30 50 22"
        )
    )
    pen.fill(trace("M 50 22 C 60 18.5 76 17.5 84 20 C 76 23.5 60 24.5 50 22"), top=pen.deeper)
    pen.fill(
        trace("M 58 31 L 74 30 C 73 42 70 52 67 59 C 62 52 59 42 58 31"), top=pen.deep, bottom=pen.deeper
    )
    for step in range(5):
        pen.line(
            [(60 + step * 2.9, 32), (63.5 + step * 1.5, 52 if step in {1, 2, 3} else 44)],
            width=0.35,
            colour=pen.light,
            opacity=0.4,
        )
    pen.stitch(trace("M 56.8 31 C 58 44 61 54 67 61.5 C 71.5 54 74.5 42 75.4 30"))
    pen.line(trace("M 76.5 18 L 78.5 12 L 81 18.5"), width=0.9, colour=pen.deep)
    pen.gleam(trace("M 12 77 C 14 71 24 69 32 66 C 26 73 20 78 13 79"), opacity=0.2)


def _shoe_sandal(pen: Pen) -> None:
    pen.fill(
        trace(
            "M 10 79 C 28 82 46 80 58 76 C 70 72 80 71 90 71 L 90 84 L 78 84 L 77 79 C 66 79 56 84 40 84 L 12 84 Q 8 82 10 79"
        ),
        top=(176, 134, 92),
        bottom=(128, 92, 60),
    )
    for strap in (
        "M 18 80 C 20 66 34 62 42 79",
        "M 28 81 C 32 60 46 58 54 77",
        "M 66 73 C 62 50 82 46 88 71",
    ):
        pen.line(trace(strap), width=3.6, colour=pen.deep)
        pen.line([(x, y - 0.4) for x, y in trace(strap)], width=2.7, colour=pen.colour)
    pen.line(trace("M 44 64 C 54 60 62 56 69 56"), width=2.2, colour=pen.colour)
    pen.brass(*ring(69, 55, 2.4, 0.8))


def _shoe_sneaker(pen: Pen) -> None:
    pen.fill(
        trace("M 8 76 L 91 75 C 92 80 91 84 88 84 L 12 84 Q 7 83 8 76"),
        top=(250, 247, 241),
        bottom=(214, 205, 190),
    )
    pen.body(
        trace(
            "M 89 44 C 92 58 92 68 91 76 L 9 77 C 7 70 10 65 20 63 C 32 60 40 55 47 48 L 56 39 C 66 46 80 48 89 44"
        )
    )
    pen.fill(trace("M 89 44 C 80 49 66 48 56 39 C 66 42 78 42 87 40"), top=mix(pen.deep, (90, 80, 70), 0.3))
    pen.fill(
        trace("M 76 49 C 82 48.5 86 47 89 45 C 91 56 91.5 68 91 76 L 74 76 C 72 66 73 56 76 49"),
        top=(148, 134, 116),
        bottom=(120, 106, 90),
    )
    pen.line(trace("M 27 61.5 C 33 66 34 72 32 77"), width=0.6, opacity=0.6)
    pen.line(trace("M 38 57 C 46 66 60 66 68 76"), width=0.6, opacity=0.6)
    for step in range(5):
        x, y = 42 + step * 3.3, 55 - step * 3
        pen.line([(x - 0.8, y - 1), (x + 5.4, y + 4)], width=1.2, colour=(252, 250, 246))
        pen.line([(x - 0.8, y - 0.2), (x + 5.4, y + 4.8)], width=0.3, colour=pen.deeper, opacity=0.5)
    pen.line([(9, 80), (90, 79.3)], width=0.4, colour=(160, 148, 132), opacity=0.7)


SHAPES: Final[dict[str, Callable[[Pen], None]]] = {
    "bag_flap": _bag_flap,
    "bag_tote": _bag_tote,
    "bag_moon": _bag_moon,
    "bag_bucket": _bag_bucket,
    "bag_clutch": _bag_clutch,
    "bag_handle": _bag_handle,
    "bag_brief": _bag_brief,
    "bag_weekend": _bag_weekend,
    "bag_backpack": _bag_backpack,
    "wallet_long": _wallet_long,
    "wallet_fold": _wallet_fold,
    "card_holder": _card_holder,
    "purse": _purse,
    "case_glasses": _case_glasses,
    "key_ring": _key_ring,
    "passport": _passport,
    "shoe_pump": _shoe_pump,
    "shoe_flat": _shoe_flat,
    "shoe_loafer": _shoe_loafer,
    "shoe_oxford": _shoe_oxford,
    "shoe_boot": _shoe_boot,
    "shoe_sandal": _shoe_sandal,
    "shoe_sneaker": _shoe_sneaker,
}
