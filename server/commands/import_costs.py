"""`comptoir import` of an advertising report: its rehearsal, its run and its closing report."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from server.commands.answer import CommandFailed, answer
from server.commands.importing import bar, importing, keep_refused, target, where_refused
from server.imports import cost_job, cost_mapping, left_out, mapping, report
from server.imports.csv_source import FileUnreadable
from server.imports.money import PLACES


def run(arguments: argparse.Namespace, path: Path) -> int:
    """Import the report that the arguments name by the mapping at ``path``."""
    try:
        prepared = cost_job.prepare(arguments.file, cost_mapping.load(path))
    except (mapping.MappingInvalid, FileUnreadable, OSError) as error:
        raise CommandFailed(str(error)) from error
    print(
        f"{prepared.path.name}: {prepared.read.lines:,} lines, {report.described(prepared.dialect)}",
        file=sys.stderr,
    )
    with target(arguments) as (url, _):
        facts = asyncio.run(_carry_out(url, prepared, arguments))
    answer(arguments, facts, _words(facts) + where_refused(facts))
    return 0


async def _carry_out(
    url: str, prepared: cost_job.CostFile, arguments: argparse.Namespace
) -> dict[str, object]:
    async with importing(url, arguments, prepared.mapping.source, None) as (connection, principal):
        if arguments.rehearse:
            told = await cost_job.rehearse(connection, prepared, principal=principal, progress=bar())
            return {"file": prepared.path.name, "rehearsed": True, **msgspec.to_builtins(told)}
        result = await cost_job.run(
            connection, prepared, principal=principal, clock=lambda: datetime.now(UTC), progress=bar()
        )
        facts: dict[str, object] = {
            "file": prepared.path.name,
            "batch": str(result.batch_id),
            "totals": msgspec.to_builtins(result.totals),
            "resumed_at": result.resumed_at,
        }
        if result.totals.refused:
            await keep_refused(connection, prepared, result.batch_id, arguments, facts)
        return facts


def _words(facts: dict[str, Any]) -> str:
    totals = facts["totals"]
    rows = [
        ("lines", totals["lines"], ""),
        ("  refused", totals["refused"], ""),
        ("days of campaigns", totals["days"], ""),
        ("  new", totals["new"], ""),
        ("  changed", totals["changed"], "told otherwise before: the later word stands"),
        ("  known, the same", totals["known"], ""),
        ("impressions", totals["impressions"], ""),
        ("clicks", totals["clicks"], ""),
    ]
    lines = [f"  {name:<22}{count:>14,}  {more}".rstrip() for name, count, more in rows]
    for currency, amount in totals["amount"].items():
        kept = totals["stored"][currency] / 10 ** PLACES.get(currency, 2)
        lines.append(f"  {'cost ' + currency:<22}{float(amount):>14,.2f}  kept as {kept:,.2f}")
    head = f"{facts['file']}: a rehearsal, nothing was written" if facts.get("rehearsed") else facts["file"]
    return "\n".join([head, *lines, *left_out.words(facts.get("left_out", {}))])
