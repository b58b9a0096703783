"""`comptoir import`: read order lines or people from a CSV file, by a mapping file."""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from server.commands.answer import CommandFailed, answer
from server.commands.database import add_database_options, database, settings_for
from server.commands.migrate import migrate_reachable
from server.database.pool import Connection, prepare
from server.imports import customer_mapping, frame, job, mapping, refusals, report
from server.imports.csv_source import FileUnreadable
from server.privacy.fingerprints import use_secret

SHIPPED = Path(mapping.__file__).parent / "mappings"
BAR = 30  # characters


def configure(parser: argparse.ArgumentParser) -> None:
    add_database_options(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="a CSV file, plain or gzip")
    parser.add_argument(
        "--mapping",
        required=True,
        metavar="M",
        help="mapping file (TOML or JSON), or the name of one that is shipped: "
        + ", ".join(sorted(path.stem for path in SHIPPED.glob("*.toml"))),
    )
    parser.add_argument("--store", metavar="CODE", help="the store that new customers belong to")
    parser.add_argument(
        "--brand", metavar="CODE", help="the brand they belong to (needed when there are several)"
    )
    parser.add_argument(
        "--rehearse",
        action="store_true",
        help="say what would happen, and write nothing (tables of people)",
    )
    parser.add_argument(
        "--refused",
        type=Path,
        metavar="FILE",
        help="where refused lines go (default: FILE.refused.csv in the working folder, if there are any)",
    )


def run(arguments: argparse.Namespace) -> int:
    try:
        path = _mapping_path(arguments.mapping)
        if customer_mapping.kind_of(path) == "customers":
            from server.commands import import_people

            return import_people.run(arguments, path)
        if arguments.rehearse:
            raise CommandFailed("only tables of people are rehearsed")
        chosen = mapping.load(path)
        started = time.perf_counter()
        prepared = job.prepare(arguments.file, chosen, store=arguments.store)
        print(
            f"{prepared.path.name}: {prepared.ends.lines:,} lines, {report.described(prepared.dialect)}",
            file=sys.stderr,
        )
    except (mapping.MappingInvalid, FileUnreadable, OSError) as error:
        raise CommandFailed(str(error)) from error
    with database(arguments) as url:
        use_secret(settings_for(arguments, url).secret)
        asyncio.run(migrate_reachable(url))
        facts = asyncio.run(_import(url, prepared, arguments, started))
    answer(arguments, facts, report.words(facts) + where_refused(facts))
    return 0


async def _import(
    url: str, prepared: job.Prepared, arguments: argparse.Namespace, started: float
) -> dict[str, object]:
    connection: Connection = await asyncpg.connect(
        url, server_settings={"application_name": "comptoir import"}
    )
    try:
        await prepare(connection)
        brand, stores = await brand_of(connection, arguments.brand, prepared.store)
        result = await job.run(
            connection,
            prepared,
            principal=frame.principal_for(prepared.mapping.source, brand=brand, stores=stores),
            clock=lambda: datetime.now(UTC),
            progress=bar(),
        )
        facts = report.facts(prepared, result, seconds=time.perf_counter() - started)
        if result.totals.refused:
            path = arguments.refused or Path(f"{prepared.path.name}.refused.csv")
            async with connection.transaction():
                await refusals.write_file(
                    path, prepared.dialect, refusals.stored(connection, result.batch_id)
                )
            facts["refused_file"] = str(path)
        return facts
    except frame.ImportBusy as error:
        raise CommandFailed(f"{error} is being imported by another process") from error
    finally:
        await connection.close()


async def brand_of(
    connection: Connection, brand: str | None, store: str | None
) -> tuple[str, tuple[str, ...]]:
    """Return the brand the customers belong to and its stores.

    Raises:
        CommandFailed: there is none, there are several and none was named, or the store is not one of it.
    """
    rows = await connection.fetch("select code, brand from store order by code")
    brands = sorted({row["brand"] for row in rows})
    if brand is None and len(brands) > 1:
        raise CommandFailed(f"several brands: say --brand {' or '.join(brands)}")
    if not brands or (brand is not None and brand not in brands):
        raise CommandFailed("no such brand: make stores first, for instance by comptoir seed")
    chosen = brand or brands[0]
    stores = tuple(row["code"] for row in rows if row["brand"] == chosen)
    if store is not None and store not in stores:
        raise CommandFailed(f"no store {store}; there are {', '.join(stores)}")
    return chosen, stores


def _mapping_path(said: str) -> Path:
    shipped = SHIPPED / f"{said}.toml"
    return shipped if "/" not in said and "." not in said and shipped.exists() else Path(said)


def bar() -> Callable[[int, int], None]:
    """Return what draws progress: a bar on a terminal, a line for each tenth elsewhere."""
    started = time.perf_counter()
    first: list[int] = []
    last_tenth = -1

    def draw(done: int, of: int) -> None:
        nonlocal last_tenth
        if not first:
            first.append(done)
        seconds = time.perf_counter() - started
        rate = round((done - first[0]) / seconds) if seconds > 0.5 else 0
        share = done / of if of else 1.0
        text = f"{share:4.0%}  {done:,}/{of:,} lines" + (f"  {rate:,} lines/s" if rate else "")
        if sys.stderr.isatty():
            filled = round(BAR * share)
            end = "\n" if done >= of else ""
            print(f"\r[{'#' * filled}{'-' * (BAR - filled)}] {text}   ", end=end, file=sys.stderr, flush=True)
        elif (tenth := int(share * 10)) > last_tenth:
            last_tenth = tenth
            print(text, file=sys.stderr, flush=True)

    return draw


def where_refused(facts: dict[str, object]) -> str:
    return f"\nrefused lines are in {facts['refused_file']}" if "refused_file" in facts else ""
