"""A rehearsal writes nothing and says what would happen; an undo gives back the very rows there were."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.engagement import NoteLevel
from schemas.ids import id_from
from schemas.mutations import SetField, WriteNote
from server.auth.sealing import derive
from server.database.pool import Connection
from server.identity.following import follow
from server.imports import customer_job, customer_mapping, frame, job, rehearsal, undoing
from server.imports.dates import date_order
from server.imports.mapping import load
from server.replication.push import submit
from tests.server.imports.test_customer_job import HEADER, MAPPING, ROWS, bring_in, customer_of
from tests.server.imports.test_mapping import EXAMPLE
from tests.server.people import NOW, envelope, hire_everybody, principal_named

pytestmark = pytest.mark.anyio

# What an undo cannot give back: what tablets have seen goes on counting, and the trail of what was done.
GOES_ON = {
    "audit_event", "fragment", "member", "scope", "import_batch", "import_refusal", "wall", "identity_count",
    "identity_cursor", "identity_seen",
    *("boot", "boot_marker", "refresh_family"),  # of the database and of whoever signs in
}  # fmt: skip
SECRET = derive(b"a secret of tests, never of anyone else", "identity")
CHANGED = ROWS[0].replace("aurelie@example.com", "a.lefevre@example.com").replace("12 rue", "14 rue")
MORE = [
    "3;Zoé;Perrin;zoe@example.com;;01.02.1990;;;Lyon;FR",
    "4;;;;;;;;;FR",
    "5;Aurelie;Lefevre;;06 98 76 54 32;12.03.1984;;;Lyon;FR",
]


@pytest.fixture
async def house(connection: Connection) -> Connection:
    await hire_everybody(connection)
    return connection


async def dump(connection: Connection) -> dict[str, list[str]]:
    """Return every row of every table as text, save of those that go on."""
    tables = await connection.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
    )
    found = {}
    for row in tables:
        if (name := row["relname"]) not in GOES_ON:
            rows = await connection.fetch(f"select t::text as line from {name} t order by 1")
            found[name] = [each["line"] for each in rows]
    return found


async def settled(connection: Connection) -> None:
    while True:
        async with connection.transaction():
            if not await follow(connection, SECRET):
                return


async def undo(connection: Connection, result: Any) -> undoing.Undone:
    return await undoing.undo(
        connection,
        result.batch_id,
        principal=await principal_named(connection, "henri"),
        clock=lambda: datetime.now(UTC),
    )


class TestUndo:
    async def test_gives_back_every_row_as_it_was(self, house: Connection, tmp_path: Path) -> None:
        await bring_in(house, tmp_path, ROWS)
        await house.execute("delete from import_edit")
        await house.execute("delete from import_before")
        before = await dump(house)
        second = await bring_in(house, tmp_path, [CHANGED, ROWS[1], *MORE], "second.csv")
        assert (second.totals.new, second.totals.changed, second.totals.refused) == (2, 1, 1)
        assert await dump(house) != before
        undone = await undo(house, second)
        assert (undone.removed, undone.restored, undone.kept) == (2, 1, 0)
        after = await dump(house)
        assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
        with pytest.raises(undoing.NothingToUndo):
            await undo(house, second)

    async def test_lets_the_same_file_be_imported_again(self, house: Connection, tmp_path: Path) -> None:
        first = await bring_in(house, tmp_path, ROWS)
        whole = await house.fetch(
            "select to_jsonb(c) - 'created_at' - 'stamps' as c from customer c order by id"
        )
        await undo(house, first)
        assert await house.fetchval("select count(*) from customer") == 0
        held = await house.fetchval("select count(*) from member where state = 1 and kind = 1")
        assert held in (0, None)
        again = await bring_in(house, tmp_path, ROWS)
        assert again.totals.new == 2
        assert whole == await house.fetch(
            "select to_jsonb(c) - 'created_at' - 'stamps' as c from customer c order by id"
        )

    async def test_leaves_what_somebody_said_since(self, house: Connection, tmp_path: Path) -> None:
        await bring_in(house, tmp_path, ROWS[:1])
        second = await bring_in(house, tmp_path, [CHANGED, MORE[0]], "second.csv")
        marie = await principal_named(house, "marie")
        her, zoe = await customer_of(house, "1"), await customer_of(house, "3")
        note = WriteNote(note_id=id_from("n"), text="Rings at noon", level=NoteLevel.BRAND)
        town = SetField(field="town", value="Annecy")
        outcomes = await submit(
            house, marie, [envelope(her["id"], town, base={"town": 1}), envelope(zoe["id"], note)], now=NOW
        )
        assert {outcome.status for outcome in outcomes} == {"applied"}
        undone = await undo(house, second)
        assert (undone.removed, undone.mended, undone.kept) == (0, 1, 1)
        her, zoe = await customer_of(house, "1"), await customer_of(house, "3")
        assert (her["email"], her["town"]) == ("aurelie@example.com", "Annecy")
        assert zoe["given_name"] == "Zoé" and zoe["notes"]

    async def test_takes_sales_and_their_points_back(self, house: Connection, tmp_path: Path) -> None:
        before = await dump(house)
        path = tmp_path / "lines.csv"
        path.write_text(
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
            "A1,S1,Bag,2,2011-01-04 10:00:00,3.5,17850,UK\nA1,S2,Cup,1,2011-01-04 10:00:00,1.5,17850,UK\n"
            "A2,S1,Bag,1,2011-01-05 10:00:00,3.5,,UK\n"
        )
        prepared = job.prepare(path, load(EXAMPLE), store="lyon")
        speaker = frame.principal_for("uci-online-retail", brand="maison", stores=("lyon",))
        result = await job.run(house, prepared, principal=speaker, clock=lambda: datetime.now(UTC))
        assert await house.fetchval("select count(*) from purchase") == 2
        assert (await undo(house, result)).sales == 2
        assert await dump(house) == before


class TestARehearsal:
    async def test_counts_and_writes_nothing(self, house: Connection, tmp_path: Path) -> None:
        await bring_in(house, tmp_path, ROWS)
        await settled(house)
        before = await dump(house)
        path = tmp_path / "second.csv"
        path.write_text(HEADER + "\n".join([CHANGED, ROWS[1], *MORE, MORE[0]]) + "\n", encoding="utf-8")
        prepared = customer_job.prepare(path, customer_mapping.parse(MAPPING), store="lyon")
        speaker = frame.principal_for("old-shop", brand="maison", stores=("lyon",))
        told = await rehearsal.rehearse(
            house, prepared, principal=speaker, clock=lambda: datetime.now(UTC), secret=SECRET
        )
        assert (told.totals.new, told.totals.changed, told.totals.refused) == (2, 1, 1)
        assert (told.joined, told.dates, told.delimiter) == (1, "ambiguous", ";")
        assert await dump(house) == before

    async def test_tells_of_fresher_values_that_a_file_would_overwrite(
        self, house: Connection, tmp_path: Path
    ) -> None:
        await bring_in(house, tmp_path, ROWS[:1])
        marie = await principal_named(house, "marie")
        her = await customer_of(house, "1")
        mail = SetField(field="email", value="new@example.com")
        await submit(house, marie, [envelope(her["id"], mail, base={"email": 1})], now=NOW)
        path = tmp_path / "second.csv"
        path.write_text(HEADER + CHANGED + "\n", encoding="utf-8")
        prepared = customer_job.prepare(path, customer_mapping.parse(MAPPING), store="lyon")
        speaker = frame.principal_for("old-shop", brand="maison", stores=("lyon",))
        told = await rehearsal.rehearse(
            house, prepared, principal=speaker, clock=lambda: datetime.now(UTC), secret=SECRET
        )
        assert told.totals.values_kept == 1


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["12.03.1984", "01.02.1990"], "ambiguous"),
        (["13.03.1984", "01.02.1990"], "day_first"),
        (["03/13/1984", ""], "month_first"),
        (["03/13/1984", "13/03/1984"], "mixed"),
        (["1984-03-12"], "iso"),
        (["", "soon"], "none"),
    ],
)
def test_the_order_of_dates_is_told_by_the_column_alone(values: list[str], order: str) -> None:
    assert date_order(values) == order
