"""The privacy officer's doors to the audit trail."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import msgspec
import pytest

from server.audit.head import Head, genuine, signing_key
from server.audit.sealing import Sealer
from server.database.pool import Connection
from server.settings import Settings
from tests.server.people import associate_id
from tests.server.rest.house import Asking, asking


@pytest.fixture
async def paola(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    """The privacy officer."""
    return await asking(client, "paola")


class TestTheTrail:
    async def test_says_who_read_a_customer(
        self, paola: Asking, ines: Asking, house: dict[str, UUID]
    ) -> None:
        await ines.get(f"/customers/{house['anne']}")
        reply = await paola.get(f"/audit?subject={house['anne']}&action=customer.read")
        (event,) = reply.json()["data"]
        assert event["actor"] == str(associate_id("ines"))
        assert event["role"] == "seller"
        assert "Durand" not in reply.text

    async def test_is_filtered_and_read_page_by_page(
        self, paola: Asking, ines: Asking, house: dict[str, UUID]
    ) -> None:
        for _ in range(5):
            await ines.get(f"/customers/{house['anne']}/timeline")
        path = f"/audit?actor={associate_id('ines')}&action=customer.&limit=2"
        first = (await paola.get(path)).json()
        assert first["has_more"] and len(first["data"]) == 2
        second = (await paola.get(f"{path}&cursor={first['next_cursor']}")).json()
        ids = [event["id"] for event in (*first["data"], *second["data"])]
        assert ids == sorted(ids, reverse=True) and len(set(ids)) == 4
        later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert (await paola.get(f"{path}&since={later}")).json()["data"] == []
        assert len((await paola.get(f"{path}&until={later}")).json()["data"]) == 2
        assert (await paola.get("/audit?since=2026-01-01T00:00:00")).status_code == 422

    async def test_is_the_privacy_officers_alone(
        self, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        assert (await client.get("/v1/audit")).status_code == 401
        for code in ("ines", "marie", "zoe", "camille", "henri", "lea", "import", "adam"):
            who = await asking(client, code)
            for door in ("/audit", "/audit/export", "/audit/head"):
                assert (await who.get(door)).json()["code"] == "not_allowed", (code, door)

    async def test_tells_nothing_of_another_brands_people(
        self, paola: Asking, connection: Connection
    ) -> None:
        await connection.execute(
            """
            insert into associate (id, code, given_name, family_name, role, brand, password_hash)
            values (uuidv4(), 'other', 'O', 'T', 'seller', 'atelier', '')
            """
        )
        await connection.execute(
            """
            insert into audit_event (actor, action)
            select id, 'test.theirs' from associate where code = 'other';
            insert into audit_event (subject_kind, subject_id, action)
            select 'associate', id, 'test.theirs' from associate where code = 'other'
            """
        )
        assert (await paola.get("/audit?action=test.theirs")).json()["data"] == []

    async def test_is_taken_away_as_lines_and_says_so(
        self, paola: Asking, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await ines.get(f"/customers/{house['anne']}")
        reply = await paola.get("/audit/export?action=customer.read")
        assert reply.headers["content-type"].startswith("application/x-ndjson")
        (line,) = reply.content.splitlines()
        assert msgspec.json.decode(line)["subject_id"] == str(house["anne"])
        facts = await connection.fetchval("select facts from audit_event where action = 'audit.exported'")
        assert facts == {"asked": ["action"], "rows": 1}

    async def test_is_not_taken_away_beyond_the_cap(
        self, paola: Asking, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        for _ in range(3):
            await ines.get(f"/customers/{house['anne']}")
        await connection.execute(
            "insert into extraction_cap (role, export_rows) values ('privacy_officer', 2)"
        )
        refused = await paola.get("/audit/export?action=customer.read")
        assert (refused.status_code, refused.json()["code"]) == (403, "export_too_large")
        assert await connection.fetchval("select count(*) from alarm where kind = 'export_refused'") == 1

    async def test_has_a_head_to_keep_elsewhere(
        self, paola: Asking, connection: Connection, settings: Settings
    ) -> None:
        assert (await paola.get("/audit/head")).status_code == 404
        async with connection.transaction():
            await Sealer(settings.secret).seal(connection)
        head = msgspec.json.decode((await paola.get("/audit/head")).content, type=Head)
        assert genuine(signing_key(settings.secret).public_key(), head)
