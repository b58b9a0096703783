"""A small painter of anti-aliased paths and strokes, drawn by Pillow from the numbers of a drawing."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from PIL import Image, ImageDraw

Point = tuple[float, float]
Outline = list[Point]
Rgb = tuple[int, int, int]

_FINE: Final = 4  # points of a mask to one of the picture, each way: what softens the edges


class Canvas:
    """A square picture. Coordinates run from 0 to 100 in both directions, whatever the number of pixels."""

    def __init__(self, picture: Image.Image) -> None:
        self.pixels: Final = picture.width
        self._picture: Final = picture
        self._scale: Final = picture.width / 100

    @classmethod
    def paper(cls, pixels: int, *, top: Rgb, bottom: Rgb) -> Canvas:
        """Return a canvas shaded from top to bottom."""
        return cls(_shading(pixels, pixels, top, bottom))

    def copy(self) -> Canvas:
        """Return a canvas of its own with the same picture."""
        return Canvas(self._picture.copy())

    def fill(self, *outlines: Outline, top: Rgb, bottom: Rgb | None = None, opacity: float = 1.0) -> None:
        """Paint the inside of closed outlines, shaded from their top to their bottom.

        What runs the other way round than the first outline is a hole in those before it.
        """
        place = self._place(outlines)
        if place is None:
            return
        left, upper, right, lower = place
        width, height = right - left, lower - upper
        mask = Image.new("L", (width * _FINE, height * _FINE))
        draw, fine = ImageDraw.Draw(mask), self._scale * _FINE
        dx, dy = left * _FINE + 0.5, upper * _FINE + 0.5  # a point of a mask stands for its middle
        clockwise = _area(outlines[0]) > 0
        for outline in outlines:
            solid = 255 if (_area(outline) > 0) == clockwise else 0
            draw.polygon([(x * fine - dx, y * fine - dy) for x, y in outline], fill=solid)
        mask = mask.reduce(_FINE)
        if opacity < 1:
            mask = mask.point([round(tone * opacity) for tone in range(256)])
        self._picture.paste(_shading(width, height, top, bottom), place, mask)

    def stroke(
        self,
        outline: Sequence[Point],
        *,
        width: float,
        colour: Rgb,
        bottom: Rgb | None = None,
        opacity: float = 1.0,
    ) -> None:
        """Paint a line along points with round ends and corners."""
        self.fill(*_stroke_outlines(outline, width / 2), top=colour, bottom=bottom, opacity=opacity)

    def strokes(
        self, lines: Iterable[Sequence[Point]], *, width: float, colour: Rgb, opacity: float = 1.0
    ) -> None:
        """Paint several lines at once."""
        outlines = [outline for line in lines for outline in _stroke_outlines(line, width / 2)]
        self.fill(*outlines, top=colour, opacity=opacity)

    def shadow(self, centre: Point, *, width: float, height: float, opacity: float = 0.26) -> None:
        """Darken a soft ellipse, as under a thing that stands on paper."""
        x, y = centre[0] - width / 2, centre[1] - height / 2
        place = self._place([box(x, y, width, height)])
        if place is None:
            return
        size = (place[2] - place[0], place[3] - place[1])
        # Pillow's gradient is 255 in the corners: the edge of the ellipse lies at 255 / sqrt(2).
        soft = [round(255 * opacity * max(0.0, 1 - 2 * (away / 255) ** 2) ** 2) for away in range(256)]
        self._picture.paste((0, 0, 0), place, Image.radial_gradient("L").resize(size).point(soft))

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        file = io.BytesIO()
        self._picture.save(file, "PNG", compress_level=4)
        return file.getvalue()

    def _place(self, outlines: Sequence[Outline]) -> tuple[int, int, int, int] | None:
        """Return the pixels that outlines touch: left, upper, right, lower; None where there are none."""
        xs = [x for outline in outlines for x, _ in outline]
        ys = [y for outline in outlines for _, y in outline]
        if not xs:
            return None
        left, upper = max(0, math.floor(min(xs) * self._scale)), max(0, math.floor(min(ys) * self._scale))
        right = min(self.pixels, math.ceil(max(xs) * self._scale))
        lower = min(self.pixels, math.ceil(max(ys) * self._scale))
        return (left, upper, right, lower) if left < right and upper < lower else None


def _shading(width: int, height: int, top: Rgb, bottom: Rgb | None) -> Image.Image:
    """Return a picture shaded from top to bottom, a tone a line."""
    if bottom is None:
        return Image.new("RGB", (width, height), top)
    tones = [mix(top, bottom, line / max(height - 1, 1)) for line in range(height)]
    return Image.frombytes("RGB", (1, height), bytes(channel for tone in tones for channel in tone)).resize(
        (width, height)
    )


def _area(outline: Outline) -> float:
    """Return twice the area within an outline; below zero where it runs against the clock."""
    return sum(
        x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(outline, [*outline[1:], outline[0]], strict=True)
    )


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """Return a colour between two, ``share`` of the way to the second."""
    return (
        int(first[0] + (second[0] - first[0]) * share),
        int(first[1] + (second[1] - first[1]) * share),
        int(first[2] + (second[2] - first[2]) * share),
    )


def trace(path: str) -> Outline:
    """Return the outline of a path written like SVG's, absolute: ``M x y L x y C x1 y1 x2 y2 x y``, and Q."""
    words = path.replace(",", " ").split()
    points: Outline = []
    command, place = "", 0
    while place < len(words):
        if words[place].isalpha():
            command, place = words[place], place + 1
            continue
        count = {"M": 2, "L": 2, "Q": 4, "C": 6}[command]
        numbers = [float(word) for word in words[place : place + count]]
        place += count
        ends = list(zip(numbers[0::2], numbers[1::2], strict=True))
        if command in "ML":
            points += ends
        else:
            points += _curve([points[-1], *ends])
    return points


def ellipse(cx: float, cy: float, rx: float, ry: float | None = None, *, tilt: float = 0.0) -> Outline:
    """Return an ellipse; ``tilt`` in degrees."""
    ry = rx if ry is None else ry
    sine, cosine = math.sin(math.radians(tilt)), math.cos(math.radians(tilt))
    outline = []
    for step in range(72):
        x, y = rx * math.cos(step * math.tau / 72), ry * math.sin(step * math.tau / 72)
        outline.append((cx + x * cosine - y * sine, cy + x * sine + y * cosine))
    return outline


def box(x: float, y: float, width: float, height: float, *, round: float = 0.0) -> Outline:
    """Return a rectangle with rounded corners."""
    if not round:
        return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    outline = []
    corners = (
        (x + width - round, y + round, -90),
        (x + width - round, y + height - round, 0),
        (x + round, y + height - round, 90),
        (x + round, y + round, 180),
    )
    for cx, cy, start in corners:
        for step in range(9):
            angle = math.radians(start + step * 11.25)
            outline.append((cx + round * math.cos(angle), cy + round * math.sin(angle)))
    return outline


def ring(cx: float, cy: float, radius: float, thickness: float) -> tuple[Outline, Outline]:
    """Return a circular band: an outer circle and, the other way round, an inner one."""
    return ellipse(cx, cy, radius), list(reversed(ellipse(cx, cy, radius - thickness)))


def mirrored(outline: Outline, *, axis: float = 50.0) -> Outline:
    """Return the outline seen in a vertical mirror."""
    return [(2 * axis - x, y) for x, y in reversed(outline)]


def dashes(outline: Sequence[Point], *, length: float = 1.3, gap: float = 1.0) -> list[Outline]:
    """Return a stitched line: the outline cut into dashes."""
    stitches: list[Outline] = []
    left, drawing, current = length, True, [outline[0]]
    for (x0, y0), (x1, y1) in pairwise(outline):
        far = math.hypot(x1 - x0, y1 - y0)
        done = 0.0
        while far - done > left:
            done += left
            point = (x0 + (x1 - x0) * done / far, y0 + (y1 - y0) * done / far)
            if drawing:
                stitches.append([*current, point])
            drawing = not drawing
            current, left = [point], length if drawing else gap
        left -= far - done
        if drawing:
            current.append((x1, y1))
    return stitches


def _curve(controls: Sequence[Point], steps: int = 18) -> Outline:
    points = []
    for step in range(1, steps + 1):
        t = step / steps
        level = list(controls)
        while len(level) > 1:
            level = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(level)]
        points.append(level[0])
    return points


def _stroke_outlines(points: Sequence[Point], half: float) -> list[Outline]:
    outlines = []
    for (x0, y0), (x1, y1) in pairwise(points):
        far = math.hypot(x1 - x0, y1 - y0)
        if far:
            nx, ny = -(y1 - y0) / far * half, (x1 - x0) / far * half
            outlines.append([(x0 - nx, y0 - ny), (x1 - nx, y1 - ny), (x1 + nx, y1 + ny), (x0 + nx, y0 + ny)])
    sides = 8 if half < 0.6 else 16
    for x, y in _joints(points):
        outlines.append(
            [
                (x + half * math.cos(step * math.tau / sides), y + half * math.sin(step * math.tau / sides))
                for step in range(sides)
            ]
        )
    return outlines


def _joints(points: Sequence[Point]) -> list[Point]:
    """Return where a line needs a round end or corner: its ends, and where it turns by more than a little."""
    joints = [points[0], points[-1]]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        turn = math.atan2(after[1] - here[1], after[0] - here[0]) - math.atan2(
            here[1] - before[1], here[0] - before[0]
        )
        if math.cos(turn) < 0.99:
            joints.append(here)
    return joints
