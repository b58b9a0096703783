"""Erasing a person: everything goes, under every id, and nothing brings her back unasked."""

from uuid import UUID

import httpx
import pytest

from schemas.ids import id_from
from schemas.mutations import AddElement, CreateCustomer, SetField, SourceRef
from server.audit.head import signing_key
from server.audit.sealing import Sealer
from server.audit.verifying import verify
from server.database.pool import Connection
from server.privacy.erasing import GOES, STAYS
from server.replication.push import submit
from tests.server.people import NOW, envelope, make_customer, principal_named
from tests.server.rest.house import EMAIL, PHONE, Asking, asking, purchase, tell

pytestmark = pytest.mark.anyio

# Columns of an id of a person in tables that neither go nor stay, and why.
NOT_OF_ONE_PERSON = {
    "merge": "goes by both of its ids",
    "identity_pair": "goes by both of its ids",
}


@pytest.fixture
async def paola(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    """The privacy officer."""
    return await asking(client, "paola")


async def erase(who: Asking, customer_id: UUID, **headers: str) -> httpx.Response:
    return await who.send(
        "POST", "/privacy/erasures", {"customer_id": str(customer_id), "reason": "case 42"}, **headers
    )


async def dump(connection: Connection) -> str:
    """Everything the database holds, as text."""
    tables = await connection.fetch(
        "select tablename from pg_tables where schemaname = 'public' order by tablename"
    )
    parts: list[str] = []
    for row in tables:
        found = await connection.fetch(f'select t::text as line from "{row["tablename"]}" t')
        parts += [f"{row['tablename']}: {each['line']}" for each in found]
    return "\n".join(parts)


class TestErasure:
    async def test_leaves_nothing_of_her_but_her_id(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        anne = house["anne"]
        marie = await principal_named(connection, "marie")
        ines = await principal_named(connection, "ines")
        await submit(
            connection,
            marie,
            [envelope(anne, SetField(field="email", value="earlier@example.org"), base={"email": 1})],
            now=NOW,
        )
        await submit(
            connection, ines, [envelope(anne, SetField(field="phone", value="+33655555555"))], now=NOW
        )
        await connection.execute(
            "insert into import_batch (id, source, file_name, file_hash) values ($1, 'till', 'a.csv', 'x')",
            id_from("batch"),
        )
        await connection.execute(
            """
            insert into import_refusal (batch_id, line, code, reason, original)
            values ($1, 3, 'x', 'y', $2)
            """,
            id_from("batch"),
            ["77", "Anne DURAND", "06 12 34 56 78"],
        )

        reply = await erase(paola, anne)

        assert reply.status_code == 201, reply.text
        assert (reply.json()["sales_kept"], reply.json()["ids"]) == (5, [str(anne)])
        everything = await dump(connection)
        for trace in (
            PHONE,
            PHONE[3:],
            EMAIL,
            "earlier@",
            '"Anne',
            "(anne",
            "durand",
            "Hidden",
            "MB000042",
            "For Ines",
            "cachemire",
            "655555555",
            "12 34 56 78",
        ):
            lines = [line for line in everything.splitlines() if trace.casefold() in line.casefold()]
            assert lines == [], trace
        left = {line.split(":")[0] for line in everything.splitlines() if str(anne) in line}
        assert left <= {"audit_event", "erasure", "member", "receipt"}
        assert (await paola.get(f"/customers/{anne}")).status_code == 404

    async def test_keeps_the_sales_for_the_books_under_an_id_that_leads_to_nobody(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        total = "select sum(total) from purchase"
        before = await connection.fetchval(total)
        await erase(paola, house["anne"])
        assert await connection.fetchval(total) == before
        (owner,) = await connection.fetch("select distinct customer_id from purchase")
        everything = await dump(connection)
        lines = [line for line in everything.splitlines() if str(owner["customer_id"]) in line]
        assert {line.split(":")[0] for line in lines} == {"purchase"}

    async def test_takes_a_whole_chain_of_merges(
        self, paola: Asking, house: dict[str, UUID], connection: Connection, client: httpx.AsyncClient
    ) -> None:
        henri = await asking(client, "henri")
        third = await make_customer(
            connection, await principal_named(connection, "marie"), 8, phone="+33611111111"
        )
        for loser, winner in ((third, house["anne"]), (house["anne"], house["brune"])):
            await henri.send("POST", f"/customers/{loser}/merge", {"into": str(winner)})

        reply = await erase(paola, third)

        assert set(reply.json()["ids"]) == {str(third), *(str(each) for each in house.values())}
        everything = await dump(connection)
        for trace in ("Petit", "611111111", PHONE[3:], "Durand"):
            assert trace not in everything, trace
        states = await connection.fetch(
            "select distinct state, into_id from member where record_id = any($1)", [third, *house.values()]
        )
        assert [tuple(row) for row in states] == [(3, None)]
        for reply in (await erase(paola, house["brune"]), await erase(paola, third)):
            assert reply.json()["code"] == "person_erased"

    async def test_spares_the_words_that_others_bear(
        self, paola: Asking, house: dict[str, UUID], connection: Connection, client: httpx.AsyncClient
    ) -> None:
        await make_customer(
            connection, await principal_named(connection, "marie"), 9, given_name="Zoé", family_name="Durand"
        )
        await erase(paola, house["anne"])
        words = {row["token"] for row in await connection.fetch("select token from name_token")}
        assert "durand" in words and "anne" not in words
        found = (await (await asking(client, "ines")).get("/customers?q=duran")).json()["data"]
        assert [each["given_name"] for each in found] == ["Zoé"]

    async def test_is_for_the_privacy_officer_alone(
        self, house: dict[str, UUID], client: httpx.AsyncClient, connection: Connection
    ) -> None:
        for code in ("ines", "marie", "henri", "camille", "adam"):
            who = await asking(client, code)
            for reply in (
                await erase(who, house["anne"]),
                await who.get(f"/privacy/erasures/{house['anne']}"),
            ):
                assert (reply.status_code, reply.json()["code"]) == (403, "not_allowed"), code
        assert await connection.fetchval("select count(*) from erasure") == 0

    async def test_refuses_a_reason_that_could_hold_a_name(
        self, paola: Asking, house: dict[str, UUID]
    ) -> None:
        for reason in ("", "Mme Durand", "anne@example.org", "x" * 61):
            body = {"customer_id": str(house["anne"]), "reason": reason}
            reply = await paola.send("POST", "/privacy/erasures", body)
            assert reply.status_code == 422, reason

    async def test_is_done_once_under_one_key(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        first = await erase(paola, house["anne"], Idempotency_Key="e-1")
        second = await erase(paola, house["anne"], Idempotency_Key="e-1")
        assert first.json() == second.json() and first.status_code == second.status_code == 201

    async def test_leaves_the_audit_trail_whole(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        secret = b"of this test alone, and long enough for it"
        async with connection.transaction():
            sealed = await Sealer(secret).seal(connection)
        assert sealed is not None
        await erase(paola, house["anne"])
        async with connection.transaction():
            await Sealer(secret).seal(connection)
        report = await verify(connection, signing_key(secret).public_key(), [sealed.head])
        assert report.holds, report.findings
        assert report.links > sealed.head.link

    async def test_has_an_answer_for_every_column_that_names_a_person(self, connection: Connection) -> None:
        rows = await connection.fetch(
            "select table_name, column_name from information_schema.columns where table_schema = 'public'"
            " and column_name = any($1)",
            ["customer_id", "record_id", "subject_id", "loser", "winner", "one", "other", "survivor"],
        )
        assert len(rows) > 20
        for table, column in rows:
            answers = [table in known for known in (GOES, STAYS, NOT_OF_ONE_PERSON)]
            assert sum(answers) == 1, table
            assert GOES.get(table, column) == column, table


class TestComingBack:
    async def test_is_refused_to_an_import_and_to_a_seller_who_was_not_asked(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        integration = await principal_named(connection, "import")
        await connection.execute(
            "insert into source_record (source, source_id, customer_id) values ('shop', '9', $1)",
            house["anne"],
        )
        await erase(paola, house["anne"])
        marie = await principal_named(connection, "marie")
        shop = SourceRef(system="shop", reference="9")
        for number, (who, creation) in enumerate(
            (
                (integration, CreateCustomer(values={"family_name": "X", "email": EMAIL.upper()})),
                (integration, CreateCustomer(values={"family_name": "X", "phone": "06 12 34 56 78"})),
                (integration, CreateCustomer(values={"family_name": "X", "loyalty_card": "mb 000042"})),
                (integration, CreateCustomer(values={}, source=shop)),
                (integration, CreateCustomer(values={"family_name": "X", "email": EMAIL}, returning=True)),
                (marie, CreateCustomer(values={"family_name": "X", "phone": PHONE})),
            )
        ):
            her = id_from("back", str(number))
            created, liked = await submit(
                connection,
                who,
                [envelope(her, creation), envelope(her, AddElement(field="likes", element="x"))],
                now=NOW,
            )
            assert (created.status, created.code) == ("refused", "person_erased"), number
            assert liked.status == "erased"
        assert await connection.fetchval("select count(*) from held_edit") == 0
        assert EMAIL not in (await dump(connection))

    async def test_is_open_to_her_when_she_asks_and_then_for_good(
        self, paola: Asking, house: dict[str, UUID], connection: Connection, client: httpx.AsyncClient
    ) -> None:
        await erase(paola, house["anne"])
        marie = await asking(client, "marie")
        body = {"family_name": "Durand", "phone": PHONE}
        refused = await marie.send("POST", "/customers", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "person_erased")

        back = await marie.send("POST", "/customers?returning=true", body)

        assert back.status_code == 201 and back.json()["id"] != str(house["anne"])
        again = await marie.send("POST", "/customers", {"family_name": "Durand", "phone": PHONE})
        assert again.status_code == 201

    async def test_of_a_late_ticket_goes_to_the_books_alone(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await erase(paola, house["anne"])
        await tell(connection, await principal_named(connection, "import"), house["anne"], purchase(40))
        row = await connection.fetchrow("select customer_id, via from purchase where reference = '40'")
        assert row is not None and tuple(row) == (None, None)

    async def test_of_a_late_edit_is_answered_and_stored_nowhere(
        self, paola: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        ines = await principal_named(connection, "ines")
        edit = envelope(house["anne"], AddElement(field="likes", element="secret"))
        await submit(connection, ines, [edit], now=NOW)
        await erase(paola, house["anne"])
        late = envelope(house["anne"], AddElement(field="likes", element="later secret"))
        repeated, fresh = await submit(connection, ines, [edit, late], now=NOW)
        assert (repeated.status, repeated.detail) == ("duplicate", {"status": "erased"})
        assert fresh.status == "erased"
        assert "secret" not in (await dump(connection))
