"""`bench import`: a file taken in through the one write path, against a bare COPY of the same rows.

Order lines, or a table of people with ``--people``.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import gzip
import random
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from server.auth.principal import Principal
from server.bench.measure import (
    Report,
    clocked,
    command_text,
    figure,
    interleaved,
    machine,
    now_text,
    ratio_of,
)
from server.bench.same_rows import bring_in, everything, filled
from server.commands.database import database
from server.commands.import_lines import SHIPPED
from server.database.migrate import migrate
from server.database.pool import Connection, prepare
from server.demo.catalog import catalogue
from server.demo.names import SEXES, draw_name
from server.imports import customer_job, customer_mapping, frame, job, mapping

BRAND = "bench"
STORE = "bench"
HEADER = (
    "InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country",
)  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lines", type=int, default=20_000, help="of made data (default: %(default)s)")
    parser.add_argument(
        "--file", type=Path, help="a real file instead, as the mapping uci-online-retail reads it"
    )
    parser.add_argument("--people", type=int, help="a table of so many made customers instead")
    parser.add_argument("--rounds", type=int, default=3, help="(default: %(default)s)")


def run(arguments: argparse.Namespace) -> Report:
    with TemporaryDirectory(prefix="comptoir-bench-") as folder, database(arguments) as url:
        if arguments.people:
            path = _write_people(Path(folder) / "people.csv", arguments.people)
        else:
            path = arguments.file or _write_lines(Path(folder) / "lines.csv", arguments.lines)
        with scratch(url) as template:
            return asyncio.run(_measure(arguments, url, template, path))


async def _measure(arguments: argparse.Namespace, url: str, template: str, path: Path) -> Report:
    with _opened(path) as file:
        header, *records = [tuple(row) for row in csv.reader(file)]
    checks: list[bool] = []
    own_ms: list[float] = []  # processor time of a row, here
    left: dict[str, bytes] = {}  # what an import leaves, by table

    async def through_the_door() -> float:
        async with _copy_of(url, template) as scratch, _connected(scratch) as connection:
            await prepare(connection)
            before = await filled(connection)
            started, used = time.perf_counter(), time.process_time()
            taking = _people if arguments.people else _lines
            refused, counted = await taking(connection, path)
            seconds = time.perf_counter() - started
            own_ms.append((time.process_time() - used) * 1000 / len(records))
            kept = await connection.fetchval(f"select count(*) from {counted}")  # noqa: S608 (ours)
            checks.append(kept + refused == len(records))
            if not left:
                left.update(await everything(connection, but=before))
            return len(records) / seconds

    async def bare() -> float:
        async with _copy_of(url, template) as scratch, _connected(scratch) as connection:
            columns = ", ".join(f"{name.lower()} text" for name in header)
            await connection.execute(f"create table bench_line ({columns})")
            return len(records) / await clocked(
                connection.copy_records_to_table("bench_line", records=records)
            )

    async def same_rows() -> float:
        async with _copy_of(url, template) as scratch, _connected(scratch) as connection:
            return len(records) / await clocked(bring_in(connection, left))

    contenders: dict[str, Callable[[], Awaitable[float]]] = {
        "bare": bare,
        "same": same_rows,
        "import": through_the_door,  # last, and so first of the round that is not counted
    }
    samples = await interleaved(arguments.rounds, contenders)
    connection = await asyncpg.connect(url)
    version = await connection.fetchval("show server_version")
    await connection.close()
    return Report(
        bench="import-people" if arguments.people else "import",
        at=now_text(),
        command=command_text(),
        machine=machine(version),
        parameters=(
            {"people": len(records)}
            if arguments.people
            else {"lines": len(records), "orders": len({record[0] for record in records})}
        ),
        figures=(
            figure("import, file to published profiles", "lines/s", samples["import"]),
            figure("bare COPY of the same lines", "lines/s", samples["bare"]),
            figure("COPY of all rows that it leaves, into their tables", "lines/s", samples["same"]),
            figure("processor time of the import, without PostgreSQL", "ms/line", own_ms[1:]),
        ),
        ratios=(
            ratio_of("import to bare COPY", samples["import"], samples["bare"]),
            ratio_of("import to COPY of what it leaves", samples["import"], samples["same"]),
        ),
        checks={"every line is kept or refused with a reason": all(checks)},
    )


def _speaker(source: str) -> Principal:
    return frame.principal_for(source, brand=BRAND, stores=(STORE,))


async def _lines(connection: Connection, path: Path) -> tuple[int, str]:
    """Take order lines in; return how many were refused, and the table that holds the others."""
    prepared = job.prepare(path, mapping.load(SHIPPED / "uci-online-retail.toml"), store=STORE)
    speaker = _speaker(prepared.mapping.source)
    result = await job.run(connection, prepared, principal=speaker, clock=lambda: datetime.now(UTC))
    return result.totals.refused, "purchase_line"


async def _people(connection: Connection, path: Path) -> tuple[int, str]:
    """Take a table of people in."""
    chosen = customer_mapping.load(SHIPPED / "salesforce-contacts.toml")
    prepared = customer_job.prepare(path, chosen, store=STORE)
    speaker = _speaker(prepared.mapping.source)
    result = await customer_job.run(connection, prepared, principal=speaker, clock=lambda: datetime.now(UTC))
    return result.totals.refused, "customer"


def _write_people(path: Path, people: int) -> Path:
    """Write made customers as Salesforce does."""
    rng = random.Random(5)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            (
                "Id", "FirstName", "LastName", "Email", "MobilePhone", "Birthdate", "MailingStreet",
                "MailingPostalCode", "MailingCity", "MailingCountry",
            )
        )  # fmt: skip
        for number in range(people):
            born = rng.randint(1940, 2005)
            name = draw_name(rng, sex=rng.choice(SEXES), born=born)
            writer.writerow(
                (
                    f"003{number:09}", name.given_name, name.family_name, f"c{number}@example.com",
                    f"+336{rng.randrange(10**8):08}",
                    f"{born}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
                    f"{rng.randint(1, 99)} rue de la Paix", f"{rng.randint(1000, 95999):05}", "Lyon", "FR",
                )
            )  # fmt: skip
    return path


def _write_lines(path: Path, lines: int) -> Path:
    """Write made order lines in the shape of a well-known file: some anonymous, some cancelled."""
    rng = random.Random(4)
    products = [one.product for one in catalogue()]
    at = datetime(2024, 1, 2, 9, tzinfo=UTC)
    written = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        number = 500_000
        while written < lines:
            number += 1
            at += timedelta(minutes=rng.expovariate(1 / 11))
            customer = "" if rng.random() < 0.1 else f"{12_000 + int(rng.paretovariate(1.1) * 40) % 4_000}"
            cancelled = rng.random() < 0.09
            for _line in range(min(lines - written, max(1, int(rng.expovariate(1 / 18))))):
                product = rng.choice(products)
                quantity = rng.choice((1, 1, 2, 3, 6, 12)) * (-1 if cancelled else 1)
                writer.writerow(
                    (
                        f"C{number}" if cancelled else number, product.sku, product.name["en"], quantity,
                        at.strftime("%Y-%m-%d %H:%M:%S"), f"{product.price.amount / 100:.2f}", customer,
                        "France",
                    )
                )  # fmt: skip
                written += 1
    return path


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", newline="", encoding="utf-8") as file:
        yield file


@contextmanager
def scratch(url: str) -> Iterator[str]:
    """Yield the name of a migrated database with one store, copied for every round, dropped at the end."""
    name = f"comptoir_scratch_{uuid.uuid4().hex[:12]}"
    asyncio.run(_execute(url, f'create database "{name}"'))
    try:
        asyncio.run(_open_store(named(url, name)))
        yield name
    finally:
        asyncio.run(_execute(url, f'drop database if exists "{name}" with (force)'))


async def _open_store(url: str) -> None:
    await migrate(url)
    await _execute(
        url,
        f"insert into store (code, name, city, brand, zone) values ('{STORE}', 'B', 'B', '{BRAND}', 'b')",  # noqa: S608
    )


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


class _copy_of:
    """A database for one round."""

    def __init__(self, url: str, template: str) -> None:
        self._url = url
        self._template = template
        self._name = f"{template}_{uuid.uuid4().hex[:8]}"

    async def __aenter__(self) -> str:
        await _execute(self._url, f'create database "{self._name}" template "{self._template}"')
        return named(self._url, self._name)

    async def __aexit__(self, *_: object) -> None:
        await _execute(self._url, f'drop database "{self._name}" with (force)')


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def named(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
