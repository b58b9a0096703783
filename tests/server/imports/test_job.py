"""Whole imports on a real database: totals, repetition, resumption, refusals."""

import csv
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from server.database.pool import Connection
from server.imports import frame, job, refusals
from server.imports.frame import ImportBusy
from server.imports.job import Prepared, Result
from server.imports.mapping import load
from tests.server.imports.test_mapping import EXAMPLE
from tests.server.imports.test_order_lines import HEADER
from tests.server.people import hire_everybody

pytestmark = pytest.mark.anyio

Import = Callable[[Path], Any]
TABLES = ("customer", "purchase", "purchase_line", "fragment", "member", "receipt", "loyalty_entry")


def made_lines(orders: int, *, customers: int = 40, seed: int = 7) -> list[str]:
    """Return order lines like those of a real shop: anonymous, cancelled, repeated and scattered ones."""
    chance = random.Random(seed)
    lines: list[str] = []
    for number in range(536_000, 536_000 + orders):
        cancelled = chance.random() < 0.15
        customer = "" if chance.random() < 0.25 else f"{chance.randrange(12_000, 12_000 + customers)}.0"
        reference = f"C{number}" if cancelled else str(number)
        moment = f"2011-{chance.randrange(1, 10):02}-{chance.randrange(1, 29):02} 10:{number % 60:02}:00"
        for _ in range(chance.randrange(1, 9)):
            quantity = -chance.randrange(1, 5) if cancelled else chance.randrange(1, 13)
            price = chance.choice(["2.55", "0.001", "12.5", "0.0", "-11.06", "3.39"])
            sku = chance.randrange(20_000, 20_050)
            line = f'{reference},{sku},"BOWL, N° {sku}",{quantity},{moment},{price},{customer},France'
            lines += [line] * (2 if chance.random() < 0.05 else 1)
    # One order's lines stand apart, as in the real file.
    return [*lines[1:], lines[0]]


def write(path: Path, lines: list[str]) -> Path:
    path.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def totals_of(path: Path) -> tuple[int, int, Decimal]:
    """Return lines, pieces and amount of a file, by other means than the product's."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    amount = sum((Decimal(row["UnitPrice"]) * int(row["Quantity"]) for row in rows), Decimal(0))
    return len(rows), sum(int(row["Quantity"]) for row in rows), amount


async def import_file(connection: Connection, path: Path, **more: Any) -> tuple[Prepared, Result]:
    prepared = job.prepare(path, load(EXAMPLE), store="lyon")
    principal = frame.principal_for("uci-online-retail", brand="maison", stores=("lyon",))
    result = await job.run(connection, prepared, principal=principal, clock=lambda: datetime.now(UTC), **more)
    return prepared, result


async def state_of(connection: Connection) -> dict[str, list[str]]:
    """Return every row of the tables that an import writes, transactions included."""
    return {
        table: [row[0] for row in await connection.fetch(f"select t::text from {table} t order by 1")]
        for table in TABLES
    }


@pytest.fixture
async def house(connection: Connection) -> Connection:
    await hire_everybody(connection)
    return connection


class TestRun:
    async def test_reports_the_totals_of_the_file(self, house: Connection, tmp_path: Path) -> None:
        path = write(tmp_path / "lines.csv", made_lines(120))

        prepared, result = await import_file(house, path)

        lines, pieces, amount = totals_of(path)
        totals = result.totals
        assert (totals.lines, totals.imported, totals.refused, totals.known) == (lines, lines, 0, 0)
        assert (totals.quantity, totals.amount) == (pieces, {"GBP": amount})
        assert totals.lines == prepared.ends.lines
        assert totals.orders == 120
        assert totals.anonymous > 0
        assert totals.cancelled > 0
        assert totals.duplicates > 0
        assert await house.fetchval("select count(*) from purchase") == 120
        assert await house.fetchval("select count(*) from purchase_line") == lines
        assert await house.fetchval("select sum(quantity) from purchase_line") == pieces
        assert await house.fetchval("select sum(total) from purchase") == totals.stored["GBP"]
        assert await house.fetchval("select count(*) from customer") == totals.customers

    async def test_changes_nothing_the_second_time(self, house: Connection, tmp_path: Path) -> None:
        path = write(tmp_path / "lines.csv", made_lines(60))
        _, first = await import_file(house, path)
        before = await state_of(house)

        _, second = await import_file(house, path)

        assert await state_of(house) == before
        assert second.totals.known == first.totals.imported
        assert (second.totals.imported, second.totals.customers_new) == (0, 0)
        assert second.totals.amount == first.totals.amount
        assert second.totals.customers == first.totals.customers

    async def test_changes_nothing_when_the_lines_come_in_another_order(
        self, house: Connection, tmp_path: Path
    ) -> None:
        lines = made_lines(60)
        _, first = await import_file(house, write(tmp_path / "lines.csv", lines))
        before = await state_of(house)
        header, *rest = (tmp_path / "lines.csv").read_text("utf-8").splitlines()
        random.Random(7).shuffle(rest)
        shuffled = tmp_path / "shuffled.csv"
        shuffled.write_text("\n".join([header, *rest, ""]), "utf-8")

        _, second = await import_file(house, shuffled)

        assert second.totals.orders_known == first.totals.orders
        assert (second.totals.orders_imported, second.totals.amount) == (0, first.totals.amount)
        assert await state_of(house) == before

    async def test_adds_only_what_is_new_of_a_longer_file(self, house: Connection, tmp_path: Path) -> None:
        whole = made_lines(60)
        await import_file(house, write(tmp_path / "a.csv", whole[: len(whole) // 2]))

        _, second = await import_file(house, write(tmp_path / "b.csv", whole))

        orders = await house.fetchval("select count(*) from purchase")
        assert orders == 60
        assert second.totals.orders_known > 0
        assert second.totals.orders_imported > 0

    async def test_goes_on_where_it_stopped_at_any_transaction(
        self, house: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("server.imports.gathering.MOST_LINES", 25)
        lines = made_lines(60)
        lines[40] = lines[40].replace(",2011-", ",long ago-")
        path = write(tmp_path / "lines.csv", lines)

        class Killed(Exception):
            pass

        runs = 0
        while True:
            steps = 0

            def stop_after_three(done: int, of: int) -> None:
                nonlocal steps
                steps += 1
                if steps > 3:
                    raise Killed

            runs += 1
            try:
                _, result = await import_file(house, path, progress=stop_after_three)
                break
            except Killed:
                continue

        assert runs > 3
        assert result.resumed_at > 0
        assert (result.totals.lines, result.totals.refused) == (len(lines), 1)
        assert result.totals.imported == len(lines) - 1
        assert await house.fetchval("select count(*) from purchase_line") == len(lines) - 1
        assert await house.fetchval("select count(*) from import_batch") == 1

    async def test_refuses_to_run_twice_at_once(
        self, house: Connection, tmp_path: Path, database: str
    ) -> None:
        path = write(tmp_path / "lines.csv", made_lines(5))
        prepared = job.prepare(path, load(EXAMPLE), store="lyon")
        other = await asyncpg.connect(database)
        try:
            source, name = prepared.mapping.source, path.name
            async with frame.alone(other, source=source, file_hash=prepared.file_hash, name=name):
                with pytest.raises(ImportBusy):
                    await import_file(house, path)
        finally:
            await other.close()

    async def test_keeps_each_refused_line_with_its_number_and_reason(
        self, house: Connection, tmp_path: Path
    ) -> None:
        lines = made_lines(20)
        lines[3:3] = [
            "600001,A,Bowl,two,2011-01-01 10:00:00,1.50,17850.0,France",
            '600002,A,"=HYPERLINK(""http://x"")",1,soon,1.50,17850.0,France',
            "600003,A,Bowl,1,2011-01-01 10:00:00",
            '600004,A,"never closed,1,2011-01-01 10:00:00,1.50,17850.0,France',
        ]
        path = write(tmp_path / "lines.csv", lines)

        prepared, result = await import_file(house, path)
        target = tmp_path / "refused.csv"
        async with house.transaction():
            count = await refusals.write_file(
                target, prepared.dialect, refusals.stored(house, result.batch_id)
            )

        assert count == result.totals.refused == 4
        with target.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        assert rows[0] == ["line", "code", "reason", *prepared.dialect.header]
        assert [(row[0], row[1]) for row in rows[1:]] == [
            ("5", "quantity"),
            ("6", "instant"),
            ("7", "columns"),
            ("8", "quote"),
        ]
        assert rows[2][5] == '\'=HYPERLINK("http://x")'
        assert all(row[2] for row in rows[1:])

    async def test_keeps_the_sale_to_someone_forgotten_for_the_books_alone(
        self, house: Connection, tmp_path: Path
    ) -> None:
        line = "600001,A,Bowl,1,2011-01-01 10:00:00,1.50,17850.0,France"
        first = job.prepare(write(tmp_path / "a.csv", [line]), load(EXAMPLE), store="lyon")
        await import_file(house, first.path)
        customer = await house.fetchval("select id from customer")
        await house.execute("insert into erasure (record_id) values ($1)", customer)
        again = line.replace("600001", "600002")

        _, result = await import_file(house, write(tmp_path / "b.csv", [again]))

        assert result.totals.refused == 0
        owners = await house.fetch("select customer_id from purchase order by reference")
        assert [row["customer_id"] for row in owners] == [customer, None]


class TestCommand:
    async def test_survives_being_killed_and_finishes(
        self, house: Connection, tmp_path: Path, database: str
    ) -> None:
        lines = made_lines(2_500, customers=1_000)
        path = write(tmp_path / "lines.csv", lines)
        command = [
            *(sys.executable, "-m", "server.cli", "import", str(path)),
            *("--mapping", "uci-online-retail", "--store", "lyon", "--brand", "maison"),
            *("--database-url", database, "--json"),
        ]
        environment = {**os.environ, "COMPTOIR_HOME": str(tmp_path)}
        running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        deadline = time.monotonic() + 60
        while await house.fetchval("select coalesce(max(position), 0) from import_batch") == 0:
            assert running.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        running.wait()
        partly = await house.fetchval("select count(*) from purchase")

        done = subprocess.run(command, capture_output=True, env=environment, check=True)

        report = msgspec.json.decode(done.stdout)
        count, pieces, amount = totals_of(path)
        assert 0 < partly < 2_500
        assert report["resumed_at"] > 0
        assert (report["lines"], report["imported"], report["quantity"]) == (count, count, pieces)
        assert Decimal(report["amount"]["GBP"]) == amount
        assert await house.fetchval("select count(*) from purchase_line") == count

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--mapping", "nowhere.toml"], "nowhere.toml"),
            (["--mapping", "uci-online-retail", "--store", "atlantis"], "no store atlantis"),
            (["--mapping", "uci-online-retail", "--brand", "nobody"], "no such brand"),
        ],
    )
    async def test_says_in_one_line_why_it_cannot(
        self, house: Connection, tmp_path: Path, database: str, words: list[str], said: str
    ) -> None:
        path = write(tmp_path / "lines.csv", made_lines(2))

        done = subprocess.run(
            [sys.executable, "-m", "server.cli", "import", str(path), "--database-url", database]
            + ([] if "--brand" in words else ["--brand", "maison"])
            + words,
            capture_output=True,
            text=True,
            env={**os.environ, "COMPTOIR_HOME": str(tmp_path)},
            check=False,
        )

        assert done.returncode == 1
        assert said in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
