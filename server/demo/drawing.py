"""A small painter: anti-aliased paths and strokes on an RGB canvas, and the PNG of it, without a library."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

Point = tuple[float, float]
Outline = list[Point]
Rgb = tuple[int, int, int]

_SUBLINES: Final = 4  # scan lines within one row of pixels


class Canvas:
    """A square picture. Coordinates run from 0 to 100 in both directions, whatever the number of pixels."""

    def __init__(self, pixels: int, rows: list[bytearray]) -> None:
        self.pixels: Final = pixels
        self._rows: Final = rows
        self._scale: Final = pixels / 100

    @classmethod
    def paper(cls, pixels: int, *, top: Rgb, bottom: Rgb) -> Canvas:
        """Return a canvas shaded from top to bottom."""
        rows = [bytearray(bytes(mix(top, bottom, line / (pixels - 1))) * pixels) for line in range(pixels)]
        return cls(pixels, rows)

    def copy(self) -> Canvas:
        """Return a canvas of its own with the same picture."""
        return Canvas(self.pixels, [bytearray(row) for row in self._rows])

    def fill(self, *outlines: Outline, top: Rgb, bottom: Rgb | None = None, opacity: float = 1.0) -> None:
        """Paint the inside of closed outlines (non-zero winding), shaded from their top to their bottom."""
        crossings = _crossings(outlines, self._scale, self.pixels)
        if not crossings:
            return
        first, last = min(crossings) // _SUBLINES, max(crossings) // _SUBLINES
        reach = max(last - first, 1)
        for line in range(first, last + 1):
            spans = [
                _spans(crossings[sub])
                for sub in range(line * _SUBLINES, (line + 1) * _SUBLINES)
                if sub in crossings
            ]
            colour = top if bottom is None else mix(top, bottom, (line - first) / reach)
            self._paint_row(self._rows[line], spans, colour, opacity)

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
        scale = self._scale
        cx, cy, rx, ry = centre[0] * scale, centre[1] * scale, width / 2 * scale, height / 2 * scale
        for line in range(max(0, int(cy - ry)), min(self.pixels, int(cy + ry) + 1)):
            row, dy = self._rows[line], ((line + 0.5 - cy) / ry) ** 2
            for column in range(max(0, int(cx - rx)), min(self.pixels, int(cx + rx) + 1)):
                away = ((column + 0.5 - cx) / rx) ** 2 + dy
                if away < 1:
                    keep = 1 - opacity * (1 - away) ** 2
                    place = column * 3
                    row[place] = int(row[place] * keep)
                    row[place + 1] = int(row[place + 1] * keep)
                    row[place + 2] = int(row[place + 2] * keep)

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        raw = b"".join(b"\x01" + _differences(row) for row in self._rows)
        header = struct.pack(">IIBBBBB", self.pixels, self.pixels, 8, 2, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            _chunk(name, body)
            for name, body in ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 7)), (b"IEND", b""))
        )

    def _paint_row(self, row: bytearray, lines: list[list[Point]], colour: Rgb, opacity: float) -> None:
        """Paint one row of pixels from the spans of its scan lines: runs at once, edges pixel by pixel."""
        steps: dict[
            int, int
        ] = {}  # column -> scan lines that begin to cover whole pixels there, less those that end
        parts: dict[int, float] = {}  # column -> what scan lines cover of it in part
        for line in lines:
            for begin, finish in line:
                start, end = max(begin, 0.0), min(finish, float(self.pixels))
                first, last = int(start), int(end)
                if end <= start:
                    continue
                if first == last:
                    parts[first] = parts.get(first, 0.0) + end - start
                    continue
                if start > first:
                    parts[first] = parts.get(first, 0.0) + first + 1 - start
                    first += 1
                steps[first] = steps.get(first, 0) + 1
                steps[last] = steps.get(last, 0) - 1
                if end > last:
                    parts[last] = parts.get(last, 0.0) + end - last
        columns = sorted({*steps, *parts, *(column + 1 for column in parts)})
        level = 0
        for column, following in zip(columns, [*columns[1:], self.pixels], strict=False):
            level += steps.get(column, 0)
            share = min((level + parts.get(column, 0.0)) / _SUBLINES, 1.0) * opacity
            if share >= 1.0:
                row[column * 3 : following * 3] = bytes(colour) * (following - column)
            elif share > 0 and column in parts:
                place, keep = column * 3, 1 - share
                for channel in range(3):
                    row[place + channel] = int(row[place + channel] * keep + colour[channel] * share)
            elif share > 0:
                for channel in range(3):
                    run = slice(column * 3 + channel, following * 3, 3)
                    row[run] = row[run].translate(_blend(colour[channel], round(share, 4)))


@lru_cache(maxsize=8192)
def _blend(tone: int, share: float) -> bytes:
    """Return, for every tone of paper, the tone after laying on a colour."""
    return bytes(int(paper * (1 - share) + tone * share) for paper in range(256))


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


def _crossings(outlines: Iterable[Outline], scale: float, pixels: int) -> dict[int, list[tuple[float, int]]]:
    """Return, for each scan line, where the outlines cross it and in which direction."""
    found: dict[int, list[tuple[float, int]]] = {}
    lines = pixels * _SUBLINES
    fine = scale * _SUBLINES
    for outline in outlines:
        for (x0, y0), (x1, y1) in zip(outline, [*outline[1:], outline[0]], strict=True):
            if y0 == y1:
                continue
            direction = 1
            if y0 > y1:
                x0, y0, x1, y1, direction = x1, y1, x0, y0, -1
            start, end = max(0, math.ceil(y0 * fine - 0.5)), min(lines, math.ceil(y1 * fine - 0.5))
            slope = (x1 - x0) / (y1 - y0) / fine * scale
            x = x0 * scale + ((start + 0.5) - y0 * fine) * slope
            for line in range(start, end):
                found.setdefault(line, []).append((x, direction))
                x += slope
    return found


def _spans(crossings: list[tuple[float, int]]) -> list[Point]:
    crossings.sort()
    spans = []
    winding, start = 0, 0.0
    for x, direction in crossings:
        if winding == 0:
            start = x
        winding += direction
        if winding == 0 and x > start:
            spans.append((start, x))
    return spans


def _differences(row: bytearray) -> bytes:
    """Return the row as PNG's filter 1 wants it: each byte less the one a pixel before."""
    shifted = b"\0\0\0" + row[:-3]
    size = len(row)
    high = int.from_bytes(b"\x80" * size, "little")
    first, second = int.from_bytes(row, "little"), int.from_bytes(shifted, "little")
    # Subtraction of all bytes at once without borrow between them.
    low = ~high & ((1 << 8 * size) - 1)
    return (((first | high) - (second & low)) ^ ((first ^ ~second) & high)).to_bytes(size, "little")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
