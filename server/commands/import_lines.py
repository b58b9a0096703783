"""`comptoir import`: read order lines, people or advertising costs from a CSV file, by a mapping file."""

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from schemas.ids import NOBODY
from server.commands.answer import CommandFailed, answer
from server.commands.database import add_database_options
from server.commands.importing import bar, importing, keep_refused, target, where_refused
from server.imports import customer_mapping, job, left_out, mapping, report
from server.imports.csv_source import FileUnreadable
from server.imports.rehearsal import rehearse_lines

SHIPPED = Path(mapping.__file__).parent / "mappings"


def configure(parser: argparse.ArgumentParser) -> None:
    add_database_options(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="a CSV file, plain or gzip")
    parser.add_argument(
        "--mapping",
        metavar="M",
        help="mapping file (TOML or JSON), or the name of one that is shipped: "
        + ", ".join(sorted(path.stem for path in SHIPPED.glob("*.toml")))
        + "; without one, a mapping is proposed and nothing is written",
    )
    parser.add_argument(
        "--keep-mapping",
        type=Path,
        metavar="FILE.json",
        help="where the proposed mapping goes, to be read and changed",
    )
    parser.add_argument("--store", metavar="CODE", help="the store that new customers belong to")
    parser.add_argument(
        "--brand", metavar="CODE", help="the brand they belong to (needed when there are several)"
    )
    parser.add_argument(
        "--rehearse",
        action="store_true",
        help="say what would happen, and write nothing",
    )
    parser.add_argument(
        "--refused",
        type=Path,
        metavar="FILE",
        help="where refused lines go (default: FILE.refused.csv in the working folder, if there are any)",
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.mapping is None:
        from server.commands import import_proposal

        return import_proposal.run(arguments)
    try:
        path = _mapping_path(arguments.mapping)
        kind = customer_mapping.kind_of(path)
        if kind == "customers":
            from server.commands import import_people

            return import_people.run(arguments, path)
        if kind == "costs":
            from server.commands import import_costs

            return import_costs.run(arguments, path)
        chosen = mapping.load(path)
        started = time.perf_counter()
        prepared = job.prepare(arguments.file, chosen, store=arguments.store)
        print(
            f"{prepared.path.name}: {prepared.ends.lines:,} lines, {report.described(prepared.dialect)}",
            file=sys.stderr,
        )
    except (mapping.MappingInvalid, FileUnreadable, OSError) as error:
        raise CommandFailed(str(error)) from error
    with target(arguments) as (url, _):
        facts = asyncio.run(_import(url, prepared, arguments, started))
    head = "a rehearsal, nothing was written\n" if facts.get("rehearsed") else ""
    told = facts.get("left_out")
    not_read = "".join(f"\n{line}" for line in left_out.words(told)) if isinstance(told, dict) else ""
    answer(arguments, facts, head + report.words(facts) + not_read + where_refused(facts))
    return 0


async def _import(
    url: str, prepared: job.Prepared, arguments: argparse.Namespace, started: float
) -> dict[str, object]:
    async with importing(url, arguments, prepared.mapping.source, prepared.store) as (connection, principal):
        if arguments.rehearse:
            told = await rehearse_lines(
                connection, prepared, principal=principal, clock=lambda: datetime.now(UTC), progress=bar()
            )
            result = job.Result(batch_id=NOBODY, resumed_at=0, totals=told.totals)
            facts = report.facts(prepared, result, seconds=time.perf_counter() - started)
            del facts["batch"]
            return facts | {"rehearsed": True, "left_out": told.left_out}
        result = await job.run(
            connection, prepared, principal=principal, clock=lambda: datetime.now(UTC), progress=bar()
        )
        facts = report.facts(prepared, result, seconds=time.perf_counter() - started)
        if result.totals.refused:
            await keep_refused(connection, prepared, result.batch_id, arguments, facts)
        return facts


def _mapping_path(said: str) -> Path:
    shipped = SHIPPED / f"{said}.toml"
    return shipped if "/" not in said and "." not in said and shipped.exists() else Path(said)
