"""Caps on how much one person reads, and the alarms they raise."""

import asyncio
from uuid import UUID

import httpx
import pytest
import structlog
from litestar import Litestar

from server.auth.extraction import forget_old, is_read
from server.database.pool import Connection, open_pool
from server.settings import Settings
from tests.server.people import associate_id, enrol, sign_in
from tests.server.rest.house import Asking, asking
from tests.server.serving import application


async def _cap(
    connection: Connection, role: str, *, reads: int | None = None, people: int | None = None
) -> None:
    await connection.execute(
        """
        insert into extraction_cap (role, reads_per_hour, people_per_day, export_rows) values ($1, $2, $3, 0)
        on conflict (role) do update set reads_per_hour = $2, people_per_day = $3
        """,
        role,
        reads,
        people,
    )


class TestReads:
    async def test_end_at_the_cap_of_an_hour_with_words_and_a_time(
        self, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await _cap(connection, "seller", reads=4)
        door = f"/customers/{house['anne']}"
        replies = [await ines.get(f"{door}{end}") for end in ("", "/timeline", "/notes", "/consents")]
        assert [reply.status_code for reply in replies] == [200] * 4
        refused = await ines.get(door)
        assert (refused.status_code, refused.json()["code"]) == (429, "extraction_capped")
        assert refused.headers["content-type"] == "application/problem+json"
        assert 0 < int(refused.headers["retry-after"]) <= 3601
        assert refused.json()["title"]

    async def test_end_for_one_person_alone(
        self, client: httpx.AsyncClient, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await _cap(connection, "seller", reads=1)
        door = f"/customers/{house['anne']}"
        assert (await ines.get(door)).status_code == 200
        assert (await ines.get(door)).status_code == 429
        luc = await asking(client, "luc")
        assert (await luc.get(door)).status_code == 200

    async def test_leave_open_how_a_tablet_works_on(
        self, client: httpx.AsyncClient, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await _cap(connection, "seller", reads=0)
        assert (await ines.get(f"/customers/{house['anne']}")).status_code == 429
        assert (await ines.get("/me")).status_code == 200
        tablet = await enrol(client)
        assert (await sign_in(client, "ines", tablet))["access_token"]

    async def test_leave_open_whatever_protects_customers(
        self, client: httpx.AsyncClient, house: dict[str, UUID], connection: Connection
    ) -> None:
        for role in ("privacy_officer", "head_office_crm", "call_centre"):
            await _cap(connection, role, reads=0)
        officer, editor, caller = [await asking(client, who) for who in ("paola", "henri", "camille")]
        anne = house["anne"]
        for asker in (officer, editor, caller):
            assert (await asker.get(f"/customers/{anne}")).status_code == 429

        no = {"brand": "maison", "channel": "email", "purpose": "marketing", "state": "withdrawn"}
        said = await caller.send("POST", f"/customers/{anne}/consents", no)
        assert said.status_code == 201, "her no waits for no hour to end"
        assert (await editor.send("PATCH", "/policy/draft", {"changes": {"seller": {"spend": 0}}})).is_success
        assert (await editor.get("/policy/draft/preview")).is_success
        published = await editor.send("POST", "/policy/publish", {})
        assert published.status_code == 202, "a leak is closed at once"
        case = await officer.send(
            "POST",
            "/privacy/cases",
            {"customer_id": str(anne), "kind": "restriction", "received_on": "2026-11-02"},
        )
        assert case.status_code == 201, case.text
        limit = await officer.send(
            "POST", f"/privacy/customers/{anne}/limits", {"kind": "restriction", "reason": "she asks"}
        )
        assert limit.status_code == 201, limit.text
        assert (await officer.get("/privacy/register")).status_code == 200
        gone = await officer.send("POST", "/privacy/erasures", {"customer_id": str(anne), "reason": "asked"})
        assert gone.status_code == 201, gone.text
        assert (await officer.get(f"/privacy/customers/{house['brune']}/file")).status_code == 429

    async def test_of_what_is_not_shown_are_not_counted(
        self, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        for _ in range(3):
            assert (await ines.get(f"/customers/{house['brune']}")).status_code == 404
        assert await connection.fetchval("select count(*) from extraction") == 0
        assert (await ines.get(f"/customers/{house['anne']}")).status_code == 200
        assert await connection.fetchval("select sum(reads) from extraction") == 1

    async def test_are_counted_over_several_processes(
        self, house: dict[str, UUID], connection: Connection, settings: Settings
    ) -> None:
        await _cap(connection, "seller", reads=2)
        door = f"/customers/{house['anne']}"
        statuses = []
        for _ in range(3):
            with application(settings) as app:
                async with app.lifespan():
                    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
                    async with httpx.AsyncClient(transport=transport, base_url="http://one.test") as one:
                        statuses.append((await (await asking(one, "ines")).get(door)).status_code)
        assert statuses == [200, 200, 429]

    async def test_at_the_same_moment_are_all_counted(
        self, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        door = f"/customers/{house['anne']}"
        replies = await asyncio.gather(*(ines.get(door) for _ in range(20)))
        assert {reply.status_code for reply in replies} == {200}
        row = await connection.fetchrow("select sum(reads) as reads, sum(people) as people from extraction")
        assert row is not None
        assert (row["reads"], row["people"]) == (20, 1)

    async def test_begin_anew_with_the_hour(
        self, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await _cap(connection, "seller", reads=1)
        door = f"/customers/{house['anne']}"
        await ines.get(door)
        assert (await ines.get(door)).status_code == 429
        await connection.execute("update extraction set since = since - interval '1 hour'")
        assert (await ines.get(door)).status_code == 200

    async def test_may_be_without_end(
        self, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await _cap(connection, "seller")
        for _ in range(5):
            assert (await ines.get(f"/customers/{house['anne']}")).status_code == 200


class TestPeople:
    async def test_count_once_a_day_each(
        self, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await _cap(connection, "seller", people=1)
        for _ in range(2):
            assert (await ines.get("/customers")).status_code in {200, 429}
        row = await connection.fetchrow("select sum(people) as people from extraction")
        assert row is not None and row["people"] == 1
        refused = await ines.get(f"/customers/{house['anne']}")
        assert refused.json()["code"] == "extraction_capped"

    async def test_are_forgotten_after_some_days(
        self, ines: Asking, house: dict[str, UUID], connection: Connection, database: str
    ) -> None:
        await ines.get(f"/customers/{house['anne']}")
        await connection.execute("update extraction_person set day = day - 3")
        await connection.execute("update extraction set since = since - interval '3 days'")
        async with await open_pool(database, size=1) as pool:
            await forget_old(pool)
        assert await connection.fetchval("select count(*) from extraction_person") == 0
        assert await connection.fetchval("select count(*) from extraction") == 0


class TestAlarms:
    async def test_tell_the_manager_and_the_officer_once_and_without_names(
        self, client: httpx.AsyncClient, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await _cap(connection, "seller", reads=5)
        with structlog.testing.capture_logs() as logs:
            for _ in range(8):
                await ines.get(f"/customers/{house['anne']}")
        raised = [line for line in logs if line["event"] == "alarm.raised"]
        assert [line["alarm"] for line in raised] == ["extraction_near", "extraction_reached"]
        assert "Ines" not in str(raised) and "Durand" not in str(raised)
        for code in ("marie", "paola", "adam"):
            told = (await (await asking(client, code)).get("/alarms")).json()["data"]
            assert [alarm["kind"] for alarm in told] == ["extraction_reached", "extraction_near"], code
            assert told[0]["associate_id"] == str(associate_id("ines"))
            assert told[0]["facts"] == {"limit": "reads_per_hour", "drawn": 5, "cap": 5}

    async def test_are_none_of_a_sellers_nor_of_other_stores_business(
        self, client: httpx.AsyncClient, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await _cap(connection, "seller", reads=0)
        await ines.get("/customers")
        for code in ("ines", "camille", "henri", "import"):
            refused = await (await asking(client, code)).get("/alarms")
            assert refused.json()["code"] == "not_allowed", code
        await connection.execute("update associate set stores = '{nice}' where code = 'marie'")
        marie = await asking(client, "marie")
        assert (await marie.get("/alarms")).json()["data"] == []
        found = await connection.fetchval("select id from alarm limit 1")
        assert (await marie.send("POST", f"/alarms/{found}/acknowledge")).status_code == 404

    async def test_are_acknowledged_once(
        self, client: httpx.AsyncClient, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await _cap(connection, "seller", reads=0)
        await ines.get("/customers")
        marie, paola = await asking(client, "marie"), await asking(client, "paola")
        alarm = (await marie.get("/alarms")).json()["data"][0]["id"]
        first = await marie.send("POST", f"/alarms/{alarm}/acknowledge")
        again = await paola.send("POST", f"/alarms/{alarm}/acknowledge")
        assert first.json() == again.json()
        assert again.json()["acknowledged_by"] == str(associate_id("marie"))


class TestCaps:
    async def test_are_set_by_the_privacy_officer_from_the_next_request_on(
        self, client: httpx.AsyncClient, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        paola = await asking(client, "paola")
        cap = {"reads_per_hour": 0, "people_per_day": None, "export_rows": 0}
        reply = await paola.send("PUT", "/extraction-caps/seller", cap)
        assert reply.status_code == 200, reply.text
        (seller,) = [each for each in reply.json()["data"] if each["role"] == "seller"]
        assert seller == {"role": "seller", **cap, "own": True}
        assert (await ines.get("/customers")).status_code == 429
        facts = await connection.fetchval("select facts from audit_event where action = 'policy.cap_set'")
        assert facts == {"role": "seller", **cap}

    async def test_are_nobodys_own_to_set(self, client: httpx.AsyncClient, house: dict[str, UUID]) -> None:
        cap = {"reads_per_hour": None, "people_per_day": None, "export_rows": None}
        paola, adam = await asking(client, "paola"), await asking(client, "adam")
        assert (await paola.send("PUT", "/extraction-caps/privacy_officer", cap)).status_code == 403
        assert (await adam.send("PUT", "/extraction-caps/seller", cap)).status_code == 403
        assert (await paola.send("PUT", "/extraction-caps/nobody", cap)).status_code == 404
        assert (await adam.get("/extraction-caps")).status_code == 200


class TestWhatCounts:
    async def test_is_what_shows_something_of_a_person_and_no_edit(self) -> None:
        reads = ("customer.read", "customer.listed", "customer.tasks_read", "customer.revealed")
        assert all(is_read(action) for action in reads)
        others = ("customer.edited", "customer.erased", "audit.read", "sync.pulled", "customer.merged")
        assert not any(is_read(action) for action in others)

    async def test_is_taken_from_the_lines_of_the_trail(
        self, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        for end in ("", "/purchases", "/timeline", "/loyalty", "/preferences", "/history", "/provenance"):
            await ines.get(f"/customers/{house['anne']}{end}")
        rows = await connection.fetch("select action from audit_event where actor = $1", associate_id("ines"))
        lines = sum(is_read(row["action"]) for row in rows)
        assert await connection.fetchval("select sum(reads) from extraction") == lines == 7


@pytest.fixture(autouse=True)
def started(app: Litestar) -> None:
    """Every story here needs a server."""
