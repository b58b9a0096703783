"""Tables of people on a real database: new, known, changed, kept and refused rows."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from schemas.ids import id_from
from schemas.mutations import Envelope, SetField, encode_args, op_of
from server.commands.import_lines import SHIPPED
from server.database.pool import Connection
from server.imports import cost_mapping, customer_job, customer_mapping, frame, mapping, refusals, undoing
from server.imports.mapping import MappingInvalid
from server.replication.push import submit
from tests.server.people import hire_everybody, principal_named

pytestmark = pytest.mark.anyio

MAPPING = b"""
source = "old-shop"
kind = "customers"
[columns]
id = "No"
given_name = ["Vorname"]
family_name = ["Nachname"]
email = "Mail"
phone = "Telefon"
birth_date = "Geboren"
street = ["Strasse"]
postal_code = "PLZ"
city = "Ort"
country = "Land"
[formats]
birth_date = "%d.%m.%Y"
nothing = ["", "n/a"]
"""
HEADER = "No;Vorname;Nachname;Mail;Telefon;Geboren;Strasse;PLZ;Ort;Land\n"
ROWS = [
    "1;Aurélie;Lefèvre;aurelie@example.com;06 98 76 54 32;12.03.1984;12 rue des Lilas;69003;Lyon;FR",
    "2;Paul;Martin;n/a;;;;;Nice;FR",
]


SALESFORCE = """Id,Salutation,FirstName,LastName,Email,MobilePhone,Birthdate,MailingStreet,MailingCity,\
MailingState,MailingPostalCode,MailingCountry,HasOptedOutOfEmail,DoNotCall
003A,Mme,Aurélie,Lefèvre,aurelie@example.com,+33698765432,1984-03-12,12 rue des Lilas,Lyon,,69003,FR,true,0
003B,M.,Paul,Martin,paul@example.com,,,,Nice,,,FR,false,TRUE
"""
SHOPIFY = """Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,\
Default Address Address1,Default Address Address2,Default Address City,Default Address Province Code,\
Default Address Country Code,Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,\
Total Spent,Total Orders,Note,Tax Exempt,Tags
'7210448301122,Aurélie,Lefèvre,aurelie@example.com,yes,,12 rue des Lilas,Bât. B,Lyon,,FR,'69003,,\
'+33698765432,yes,120.00,2,,no,"vip, lyon"
"""


async def bring_in(connection: Connection, folder: Path, rows: list[str], name: str = "people.csv") -> Any:
    path = folder / name
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    prepared = customer_job.prepare(path, customer_mapping.parse(MAPPING), store="lyon")
    speaker = frame.principal_for("old-shop", brand="maison", stores=("lyon", "nice", "paris"))
    return await customer_job.run(connection, prepared, principal=speaker, clock=lambda: datetime.now(UTC))


async def customer_of(connection: Connection, reference: str) -> Any:
    return await connection.fetchrow(
        """
        select c.* from customer c join source_record s on s.customer_id = c.id
        where s.source = 'old-shop' and s.source_id = $1
        """,
        reference,
    )


async def _written(connection: Connection) -> list[Any]:
    """Return what is kept of everybody, without the instants."""
    return [
        tuple(row)
        for row in await connection.fetch(
            """
            select to_jsonb(c) - '{stamps,created_at}'::text[], s.tokens, r.payload,
              (select array_agg(key order by key) from jsonb_object_keys(c.stamps) as key),
              (select array_agg((kind, normalised)::text order by 1)
               from contact_point where customer_id = c.id)
            from customer c join customer_search s on s.customer_id = c.id
            join source_record r on r.customer_id = c.id order by c.id
            """
        )
    ]


@pytest.fixture
async def house(connection: Connection) -> None:
    await hire_everybody(connection)


class TestATableOfPeople:
    async def test_makes_them_known_with_what_it_says(
        self, house: None, connection: Connection, tmp_path: Path
    ) -> None:
        result = await bring_in(connection, tmp_path, ROWS)
        assert (result.totals.rows, result.totals.new, result.totals.refused) == (2, 2, 0)
        row = await customer_of(connection, "1")
        assert (row["given_name"], row["phone"], row["home_store"]) == ("Aurélie", "+33698765432", "lyon")
        assert str(row["birth_date"]) == "1984-03-12"
        assert row["address"]["line1"] == "12 rue des Lilas"

    async def test_changes_nothing_the_second_time(
        self, house: None, connection: Connection, tmp_path: Path
    ) -> None:
        await bring_in(connection, tmp_path, ROWS)
        before = await connection.fetch("select * from customer order by id")
        again = await bring_in(connection, tmp_path, ROWS)
        assert (again.totals.new, again.totals.known, again.totals.changed) == (0, 2, 0)
        assert await connection.fetch("select * from customer order by id") == before

    async def test_takes_over_what_the_source_says_now(
        self, house: None, connection: Connection, tmp_path: Path
    ) -> None:
        await bring_in(connection, tmp_path, ROWS)
        moved = ROWS[1].replace("Nice", "Lyon")
        result = await bring_in(connection, tmp_path, [ROWS[0], moved], "later.csv")
        assert (result.totals.known, result.totals.changed) == (1, 1)
        assert (await customer_of(connection, "2"))["town"] == "Lyon"

    async def test_leaves_a_fresher_word_of_the_store(
        self, house: None, connection: Connection, tmp_path: Path
    ) -> None:
        await bring_in(connection, tmp_path, ROWS)
        customer_id: UUID = (await customer_of(connection, "1"))["id"]
        said = SetField(field="family_name", value="Lefèvre-Roux")
        edit = Envelope(
            seq=0,
            mutation_id=id_from("test", "married"),
            record_id=customer_id,
            op=op_of(said),
            args=encode_args(said),
            base={"family_name": 1},
        )
        marie = await principal_named(connection, "marie")
        (outcome,) = await submit(connection, marie, [edit], now=datetime.now(UTC))
        assert outcome.status.value == "applied", outcome
        corrected = ROWS[0].replace("Lefèvre", "Lefevre")
        result = await bring_in(connection, tmp_path, [corrected], "later.csv")
        assert result.totals.values_kept == 1
        assert (await customer_of(connection, "1"))["family_name"] == "Lefèvre-Roux"

    @pytest.mark.parametrize("born", ["31.02.1984", "12.03.2084"])
    async def test_keeps_the_row_and_names_the_value_it_cannot_hold(
        self, house: None, connection: Connection, tmp_path: Path, born: str
    ) -> None:
        odd = ROWS[0].replace("12.03.1984", born).replace("aurelie@example.com", "aurelie at home")
        result = await bring_in(connection, tmp_path, [odd])
        assert (result.totals.new, result.totals.values_left_out) == (1, {"birth_date": 1, "email": 1})
        row = await customer_of(connection, "1")
        assert (row["birth_date"], row["email"]) == (None, None)
        kept = await connection.fetchval("select payload -> 'row' ->> 'Geboren' from source_record")
        assert kept == born

    async def test_refuses_rows_that_name_nobody_with_line_and_reason(
        self, house: None, connection: Connection, tmp_path: Path
    ) -> None:
        result = await bring_in(
            connection, tmp_path, [";Eva;Blanc;;;;;;;", "3;;;;;;;;Lyon;FR", "4;a;b", ROWS[1]]
        )
        assert (result.totals.refused, result.totals.new) == (3, 1)
        async with connection.transaction():
            told = [(each.line, each.code) async for each in refusals.stored(connection, result.batch_id)]
        assert told == [(2, "id"), (3, "nobody"), (4, "columns")]

    async def test_takes_no_two_people_for_one_whose_ids_begin_alike(
        self, house: None, connection: Connection, tmp_path: Path
    ) -> None:
        long = "9" * 250
        rows = [ROWS[0].replace("1;", f"{long}{end};", 1) for end in "ab"]
        result = await bring_in(connection, tmp_path, [*rows, ROWS[1]])
        assert (result.totals.new, result.totals.refused) == (1, 2)
        async with connection.transaction():
            kept = [each async for each in refusals.stored(connection, result.batch_id)]
        assert [(each.line, each.code) for each in kept] == [(2, "too_long"), (3, "too_long")]
        assert "longer than 120" in kept[0].reason

    async def test_grants_no_consent(self, house: None, connection: Connection, tmp_path: Path) -> None:
        await bring_in(connection, tmp_path, ROWS)
        assert await connection.fetchval("select count(*) from consent_event") == 0

    async def test_writes_many_at_once_as_it_writes_each_alone(
        self, house: None, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows = [
            f"{n};Zoé{n};{'Le Gall' * (n % 2)};{f'z{n}@example.com' * (n % 3)};;"
            f"{'12.03.1984' * (n % 5 == 0)};;;{'Lyon' * (n % 4 == 0)};FR"
            for n in range(30)
        ]
        written = []
        for at_once in (1, 500):
            monkeypatch.setattr(customer_job, "ROWS", at_once)
            result = await bring_in(connection, tmp_path, rows)
            assert result.totals.new == len(rows)
            written.append(await _written(connection))
            await undoing.undo(
                connection,
                result.batch_id,
                principal=await principal_named(connection, "henri"),
                clock=lambda: datetime.now(UTC),
            )
        assert written[0] == written[1]

    async def test_goes_on_where_it_was_cut(
        self, house: None, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(customer_job, "ROWS", 10)
        rows = [f"{number};Eva;Blanc {number};;;;;;Lyon;FR" for number in range(35)]

        class Cut(Exception):
            pass

        real = customer_job.refusals.keep
        calls = iter(range(100))

        async def cut(*said: Any) -> None:
            if next(calls) == 2:
                raise Cut
            await real(*said)

        with monkeypatch.context() as patch, pytest.raises(Cut):
            patch.setattr(customer_job.refusals, "keep", cut)
            await bring_in(connection, tmp_path, rows)
        assert await connection.fetchval("select count(*) from customer") == 20
        result = await bring_in(connection, tmp_path, rows)
        assert (result.resumed_at, result.totals.rows, result.totals.new) == (20, 35, 35)

    async def test_writes_down_what_people_do_not_want_once(
        self, house: None, connection: Connection, tmp_path: Path
    ) -> None:
        path = tmp_path / "contacts.csv"
        path.write_text(SALESFORCE)
        speaker = frame.principal_for("salesforce", brand="maison", stores=("lyon", "nice", "paris"))
        shipped = customer_mapping.load(SHIPPED / "salesforce-contacts.toml")
        for expected in (3, 0):
            prepared = customer_job.prepare(path, shipped, store="lyon")
            result = await customer_job.run(
                connection, prepared, principal=speaker, clock=lambda: datetime.now(UTC)
            )
            assert result.totals.withdrawn == expected
        rows = await connection.fetch("select channel, state, how from consent_event order by channel")
        assert [tuple(row) for row in rows] == [
            (channel, "withdrawn", "import") for channel in ("email", "phone", "sms")
        ]

    async def test_reads_what_shopify_exports(
        self, house: None, connection: Connection, tmp_path: Path
    ) -> None:
        path = tmp_path / "customers_export.csv"
        path.write_text(SHOPIFY)
        prepared = customer_job.prepare(
            path, customer_mapping.load(SHIPPED / "shopify-customers.toml"), store="lyon"
        )
        speaker = frame.principal_for("shopify", brand="maison", stores=("lyon", "nice", "paris"))
        result = await customer_job.run(
            connection, prepared, principal=speaker, clock=lambda: datetime.now(UTC)
        )
        assert result.totals.new == 1
        row = await connection.fetchrow(
            "select c.*, s.source_id from customer c join source_record s on s.customer_id = c.id"
        )
        assert (row["source_id"], row["phone"]) == ("7210448301122", "+33698765432")
        assert row["address"] == {
            "line1": "12 rue des Lilas Bât. B", "postal_code": "69003", "city": "Lyon", "country": "FR",
        }  # fmt: skip
        assert await connection.fetchval("select count(*) from consent_event") == 0

    @pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
    def test_ships_mappings_that_load(self, path: Path) -> None:
        if customer_mapping.kind_of(path) == "customers":
            assert customer_mapping.load(path).source
        elif customer_mapping.kind_of(path) == "costs":
            assert cost_mapping.load(path).source
        else:
            assert mapping.load(path).source

    def test_says_which_column_is_missing(self, tmp_path: Path) -> None:
        path = tmp_path / "people.csv"
        path.write_text("No;Name\n1;Eva\n")
        with pytest.raises(MappingInvalid, match="Vorname"):
            customer_job.prepare(path, customer_mapping.parse(MAPPING), store=None)


class TestACountry:
    async def test_is_read_as_people_write_it_and_never_guessed(
        self, house: None, connection: Connection, tmp_path: Path
    ) -> None:
        rows = [
            "1;Jonas;Weber;;030 2639;;Allee 1;10115;Berlin;Germany",
            "2;Ann;Reed;;020 7946 0018;;Road 2;N1 9GU;London;Royaume-Uni",
            "3;Zoé;Roux;;;;Rue 3;69003;Lyon;",
            "4;Rufus;Firefly;;;;Street 4;1;Sylvania;Freedonia",
            "5;Kim;Lee;;;;Gil 5;04524;Seoul;kr",
        ]
        result = await bring_in(connection, tmp_path, rows)
        found = {
            row["given_name"]: ((row["address"] or {}).get("country"), row["phone"])
            for row in await connection.fetch("select given_name, address, phone from customer")
        }
        assert found == {
            "Jonas": ("DE", "+49302639"),
            "Ann": ("GB", "+442079460018"),
            "Zoé": ("FR", None),
            "Rufus": (None, None),
            "Kim": ("KR", None),
        }
        assert result.totals.values_left_out == {"address": 1}
