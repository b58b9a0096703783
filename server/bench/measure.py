"""What a measurement comes to: samples, their middle and spread, ratios, and the machine it ran on."""

from __future__ import annotations

import gc
import os
import platform
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from schemas.record import Struct

__all__ = ["Figure", "Report", "figure", "interleaved", "machine", "quantile", "ratio_of", "shown", "table"]


class Figure(Struct):
    """One line of a report. ``low`` and ``high`` are the quartiles of the rounds."""

    name: str
    unit: str
    median: float
    low: float
    high: float
    rounds: int


class Report(Struct):
    """One bench, as kept in docs/bench."""

    bench: str
    at: str  # ISO instant
    command: str
    machine: dict[str, str]
    parameters: dict[str, int | str]
    figures: tuple[Figure, ...]
    ratios: tuple[Figure, ...]  # each of values measured in the same round
    checks: dict[str, bool]  # that the answers measured were right


def figure(name: str, unit: str, samples: Sequence[float]) -> Figure:
    """Return the middle and the quartiles of one value per round."""
    low, median, high = _quartiles(samples)
    return Figure(name=name, unit=unit, median=median, low=low, high=high, rounds=len(samples))


def ratio_of(name: str, ours: Sequence[float], limit: Sequence[float]) -> Figure:
    """Return our value over the limit's, round by round."""
    return figure(name, "ratio", [mine / theirs for mine, theirs in zip(ours, limit, strict=True)])


async def interleaved(
    rounds: int, contenders: Mapping[str, Callable[[], Awaitable[float]]]
) -> dict[str, list[float]]:
    """Run every contender once a round, the first of each round changing, and return what each returned.

    One round before is not counted: it fills caches on both sides alike.
    """
    names = list(contenders)
    samples: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-1, rounds):
        turn = number % len(names)
        for name in (*names[turn:], *names[:turn]):
            gc.collect()
            value = await contenders[name]()
            if number >= 0:
                samples[name].append(value)
    return samples


def quantile(samples: Sequence[float], share: float) -> float:
    """Return the value that this share of the samples does not exceed."""
    ordered = sorted(samples)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def machine(postgres: str = "") -> dict[str, str]:
    """Return what was measured on: processor, memory, system, versions."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count() or 0),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
        if hasattr(os, "sysconf")
        else "",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": postgres,
        **{name: version(name) for name in ("litestar", "msgspec", "asyncpg", "uvicorn")},
        "load": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "",
    }


def now_text() -> str:
    """Return this instant to the second."""
    return datetime.now(UTC).replace(microsecond=0).isoformat()


def command_text() -> str:
    """Return the words this run was started with, so that anybody can repeat it; folders left out."""
    words = [word for word in sys.argv[1:] if not word.startswith("-v")]
    kept: list[str] = []
    skip = False
    for word in words:
        if skip or word.startswith(("--data=", "--database-url=")):
            skip = False
            continue
        if word in {"--data", "--database-url"}:
            skip = True
            continue
        kept.append(word)
    return " ".join(["comptoir", *kept])


def table(report: Report) -> str:
    """Return a report as a person reads it."""
    lines = [f"{report.bench}  {', '.join(f'{name} {value}' for name, value in report.parameters.items())}"]
    for each in (*report.figures, *report.ratios):
        spread = f"{shown(each.low)} to {shown(each.high)}"
        lines.append(f"  {each.name:<46} {shown(each.median):>10} {each.unit:<12} {spread}")
    for name, holds in report.checks.items():
        lines.append(f"  {'ok ' if holds else 'NOT'} {name}")
    lines.append("  medians and quartiles of rounds run in turn; ratios are of the same round")
    return "\n".join(lines)


async def clocked(work: Awaitable[object]) -> float:
    """Return how many seconds the work took."""
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


def _quartiles(samples: Sequence[float]) -> tuple[float, float, float]:
    if len(samples) == 1:
        return samples[0], samples[0], samples[0]
    low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
    return low, median, high


def shown(value: float) -> str:
    """Return a number with three figures that count."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
