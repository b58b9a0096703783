"""How this house draws: leather shaded from above, brass, stitches, in one colour and its tones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.demo.drawing import Canvas, Outline, Point, Rgb, dashes, ellipse, mix

BRASS: Final = (203, 167, 96)
BRASS_DARK: Final = (158, 122, 62)
STEEL: Final = (190, 193, 196)
STEEL_DARK: Final = (134, 138, 142)
INK: Final = (42, 38, 35)
PAPER: Final = (250, 247, 242)


class Pen:
    """A canvas and a colour: draws parts of a product in tones of it."""

    def __init__(self, canvas: Canvas, colour: Rgb, *, motif: str) -> None:
        self.canvas: Final = canvas
        self.colour: Final = colour
        self.motif: Final = motif
        luma = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
        self.is_light: Final = luma > 170
        self.light: Final = mix(colour, (255, 250, 240), 0.24 if luma < 170 else 0.5)
        self.deep: Final = mix(colour, (28, 22, 18), 0.30 if luma > 60 else 0.45)
        self.deeper: Final = mix(colour, (20, 16, 14), 0.5 if luma > 60 else 0.7)
        self.thread: Final = (
            mix(colour, (255, 246, 228), 0.5) if luma < 170 else mix(colour, (90, 70, 50), 0.4)
        )

    def body(self, *outlines: Outline) -> None:
        """Paint a part in the product's colour, lit from above."""
        self.canvas.fill(*outlines, top=self.light, bottom=mix(self.colour, self.deep, 0.55))

    def flat(self, *outlines: Outline) -> None:
        """Paint a part that faces us, with less light."""
        self.canvas.fill(*outlines, top=mix(self.colour, self.light, 0.5), bottom=self.colour)

    def shade(self, *outlines: Outline) -> None:
        """Paint a part that lies in the shade: a side, an inside, a sole."""
        self.canvas.fill(*outlines, top=self.deep, bottom=self.deeper)

    def fill(self, *outlines: Outline, top: Rgb, bottom: Rgb | None = None, opacity: float = 1.0) -> None:
        """Paint a part in a colour of its own."""
        self.canvas.fill(*outlines, top=top, bottom=bottom, opacity=opacity)

    def line(
        self, points: Sequence[Point], *, width: float = 0.55, colour: Rgb | None = None, opacity: float = 1.0
    ) -> None:
        """Draw a seam or an edge."""
        self.canvas.stroke(points, width=width, colour=colour or self.deeper, opacity=opacity)

    def stitch(self, points: Sequence[Point]) -> None:
        """Draw a saddle stitch."""
        self.canvas.strokes(dashes(points), width=0.42, colour=self.thread, opacity=0.9)

    def gleam(self, *outlines: Outline, opacity: float = 0.16) -> None:
        """Lay a soft light on a part."""
        self.canvas.fill(*outlines, top=(255, 252, 244), opacity=opacity)

    def brass(self, *outlines: Outline) -> None:
        """Paint a part in brass."""
        self.canvas.fill(*outlines, top=(229, 200, 138), bottom=BRASS_DARK)

    def steel(self, *outlines: Outline) -> None:
        """Paint a part in steel."""
        self.canvas.fill(*outlines, top=(222, 224, 226), bottom=STEEL_DARK)

    def brass_line(self, points: Sequence[Point], *, width: float = 1.2) -> None:
        """Draw a brass wire or chain."""
        self.canvas.stroke(points, width=width, colour=(220, 188, 122), bottom=BRASS_DARK)

    def stud(self, x: float, y: float, radius: float = 0.9) -> None:
        """Set a brass stud."""
        self.brass(ellipse(x, y, radius))
