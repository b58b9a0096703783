"""`comptoir import` of a table of people: its run, its closing report and its file of what stayed outside."""

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from server.auth.sealing import derive
from server.commands.answer import CommandFailed, answer
from server.commands.importing import bar, importing, keep_refused, target, where_refused
from server.imports import customer_job, customer_mapping, mapping, report
from server.imports.csv_source import FileUnreadable
from server.imports.left_out import words
from server.imports.rehearsal import rehearse


def run(arguments: argparse.Namespace, path: Path) -> int:
    """Import the table that the arguments name by the mapping at ``path``."""
    started = time.perf_counter()
    try:
        prepared = customer_job.prepare(arguments.file, customer_mapping.load(path), store=arguments.store)
        print(
            f"{prepared.path.name}: {prepared.rows:,} rows, {report.described(prepared.dialect)}",
            file=sys.stderr,
        )
    except (mapping.MappingInvalid, FileUnreadable, OSError) as error:
        raise CommandFailed(str(error)) from error
    with target(arguments) as (url, settings):
        if arguments.rehearse:
            told = asyncio.run(_rehearse(url, prepared, arguments, derive(settings.secret, "identity")))
            answer(arguments, told, _rehearsed(told))
            return 0
        facts = asyncio.run(_import(url, prepared, arguments, started))
    answer(arguments, facts, _words(facts) + where_refused(facts))
    return 0


async def _rehearse(
    url: str, prepared: customer_job.PeopleFile, arguments: argparse.Namespace, secret: bytes
) -> dict[str, Any]:
    async with importing(url, arguments, prepared.mapping.source, prepared.store) as (connection, principal):
        rehearsal = await rehearse(
            connection,
            prepared,
            principal=principal,
            clock=lambda: datetime.now(UTC),
            secret=secret,
            progress=bar(),
        )
    return {"file": prepared.path.name, **msgspec.to_builtins(rehearsal)}


def _rehearsed(told: dict[str, Any]) -> str:
    totals = told["totals"]
    rows = [
        ("new", totals["new"], ""),
        ("  surely known", told["joined"], "the same person from elsewhere"),
        ("  perhaps known", told["to_review"], "a person will be asked"),
        ("known, the same", totals["known"], ""),
        ("changed", totals["changed"], "taken over: the source spoke last"),
        ("fresher here", totals["values_kept"], "values somebody gave after the source: they stay"),
        ("consent changes", totals["withdrawn"], "withdrawals; a file grants nothing"),
        ("refused", totals["refused"], ""),
        *((f"{field} left out", count, "") for field, count in totals["values_left_out"].items()),
    ]
    lines = [f"  {name:<22}{count:>14,}  {more}".rstrip() for name, count, more in rows]
    written = report.written(told["encoding"], told["delimiter"], told["decimal"])
    head = f"{told['file']}: a rehearsal, nothing was written ({written}, dates {told['dates']})"
    return "\n".join([head, *lines, *words(told["left_out"])])


async def _import(
    url: str, prepared: customer_job.PeopleFile, arguments: argparse.Namespace, started: float
) -> dict[str, object]:
    async with importing(url, arguments, prepared.mapping.source, prepared.store) as (connection, principal):
        result = await customer_job.run(
            connection, prepared, principal=principal, clock=lambda: datetime.now(UTC), progress=bar()
        )
        seconds = time.perf_counter() - started
        facts: dict[str, object] = {
            "file": prepared.path.name,
            "source": prepared.mapping.source,
            "batch": str(result.batch_id),
            "rows_in_file": prepared.rows,
            **msgspec.to_builtins(result.totals),
            "resumed_at": result.resumed_at,
            "seconds": round(seconds, 2),
            "rows_per_second": round((result.totals.rows - result.resumed_at) / seconds),
        }
        if result.totals.refused or result.totals.values_left_out:
            await keep_refused(connection, prepared, result.batch_id, arguments, facts)
        return facts


def _words(facts: dict[str, object]) -> str:
    left_out = facts["values_left_out"]
    assert isinstance(left_out, dict)
    rows = [
        ("rows", facts["rows"], f"of {facts['rows_in_file']:,} in the file"),
        ("  new", facts["new"], ""),
        ("  known before", facts["known"], ""),
        ("  changed", facts["changed"], ""),
        ("  refused", facts["refused"], ""),
        ("withdrawals", facts["withdrawn"], "what people do not want"),
        ("fresher values kept", facts["values_kept"], "somebody spoke after the source"),
        *((f"{field} left out", count, "no value of ours") for field, count in left_out.items()),
    ]
    lines = [f"  {name:<22}{count:>14,}  {more}".rstrip() for name, count, more in rows]
    speed = f"  {facts['seconds']} s, {facts['rows_per_second']:,} rows a second"
    return "\n".join([str(facts["file"]), *lines, speed])
