"""What a customer may ask of her data: to see it, to have it put right, to limit its use."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from schemas.customer import SENSITIVITY
from schemas.record import Kind
from server.cli import main
from server.database import catalogue
from server.database.pool import Connection, prepare
from server.privacy import retention
from server.privacy.access import NOT_HERS, OTHERWISE, OUT, TABLES
from server.privacy.access_words import NAMES, REASONS, TITLES
from server.privacy.retention import begin, due, slice_of
from server.proofs.retention import simulate
from server.replication.publishing import move_members
from server.replication.sweeping import mark
from server.scope import own_scope
from tests.conftest import run_aside
from tests.server.people import associate_id, enrol, give_tablet, sign_in
from tests.server.rest.house import EMAIL, PHONE, Asking, asking, furnish

pytestmark = pytest.mark.anyio


@pytest.fixture
async def paola(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    """The privacy officer."""
    return await asking(client, "paola")


class TestAccessFile:
    async def test_holds_everything_and_says_what_it_leaves_out(
        self, paola: Asking, house: dict[str, UUID]
    ) -> None:
        reply = await paola.get(f"/privacy/customers/{house['anne']}/file")

        assert reply.status_code == 200, reply.text
        file = reply.json()
        for trace in (
            PHONE,
            EMAIL,
            "For Ines",
            "For Luc",
            "For the store",
            "cachemire",
            "1 rue Hidden",
            "MB000042",
        ):
            assert trace in reply.text, trace
        assert len(file["purchase"]) == 5 and len(file["purchase"][0]["lines"]) == 2
        assert len(file["touchpoint"]) == 5 and len(file["consent_event"]) == 1
        assert file["provenance"]["phone"]["channel"] == "import"
        assert "store:lyon" in file["held_in"] and "head office" in file["held_in"]
        assert any(line["role"] == "privacy_officer" for line in file["read_by"]) is False
        assert "embed" not in reply.text

    async def test_can_be_read_as_a_page_that_runs_nothing(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        script = "<script>alert(1)</script>"
        await connection.execute("update customer set town = $2 where id = $1", house["anne"], script)
        reply = await paola.get(f"/privacy/customers/{house['anne']}/file?form=page")
        assert reply.headers["content-type"].startswith("text/html")
        assert "&lt;script&gt;" in reply.text and script not in reply.text
        assert PHONE in reply.text and "For Ines" in reply.text
        french = (await paola.get(f"/privacy/customers/{house['anne']}/file?form=page&language=fr")).text
        assert '<html lang="fr">' in french and "Ce que nous savons de vous" in french
        for words in ("What we know", "telephone", "a number of ours", "head office"):
            assert words in reply.text.replace("of you", "") or words == "What we know", words
            assert words not in french, words

    async def test_has_an_answer_for_every_column(self, connection: Connection) -> None:
        rows = await connection.fetch(
            "select table_name, column_name from information_schema.columns where table_schema = 'public'"
        )
        columns: dict[str, set[str]] = {}
        for table, column in rows:
            columns.setdefault(table, set()).add(column)
        for table, key in TABLES.items():
            assert key in columns[table], table
        for table in (*TABLES, *OTHERWISE):
            assert set(OUT.get(table, {})) - {"*"} <= columns[table], table
            whole = "*" in OUT.get(table, {})
            assert whole or table in TITLES, table
            shown = set() if whole else columns[table] - set(OUT.get(table, {}))
            assert shown <= set(NAMES), (table, shown - set(NAMES))
        person = {"customer_id", "record_id"}
        assert {table for table, held in columns.items() if held & person} <= {*TABLES, *NOT_HERS}
        hers = {table for table, held in catalogue.TABLES.items() if held.kind is catalogue.Kind.CUSTOMER}
        assert hers <= {*TABLES, *OTHERWISE, *NOT_HERS}
        assert set(NOT_HERS.values()) <= set(REASONS)
        assert {reason for out in OUT.values() for reason in out.values()} <= set(REASONS)

    async def test_holds_a_column_that_nobody_has_thought_of(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await connection.execute("alter table customer add column shoe_rack text default 'oak, by the door'")
        assert "oak, by the door" in (await paola.get(f"/privacy/customers/{house['anne']}/file")).text

    async def test_of_a_merged_person_holds_both(
        self, paola: Asking, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        henri = await asking(client, "henri")
        await henri.send("POST", f"/customers/{house['anne']}/merge", {"into": str(house["brune"])})
        file = (await paola.get(f"/privacy/customers/{house['anne']}/file")).json()
        assert set(file["ids"]) == {str(each) for each in house.values()}
        phone = [part["stamps"]["phone"] for part in file["customer_part"] if "phone" in part["stamps"]]
        assert [set(each) for each in phone] == [{"channel", "at", "store"}], "and not who"
        assert {part["values"]["given_name"] for part in file["customer_part"]} == {"Anne", "Brune"}
        assert [each["loser"] for each in file["merge"]] == [str(house["anne"])]
        assert "merged_by" not in file["merge"][0]

    async def test_says_on_the_page_what_she_allowed_in_words(
        self, paola: Asking, house: dict[str, UUID]
    ) -> None:
        page = f"/privacy/customers/{house['anne']}/file?form=page"
        english = (await paola.get(page)).text
        french = (await paola.get(f"{page}&language=fr")).text

        assert "maison: e-mail, " in english and "maison: e-mail, " in french
        assert "<td>allowed" in english and "<td>autorisé" in french
        for text in (english, french):
            for code in (
                "granted at",
                "withdrawn at",
                "<td>granted",
                "<td>import<",
                "<th>under",
                "<th>standing",
            ):
                assert code not in text, code

    async def test_tells_what_names_her_otherwise_than_by_a_column_of_her_own(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        anne, stranger = house["anne"], house["brune"]
        one, other = sorted((anne, stranger))
        await connection.execute(
            "insert into identity_pair (one, other, bits, findings) values ($1, $2, 3.5, $3)",
            *(one, other, [{"field": "phone", "found": "same", "bits": 3.5}]),
        )
        await connection.execute(
            "insert into source_record (source, source_id, customer_id, payload)"
            " values ('web', 'w-17', $1, '{}')",
            anne,
        )
        await connection.execute(
            "insert into visitor_link (source, visitor, reference) values ('web', 'hers', 'w-17'),"
            " ('web', 'his', 'w-18')"
        )
        batch = await connection.fetchval(
            "insert into import_batch (id, source, file_name, file_hash)"
            " values (gen_random_uuid(), 'file', 'f', 'h') returning id"
        )
        await connection.execute(
            "insert into import_before (batch_id, subject, key, before) values ($1, 'customer', $2, $3)",
            *(batch, str(anne), {"town": "Sète", "stamps": {"town": {"author": "somebody"}}}),
        )
        reply = await paola.get(f"/privacy/customers/{anne}/file")
        file = reply.json()
        assert [each["reference"] for each in file["visitor_link"]] == ["w-17"]
        assert file["identity_pair"][0]["findings"][0]["field"] == "phone"
        assert str(stranger) not in str(file["identity_pair"])
        assert file["import_before"][0]["values"] == {"town": "Sète"}


class TestRectification:
    async def test_puts_a_value_right_and_says_who_did(self, paola: Asking, house: dict[str, UUID]) -> None:
        body = {"values": {"family_name": "Durant", "phone": None}, "reason": "case 3"}
        reply = await paola.send("POST", f"/privacy/customers/{house['anne']}/rectifications", body)
        assert reply.json()["rectified"] == ["family_name", "phone"], reply.text
        hers = (await paola.get(f"/customers/{house['anne']}?expand=provenance")).json()
        assert hers["family_name"] == "Durant" and "phone" not in hers
        assert hers["provenance"]["family_name"]["channel"] == "head_office"

    async def test_takes_no_value_that_does_not_fit(self, paola: Asking, house: dict[str, UUID]) -> None:
        for values in ({"spend": None}, {"nothing": 1}, {"language": "FRENCH"}, {}):
            body = {"values": values, "reason": "case 3"}
            reply = await paola.send("POST", f"/privacy/customers/{house['anne']}/rectifications", body)
            assert 400 <= reply.status_code < 500, (values, reply.text)

    @pytest.mark.parametrize(("field", "wrong"), [("email", "notanemail"), ("phone", "12")])
    async def test_takes_no_contact_that_reaches_nobody(
        self, paola: Asking, house: dict[str, UUID], field: str, wrong: str
    ) -> None:
        body = {"values": {field: wrong}, "reason": "case 3"}
        reply = await paola.send("POST", f"/privacy/customers/{house['anne']}/rectifications", body)
        assert (reply.status_code, reply.json()["errors"][0]["pointer"]) == (422, f"/{field}")

    async def test_says_so_when_a_word_of_the_request_is_none_of_ours(
        self, paola: Asking, house: dict[str, UUID]
    ) -> None:
        asked = f"/privacy/customers/{house['anne']}"
        for path, body in (
            (f"{asked}/rectifications", {"values": {"town": "Lyon"}, "reason": "case 3", "case": "x"}),
            (f"{asked}/limits", {"kind": "profiling", "reason": "case 3", "case": "x"}),
            ("/privacy/erasures", {"customer_id": str(house["anne"]), "reason": "case 3", "case": "x"}),
        ):
            assert (await paola.send("POST", path, body)).status_code in (400, 422), path
        assert (await paola.get(f"/customers/{house['anne']}")).status_code == 200


class TestLimits:
    async def test_stand_above_every_consent_until_they_are_lifted(
        self, paola: Asking, ines: Asking, house: dict[str, UUID]
    ) -> None:
        anne = house["anne"]
        question = f"/customers/{anne}/may-contact?channel=email&purpose=marketing"
        assert (await ines.get(question)).json() == {"allowed": True, "reason": "existing_customer"}

        made = await paola.send(
            "POST", f"/privacy/customers/{anne}/limits", {"kind": "restriction", "reason": "case 9"}
        )

        assert (await ines.get(question)).json() == {"allowed": False, "reason": "restricted"}
        assert set((await ines.get(f"/customers/{anne}")).json()["limits"]) == {"restriction"}
        limit_id = made.json()["data"][0]["id"]
        assert (await paola.send("POST", f"/privacy/limits/{limit_id}/lift")).status_code == 200
        assert (await ines.get(question)).json() == {"allowed": True, "reason": "existing_customer"}
        lines = (await paola.get(f"/privacy/customers/{anne}/limits")).json()["data"]
        assert [(line["kind"], "lifted_at" in line) for line in lines] == [("restriction", True)]

    async def test_of_either_record_hold_for_the_merged(
        self, paola: Asking, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        henri = await asking(client, "henri")
        body = {"kind": "profiling", "reason": "case 9"}
        await paola.send("POST", f"/privacy/customers/{house['brune']}/limits", body)
        await henri.send("POST", f"/customers/{house['brune']}/merge", {"into": str(house["anne"])})
        asked = f"/customers/{house['anne']}/may-contact?channel=email&purpose="
        assert (await henri.get(asked + "profiling")).json() == {"allowed": False, "reason": "objected"}
        assert (await henri.get(asked + "marketing")).json()["allowed"]
        await henri.send("POST", f"/customers/{house['brune']}/unmerge")
        assert (await henri.get(asked + "profiling")).json()["reason"] == "never_asked"

    async def test_are_nothing_a_tablet_or_a_seller_can_set(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        reply = await ines.send("PATCH", f"/customers/{house['anne']}", {"limits": {}})
        assert reply.status_code == 403


class TestLostTablet:
    async def test_lists_whom_it_may_hold_and_nobody_else(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        tablet = await give_tablet(connection)
        reply = await paola.get(f"/privacy/devices/{tablet.device_id}/persons")
        assert [each["id"] for each in reply.json()["data"]] == [str(house["anne"])]
        assert reply.json()["data"][0]["email"] == EMAIL
        assert (await paola.get(f"/privacy/devices/{uuid4()}/persons")).status_code == 404

    async def test_lists_who_left_after_it_last_called_and_not_who_left_before(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        tablet = await give_tablet(connection)
        asked = f"/privacy/devices/{tablet.device_id}/persons"
        await called(connection, tablet.device_id, "ines", at=datetime.now(UTC))
        leaving = [("store:lyon", house["anne"])]
        await move_members(connection, Kind.CUSTOMER, entering=[], leaving=leaving)
        assert [each["id"] for each in (await paola.get(asked)).json()["data"]] == [str(house["anne"])]

        await connection.execute("delete from gc_mark")
        await mark(connection, datetime.now(UTC))
        await called(connection, tablet.device_id, "ines", at=datetime.now(UTC))
        assert (await paola.get(asked)).json()["data"] == []

        await called(connection, tablet.device_id, "luc", at=datetime.now(UTC) - timedelta(days=3))
        held = (await paola.get(asked)).json()["data"]
        assert [each["id"] for each in held] == [str(house["anne"])], (
            "his store is as old as his own last call"
        )

    async def test_lists_the_book_its_user_kept_for_a_colleague(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await connection.execute(
            """
            insert into store (code, name, city, brand, zone)
            select 'lille', 'Lille', 'Lille', brand, zone from store where code = 'lyon'
            """
        )
        tablet = await give_tablet(connection, store="lille")
        await called(connection, tablet.device_id, "ines", at=datetime.now(UTC) - timedelta(days=2))
        asked = f"/privacy/devices/{tablet.device_id}/persons"
        assert (await paola.get(asked)).json()["data"] == []
        book = [(own_scope(associate_id("luc")), house["anne"])]
        await move_members(connection, Kind.CUSTOMER, entering=book, leaving=[])
        away = """
            insert into absence (id, associate_id, first_day, last_day, stand_in, cancelled, hlc, said_by)
            values ($1, $2, $3, $4, $5, false, 0, $2)
        """
        today = datetime.now(UTC).date()
        luc, ines = associate_id("luc"), associate_id("ines")
        await connection.execute(away, uuid4(), luc, today, today, ines)
        assert (await paola.get(asked)).json()["data"] == [], "she has not called since"
        await connection.execute(
            away, uuid4(), luc, today - timedelta(days=5), today - timedelta(days=1), ines
        )
        assert [each["id"] for each in (await paola.get(asked)).json()["data"]] == [str(house["anne"])]

    async def test_names_who_signed_in_on_it_though_it_never_synced(
        self, client: httpx.AsyncClient, paola: Asking
    ) -> None:
        tablet = await enrol(client)
        await sign_in(client, "ines", tablet)
        reply = await paola.get(f"/privacy/devices/{tablet.device_id}/persons")
        assert reply.json()["tablet"]["users"] == [str(associate_id("ines"))]


async def called(connection: Connection, device_id: UUID, code: str, *, at: datetime) -> None:
    """Note that somebody synced on a tablet."""
    await connection.execute(
        """
        insert into device_incarnation (device_id, incarnation, associate_id, seen_at)
        values ($1, $2, $3, $4)
        """,
        device_id,
        uuid4(),
        associate_id(code),
        at,
    )


class TestRegister:
    async def test_names_every_field_once(self, paola: Asking) -> None:
        activities = (await paola.get("/privacy/register")).json()["data"]
        named = [field for each in activities for field in each["fields"]]
        assert sorted(named) == sorted(SENSITIVITY)
        assert all(each["purpose"] and each["basis"] and each["kept"] for each in activities)

    async def test_names_the_bases_that_are_gone_by(self, paola: Asking) -> None:
        activities = (await paola.get("/privacy/register")).json()["data"]
        basis = {each["kind"]: each["basis"] for each in activities}
        assert "customers who bought, until they object" in basis["contact"], "as may_contact answers"
        assert basis["spend"].startswith("legitimate interest, until she objects"), "as may_profile answers"
        assert not any("by consent alone" in each for each in basis.values())


class TestRetention:
    async def test_previews_whose_time_is_over_and_spares_the_restricted(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        assert (await paola.get("/privacy/retention")).json()["data"] == []
        later = datetime.now(UTC) + timedelta(days=3 * 365 + 2)
        found = await due(connection, now=later)
        assert {each.customer_id for each in found} == set(house.values())
        body = {"kind": "restriction", "reason": "dispute 1"}
        await paola.send("POST", f"/privacy/customers/{house['anne']}/limits", body)
        assert {each.customer_id for each in await due(connection, now=later)} == {house["brune"]}


class TestARule:
    async def test_stands_as_the_officer_says_and_keeps_its_former_word(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        later = datetime.now(UTC) + timedelta(days=2 * 365 + 2)
        assert await due(connection, now=later) == []
        reply = await paola.send("PUT", "/privacy/retention/rules/prospect", {"months": 24})
        standing = {each["rule"]["name"]: each for each in reply.json()["data"]}
        assert (standing["prospect"]["months"], standing["prospect"]["version"]) == (24, 1)
        assert {each.rule for each in await due(connection, now=later)} <= {"prospect"}
        await paola.send("PUT", "/privacy/retention/rules/prospect", {"months": 30})
        kept = await connection.fetch("select months from retention_rule order by version")
        assert [row["months"] for row in kept] == [24, 30]
        lines = await connection.fetch(
            "select facts from audit_event where action = 'retention.rule_changed'"
        )
        assert [row["facts"]["months"] for row in lines] == [24, 30]

    @pytest.mark.parametrize(("rule", "months"), [("prospect", 37), ("customer", 11), ("customer", 61)])
    async def test_ends_where_the_law_does(self, paola: Asking, rule: str, months: int) -> None:
        reply = await paola.send("PUT", f"/privacy/retention/rules/{rule}", {"months": months})
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid")

    async def test_must_be_one_of_the_list(self, paola: Asking) -> None:
        reply = await paola.send("PUT", "/privacy/retention/rules/everything", {"months": 12})
        assert reply.status_code == 404

    async def test_warns_before_anybody_goes(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await connection.execute("update customer set created_at = now() - interval '35 months 10 days'")
        await connection.execute("delete from purchase")
        await connection.execute("delete from touchpoint")
        await connection.execute("delete from consent_event")
        assert (await paola.get("/privacy/retention")).json()["data"] == []
        soon = (await paola.get("/privacy/retention?ahead=60&limit=1")).json()
        assert (len(soon["data"]), soon["has_more"]) == (1, True)
        rest = (await paola.get(f"/privacy/retention?ahead=60&cursor={soon['next_cursor']}")).json()
        named = [each["customer_id"] for each in (*soon["data"], *rest["data"])]
        assert sorted(named) == sorted(str(each) for each in house.values())
        assert {each["rule"] for each in rest["data"]} == {"prospect"}

    async def test_can_be_supposed_and_nothing_changes(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await connection.execute("update customer set created_at = now() - interval '30 months'")
        for table in ("purchase", "touchpoint", "consent_event"):
            await connection.execute(f"delete from {table}")
        await connection.execute(
            "insert into field_past (record_id, field, lost_to, created_at)"
            " values ($1, 'town', $1, now() - interval '7 months')",
            house["anne"],
        )
        past = (await paola.get("/privacy/retention?rule=former_values&months=6")).json()
        assert (past["data"], past["traces"]) == ([], {"former_values": 1})
        touched = (await paola.get("/privacy/retention?rule=prospect&months=24&limit=1")).json()
        assert (len(touched["data"]), touched["has_more"]) == (1, True)
        same = f"/privacy/retention?cursor={touched['next_cursor']}"
        assert len((await paola.get(f"{same}&rule=prospect&months=24")).json()["data"]) == 1
        assert (await paola.get(same)).status_code == 400  # the cursor of another question
        for unlawful in ("rule=prospect&months=37", "rule=prospect", "months=3", "rule=all&months=3"):
            assert (await paola.get(f"/privacy/retention?{unlawful}")).status_code == 422, unlawful
        for said, missing in (("rule=prospect", "/months"), ("months=3", "/rule")):
            told = (await paola.get(f"/privacy/retention?{said}")).json()
            assert [each["pointer"] for each in told["errors"]] == [missing]
        assert (await paola.get("/privacy/retention")).json()["data"] == []
        rules = (await paola.get("/privacy/retention/rules")).json()["data"]
        assert {each["version"] for each in rules} == {0}

    async def test_of_traces_lets_them_go_before_the_person(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        for age in ("13 months", "11 months"):
            await connection.execute(
                "insert into field_past (record_id, field, lost_to, created_at) "
                f"values ($1, 'town', $1, now() - interval '{age}')",
                house["anne"],
            )
        before = await connection.fetchval("select count(*) from field_past")
        run = await begin(connection, now=datetime.now(UTC))
        while run.finished_at is None:
            run = await slice_of(connection, run)
        assert (run.erased, run.traces) == (0, {"former_values": 1})
        assert await connection.fetchval("select count(*) from field_past") == before - 1


class TestTenYears:
    async def test_agree_with_an_oracle_that_knows_only_what_happened(self, connection: Connection) -> None:
        figures, findings = await simulate(connection, persons=40, seed=3)
        assert not findings, findings[:5]
        assert figures.deletions > 5

    async def test_find_who_is_let_go_too_soon(
        self, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retention, "OWN_ACTS", ("visit",))
        figures, findings = await simulate(connection, persons=40, seed=3)
        assert findings
        assert figures.early > 0


class TestDoors:
    async def test_are_for_the_privacy_officer_alone(
        self, house: dict[str, UUID], client: httpx.AsyncClient, connection: Connection
    ) -> None:
        anne = house["anne"]
        for code in ("ines", "marie", "henri", "adam"):
            who = await asking(client, code)
            for reply in (
                await who.get(f"/privacy/customers/{anne}/file"),
                await who.get(f"/privacy/customers/{anne}/limits"),
                await who.get(f"/privacy/devices/{anne}/persons"),
                await who.get("/privacy/register"),
                await who.get("/privacy/retention"),
                await who.send(
                    "POST", f"/privacy/customers/{anne}/limits", {"kind": "restriction", "reason": "case"}
                ),
                await who.send(
                    "POST",
                    f"/privacy/customers/{anne}/rectifications",
                    {"values": {"town": "X"}, "reason": "case"},
                ),
                await who.send("POST", f"/privacy/limits/{anne}/lift"),
            ):
                assert (reply.status_code, reply.json()["code"]) == (403, "not_allowed"), (code, reply.url)


async def furnished(database: str) -> dict[str, UUID]:
    connection = await asyncpg.connect(database)
    await prepare(connection)
    try:
        return await furnish(connection)
    finally:
        await connection.close()


class TestCommand:
    def test_forgets_nobody_under_another_secret(
        self,
        database: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        anne = str(run_aside(furnished(database))["anne"])
        where = ["--database-url", database, "--data", str(tmp_path)]
        monkeypatch.setenv("COMPTOIR_SECRET", "the secret of the server, 32 bytes of it")
        assert main(["audit", "head", *where]) == 0
        monkeypatch.setenv("COMPTOIR_SECRET", "the secret of somebody else, 32 bytes too")
        assert main(["privacy", "erase", anne, "--reason", "case 2", *where]) == 1
        assert "not the secret that the server uses" in capsys.readouterr().err
        assert main(["audit", "head", *where]) == 1
        assert "broken for ever" in capsys.readouterr().err
        assert main(["import-undo", str(UUID(int=1)), *where]) == 1
        assert "would keep nobody out" in capsys.readouterr().err
        monkeypatch.setenv("COMPTOIR_SECRET", "the secret of the server, 32 bytes of it")
        assert main(["privacy", "erase", anne, "--reason", "case 2", *where]) == 0
        assert main(["audit", "verify", *where]) == 0

    def test_serves_whoever_has_the_shell(
        self, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        anne = str(run_aside(furnished(database))["anne"])

        def comptoir(*words: str) -> dict[str, Any]:
            where = ["--database-url", database, "--data", str(tmp_path), "--json"]
            assert main(["privacy", *words, *where]) == 0
            answered: dict[str, Any] = json.loads(capsys.readouterr().out)
            return answered

        asked = comptoir("case", "open", anne, "access", "--received", f"{datetime.now(UTC):%Y-%m-%d}")[
            "case"
        ]["id"]
        where = str(tmp_path / "file")
        talkative = ["privacy", "erase", anne, "--reason", "Anne Martin asked", "--database-url", database]
        with pytest.raises(SystemExit) as misused:
            main([*talkative, "--data", str(tmp_path)])
        assert misused.value.code == 2 and "nothing about the person" in capsys.readouterr().err
        unknown = ["privacy", "access", str(UUID(int=1)), "--database-url", database]
        assert main([*unknown, "--data", str(tmp_path)]) == 1
        assert "not_found: There is nothing here" in capsys.readouterr().err
        for words, told in (
            (("replay", str(tmp_path / "none")), "No such file"),
            (("replay", __file__), "is no ledger of erasures"),
            (("ledger", "--to", str(tmp_path / "none" / "it")), "No such file"),
            (("rules", "--brand", "masion"), "no such brand; brands: atelier, maison"),
            (("case", "list", "--brand", "masion"), "no such brand"),
        ):
            assert main(["privacy", *words, "--database-url", database, "--data", str(tmp_path)]) == 1
            assert told in capsys.readouterr().err
        files = comptoir("access", anne, "--to", where, "--case", asked)["files"]
        assert PHONE in Path(files[0]).read_text() and PHONE in Path(files[1]).read_text()
        assert "Ce que nous savons de vous" in Path(files[2]).read_text()
        comptoir("case", "extend", asked, "--months", "1", "--reason", "complex")
        assert [each["id"] for each in comptoir("case", "list", "--brand", "maison")["cases"]] == [asked]
        comptoir("case", "answer", asked, "done")
        letter = Path(comptoir("case", "letter", asked, "--to", str(tmp_path / "letter.html"))["file"])
        assert "accéder à vos données" in letter.read_text()
        limit = comptoir("restrict", anne, "--reason", "case 1")["limit"]
        wrong = comptoir("case", "open", anne, "rectification")["case"]["id"]
        values = ["--set", "town", "Annecy", "--set", "likes_nothing", "x"]
        said = ["privacy", "rectify", anne, "--reason", "case 3", "--case", wrong]
        assert main([*said, *values, "--database-url", database, "--data", str(tmp_path)]) == 1
        assert "likes_nothing" in capsys.readouterr().err
        righted = comptoir(*said[1:], "--set", "town", "Annecy", "--set", "phone", "null")
        assert righted == {"rectified": ["phone", "town"]}
        assert comptoir("case", "answer", wrong, "done")["case"]["facts"] == [["rectified", "phone town"]]
        comptoir("access", anne, "--to", where)
        assert "Annecy" in Path(files[0]).read_text()
        assert comptoir("lift", limit)["lifted"] == limit
        assert [each["kind"] for each in comptoir("limits", anne)["limits"]] == ["restriction"]
        goes = comptoir("case", "open", anne, "erasure")["case"]["id"]
        early = ["privacy", "case", "answer", goes, "done", "--database-url", database]
        assert main([*early, "--data", str(tmp_path)]) == 1 and "nothing was done" in capsys.readouterr().err
        case = comptoir("erase", anne, "--reason", "case 2", "--case", goes)["case_id"]
        assert comptoir("case", "answer", goes, "done")["case"]["facts"] == [["erased", case]]
        assert comptoir("receipt", case)["sales_kept"] == 5
        assert comptoir("scrub")["tables"] > 50
        comptoir("ledger", "--to", str(tmp_path / "ledger"))
        assert comptoir("replay", str(tmp_path / "ledger")) == {"erased_again": 0}
        assert comptoir("retention", "--suppose", "prospect", "6")["due"] == []
        assert comptoir("retention", "--apply") == {"due": [], "erased": 0, "traces": {}}
        assert len(comptoir("register")["register"]) > 5
        assert main(["privacy", "erase", anne, "--reason", "case 4", "--database-url", database]) == 1
