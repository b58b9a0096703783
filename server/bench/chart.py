"""Draws a report: one bar for each figure, with its quartiles, beside those of the same unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from server.bench.measure import Figure, Report, shown

# Pixels.
WIDTH, LABEL, RIGHT, ROW, BAR, HEAD = 860, 400, 90, 24, 12, 34
INK, FAINT, FILL, SPREAD, PAPER = "#2a2a2a", "#8a8a8a", "#9c7a4d", "#5b4426", "#ffffff"


def chart(report: Report) -> str:
    """Return the picture as SVG; empty when no two figures can be compared."""
    groups = [list(rows) for _, rows in groupby(_ordered(report), key=lambda each: each.unit)]
    groups = [rows for rows in groups if len(rows) > 1 or rows[0].unit == "ratio"]
    if not groups:
        return ""
    parts: list[str] = []
    top = 0
    for rows in groups:
        parts += _group(rows, top)
        top += HEAD + ROW * len(rows)
    height = top + ROW // 2
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
            f"<title>{escape(report.bench)}</title>",
            f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _ordered(report: Report) -> list[Figure]:
    """Return ratios, then the figures with those of one unit beside each other, in their order."""
    units = list(dict.fromkeys(each.unit for each in report.figures))
    return [*report.ratios, *sorted(report.figures, key=lambda each: units.index(each.unit))]


def _group(rows: Sequence[Figure], top: int) -> Iterator[str]:
    unit = rows[0].unit
    reach = max(max(each.high, each.median) for each in rows) or 1.0
    scale = (WIDTH - LABEL - RIGHT) / reach
    yield f'<text x="{LABEL}" y="{top + HEAD - 12}" fill="{FAINT}">{escape(unit)}</text>'
    if unit == "ratio" and reach > 1:
        x, end = LABEL + scale, top + HEAD + ROW * len(rows)
        yield (
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top + HEAD - 8}" y2="{end}" stroke="{FAINT}" '
            'stroke-dasharray="3 3"/>'
        )
    for number, each in enumerate(rows):
        middle = top + HEAD + ROW * number + ROW / 2
        wide = max(each.median * scale, 1.0)
        yield (
            f'<text x="{LABEL - 10}" y="{middle + 4:.1f}" text-anchor="end" fill="{INK}">'
            f"{escape(each.name)}</text>"
        )
        yield (
            f'<rect x="{LABEL}" y="{middle - BAR / 2:.1f}" width="{wide:.1f}" height="{BAR}" '
            f'fill="{FILL}" rx="2"/>'
        )
        if each.rounds > 1:
            low, high = LABEL + each.low * scale, LABEL + each.high * scale
            yield (
                f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{middle:.1f}" y2="{middle:.1f}" '
                f'stroke="{SPREAD}" stroke-width="2"/>'
            )
        tip = LABEL + max(each.median, each.high if each.rounds > 1 else 0.0) * scale + 8
        yield f'<text x="{tip:.1f}" y="{middle + 4:.1f}" fill="{INK}">{escape(shown(each.median))}</text>'
