"""What a field held before: kept, shown by lens, taken back within thirty days."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from server.database.pool import Connection
from tests.server.rest.house import Asking, asking

pytestmark = pytest.mark.anyio


@pytest.fixture
async def marie(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    """The manager of Lyon."""
    return await asking(client, "marie")


async def entries(who: Asking, customer: UUID, field: str | None = None) -> list[dict[str, Any]]:
    reply = await who.get(f"/customers/{customer}/history" + (f"?field={field}" if field else ""))
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["data"]
    return found


class TestHistory:
    async def test_shows_what_stood_who_said_it_and_when(self, marie: Asking, house: dict[str, UUID]) -> None:
        await marie.send("PATCH", f"/customers/{house['anne']}", {"town": "Nice"})
        (entry,) = await entries(marie, house["anne"], "town")
        assert (entry["path"], entry["value"], entry["said"]["channel"]) == ("town", "Lyon", "import")
        assert entry["undo_until"] - entry["ended_at"] == 30 * 86_400_000

    async def test_goes_on_where_a_page_ends(self, marie: Asking, house: dict[str, UUID]) -> None:
        for town in ("Nice", "Paris", "Brest"):
            await marie.send("PATCH", f"/customers/{house['anne']}", {"town": town})
        first = (await marie.get(f"/customers/{house['anne']}/history?field=town&limit=2")).json()
        rest = await marie.get(
            f"/customers/{house['anne']}/history?field=town&limit=2&cursor={first['next_cursor']}"
        )
        assert [each["value"] for each in first["data"] + rest.json()["data"]] == ["Paris", "Nice", "Lyon"]

    async def test_of_a_field_that_is_masked_or_hidden_is_empty(
        self, ines: Asking, marie: Asking, house: dict[str, UUID]
    ) -> None:
        before = await ines.get(f"/customers/{house['anne']}/history")
        changes = {"phone": "+33699999999", "address": {"line1": "2 rue Hidden", "city": "Lyon"}}
        await marie.send("PATCH", f"/customers/{house['anne']}", changes)
        assert len(await entries(marie, house["anne"])) == 2
        assert (await ines.get(f"/customers/{house['anne']}/history")).content == before.content
        for field in ("phone", "address"):
            assert await entries(ines, house["anne"], field) == []

    async def test_of_an_unknown_field_is_refused(self, marie: Asking, house: dict[str, UUID]) -> None:
        reply = await marie.get(f"/customers/{house['anne']}/history?field=karma")
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid")

    async def test_of_somebody_elses_customer_is_as_of_nobody(
        self, marie: Asking, house: dict[str, UUID]
    ) -> None:
        for path in ("history", "history/1/restore"):
            method = "POST" if path.endswith("restore") else "GET"
            theirs = await marie.send(method, f"/customers/{house['brune']}/{path}")
            nobodys = await marie.send(method, f"/customers/{UUID(int=5)}/{path}")
            assert (theirs.status_code, theirs.content) == (404, nobodys.content)


class TestRestoring:
    async def test_lets_a_value_stand_again_as_an_edit_of_its_own(
        self, marie: Asking, house: dict[str, UUID]
    ) -> None:
        await marie.send("PATCH", f"/customers/{house['anne']}", {"town": "Nice"})
        (entry,) = await entries(marie, house["anne"], "town")
        door = f"/customers/{house['anne']}/history/{entry['entry_id']}/restore"
        for _ in range(2):
            reply = await marie.send("POST", door)
            assert (reply.status_code, reply.json()) == (200, {"path": "town", "value": "Lyon"})
        assert [each["value"] for each in await entries(marie, house["anne"], "town")] == ["Nice", "Lyon"]

    async def test_brings_back_a_size_and_a_like(self, ines: Asking, house: dict[str, UUID]) -> None:
        anne = f"/customers/{house['anne']}"
        await ines.send("DELETE", f"{anne}/preferences/sizes/shoes")
        await ines.send("DELETE", f"{anne}/preferences/likes/cachemire")
        for entry in await entries(ines, house["anne"]):
            assert (await ines.send("POST", f"{anne}/history/{entry['entry_id']}/restore")).status_code == 200
        read = (await ines.get(anne)).json()
        assert read["sizes"] == {"shoes": {"value": "38"}}
        assert set(read["likes"]) == {"cachemire"}

    async def test_is_refused_after_thirty_days(
        self, marie: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await marie.send("PATCH", f"/customers/{house['anne']}", {"town": "Nice"})
        (entry,) = await entries(marie, house["anne"], "town")
        await connection.execute("update field_past set created_at = now() - interval '31 days'")
        reply = await marie.send("POST", f"/customers/{house['anne']}/history/{entry['entry_id']}/restore")
        assert (reply.status_code, reply.json()["code"]) == (409, "too_late")

    async def test_needs_the_right_to_write(
        self, client: httpx.AsyncClient, marie: Asking, house: dict[str, UUID]
    ) -> None:
        await marie.send("PATCH", f"/customers/{house['anne']}", {"town": "Nice"})
        (entry,) = await entries(marie, house["anne"], "town")
        zoe = await asking(client, "zoe")
        reply = await zoe.send("POST", f"/customers/{house['anne']}/history/{entry['entry_id']}/restore")
        assert (reply.status_code, reply.json()["code"]) == (403, "field_not_allowed")

    async def test_of_a_hidden_field_is_as_of_nothing(
        self, ines: Asking, marie: Asking, house: dict[str, UUID]
    ) -> None:
        await marie.send("PATCH", f"/customers/{house['anne']}", {"phone": "+33699999999"})
        (entry,) = await entries(marie, house["anne"])
        hidden = await ines.send("POST", f"/customers/{house['anne']}/history/{entry['entry_id']}/restore")
        nothing = await ines.send("POST", f"/customers/{house['anne']}/history/999999/restore")
        assert (hidden.status_code, hidden.content) == (404, nothing.content)
