"""Keeps reports in docs/bench and writes docs/benchmarks.md from all that are there."""

from __future__ import annotations

from pathlib import Path

import msgspec

from server.bench.capacity import capacity
from server.bench.chart import chart
from server.bench.measure import Report, shown

INTRODUCTION = """\
# Benchmarks

Each bench measures a speed and, in the same run and in turn with it, a limit: the same rows, lines or bytes
moved by the barest means there are. The ratio is what counts; figures in seconds belong to one machine on one
day. A value is the median of the rounds, followed by their quartiles; a
dark line over a bar runs from one quartile to the other. This page is written by
`comptoir bench NAME --save`.
"""


def save(report: Report, folder: Path) -> str:
    """Keep a report as JSON, write the page anew, and return the name of the file."""
    kept = folder / "bench"
    kept.mkdir(parents=True, exist_ok=True)
    path = kept / f"{report.bench}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    reports = [msgspec.json.decode(each.read_bytes(), type=Report) for each in sorted(kept.glob("*.json"))]
    for each in reports:
        if drawn := chart(each):
            (kept / f"{each.bench}.svg").write_text(drawn, encoding="utf-8")
    (folder / "benchmarks.md").write_text(page(reports), encoding="utf-8")
    if reckoned := capacity({each.bench: each for each in reports}):
        (folder / "capacity.md").write_text(reckoned, encoding="utf-8")
    return path.name


def page(reports: list[Report]) -> str:
    """Return the page of these reports."""
    return "\n".join([INTRODUCTION, *(_section(each) for each in reports)])


def _section(report: Report) -> str:
    about = ", ".join(f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}"
                      for name, value in report.parameters.items())  # fmt: skip
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items() if value)
    lines = [
        f"## {report.bench}", "",
        f"`{report.command}` on {report.at}: {about}.", "",
        *([f"![{report.bench}](bench/{report.bench}.svg)", ""] if chart(report) else []),
        "| | median | quartiles | unit |", "|---|--:|--:|---|",
    ]  # fmt: skip
    for each in (*report.ratios, *report.figures):
        spread = f"{shown(each.low)} to {shown(each.high)}" if each.rounds > 1 else ""
        strong = "**" if each.unit == "ratio" else ""
        lines.append(f"| {each.name} | {strong}{shown(each.median)}{strong} | {spread} | {each.unit} |")
    lines += [
        "",
        *(f"- {'holds' if good else 'does not hold'}: {name}" for name, good in report.checks.items()),
    ]
    lines += ["", f"Machine: {machine}.", ""]
    if float(report.machine.get("load") or 0) > float(report.machine.get("cores") or 1):
        lines += ["The machine was busy with other work: the ratios hold better than the figures.", ""]
    return "\n".join(lines)
