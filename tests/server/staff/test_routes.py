"""Moving somebody over the API: at his next request, on every tablet, and in nobody's way."""

import time
from uuid import UUID

import httpx
import pytest

from schemas.mutations import SetField
from server.database.pool import Connection
from tests.server.people import associate_id, enrol, envelope
from tests.server.replication.double import Double
from tests.server.rest.house import PHONE, Asking, asking

pytestmark = pytest.mark.anyio

INES = f"/staff/{associate_id('ines')}"


@pytest.fixture
async def adam(client: httpx.AsyncClient, house: dict[str, UUID]) -> Asking:
    """The administrator."""
    return await asking(client, "adam")


class TestMoving:
    async def test_takes_effect_at_the_next_request_of_the_same_session(
        self, adam: Asking, ines: Asking, house: dict[str, UUID]
    ) -> None:
        anne = f"/customers/{house['anne']}"
        assert PHONE not in (await ines.get(anne)).text
        moved = await adam.send("PATCH", INES, {"role": "store_manager"})
        assert (moved.status_code, moved.json()["role"]) == (200, "store_manager")
        assert PHONE in (await ines.get(anne)).text
        await adam.send("PATCH", INES, {"role": "seller", "stores": ["nice"]})
        assert (await ines.get(anne)).status_code == 404

    async def test_purges_and_fills_her_tablet_at_the_next_pull(
        self, adam: Asking, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        tablet = await Double.of(client, "ines", await enrol(client))
        await tablet.pull()
        assert house["anne"] in tablet.customers()
        await adam.send("PATCH", INES, {"stores": ["nice"]})
        await tablet.pull()
        assert house["anne"] not in tablet.customers()
        await adam.send("PATCH", INES, {"stores": ["lyon"], "role": "store_manager"})
        await tablet.pull()
        assert house["anne"] in tablet.customers() and PHONE in str(tablet.holds()[1])

    async def test_tells_every_tablet_of_a_running_server(
        self, adam: Asking, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        tablet = await Double.of(client, "luc", await enrol(client))
        await tablet.pull()
        await adam.send("PATCH", INES, {"role": "store_manager"})
        await tablet.pull()
        seen = [body["values"] for (_, key), body in tablet.holds()[1].items() if key == "associate"]
        about = [values for values in seen if values["associate_id"] == str(associate_id("ines"))]
        assert [values["role"] for values in about] == ["store_manager"]

    async def test_to_where_she_is_changes_nothing(
        self, adam: Asking, connection: Connection, house: dict[str, UUID]
    ) -> None:
        await adam.send("PATCH", INES, {"role": "seller", "stores": ["lyon"]})
        assert await connection.fetchval("select epoch from associate where code = 'ines'") == 1

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"role": "wizard"}, 422),
            ({"stores": ["moon"]}, 422),
            ({"stores": ["geneva"]}, 422),
            ({"stores": []}, 422),
            ({"role": "zone_manager"}, 422),
            ({"password": "x"}, 422),
            ([], 422),
        ],
    )
    async def test_refuses_what_could_not_work(self, adam: Asking, body: object, status: int) -> None:
        assert (await adam.send("PATCH", INES, body)).status_code == status

    async def test_is_for_the_administrator_and_never_oneself(
        self, adam: Asking, client: httpx.AsyncClient
    ) -> None:
        for code in ("ines", "marie", "henri", "paola"):
            who = await asking(client, code)
            assert (await who.send("PATCH", INES, {"role": "store_manager"})).status_code == 403
            assert (await who.get("/staff")).status_code == 403
        own = await adam.send("PATCH", f"/staff/{associate_id('adam')}", {"role": "privacy_officer"})
        assert own.status_code == 403
        assert (await adam.send("PATCH", f"/staff/{UUID(int=4)}", {"role": "seller"})).status_code == 404
        assert (await client.get("/v1/staff")).status_code == 401


class TestTheList:
    async def test_names_everybody_page_by_page(self, adam: Asking) -> None:
        found: list[str] = []
        cursor = ""
        while True:
            page = (await adam.get(f"/staff?limit=5{cursor}")).json()
            found += [member["code"] for member in page["data"]]
            if not page["has_more"]:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert len(found) == len(set(found)) == 12
        assert "password" not in str(page)


class TestAnEditMadeBefore:
    async def test_is_held_because_the_role_changed(
        self, adam: Asking, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        tablet = await Double.of(client, "marie", await enrol(client))
        said = SetField(field="phone", value="+33611111111")
        before = envelope(house["anne"], said, seq=1, at_ms=int(time.time() * 1000) - 60_000)
        await adam.send("PATCH", f"/staff/{associate_id('marie')}", {"role": "seller"})
        after = envelope(house["anne"], said, seq=2, at_ms=int(time.time() * 1000) + 1000)
        outcomes = (await tablet.push(before, after)).outcomes
        assert [outcome.code for outcome in outcomes] == ["role_changed", "field_not_allowed"]
        await adam.send("PATCH", INES, {"role": "store_manager"})
        held = (await (await asking(client, "ines")).get("/held-edits")).json()["data"]
        assert [edit["code"] for edit in held] == ["role_changed", "field_not_allowed"]
