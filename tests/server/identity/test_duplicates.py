"""The warning while somebody new is typed tells a role what it may know, and no more."""

from urllib.parse import quote
from uuid import UUID

import httpx
import pytest

from server.database.pool import Connection
from tests.server.rest.house import EMAIL, PHONE, asking

pytestmark = pytest.mark.anyio


class TestAWarning:
    @pytest.mark.parametrize(
        "typed",
        [
            {"given_name": "Anne", "family_name": "Durant"},
            {"given_name": "Ane", "family_name": "Durand", "town": "Lyon"},
            {"phone": "06 12 34 56 78"},
            {"family_name": "Somebody", "email": EMAIL.upper()},
        ],
    )
    async def test_names_who_is_known_already_with_a_reason(
        self, client: httpx.AsyncClient, house: dict[str, UUID], typed: dict[str, str]
    ) -> None:
        ines = await asking(client, "ines")
        reply = await ines.send("POST", "/customers/duplicates", typed)
        assert reply.status_code == 200, reply.text
        assert house["anne"] in [UUID(each["customer_id"]) for each in reply.json()["data"]]
        assert reply.json()["data"][0]["reasons"]

    @pytest.mark.parametrize("typed", [{}, {"given_name": "Zébulon", "family_name": "Quatrebarbes"}])
    async def test_says_nothing_of_somebody_new(
        self, client: httpx.AsyncClient, house: dict[str, UUID], typed: dict[str, str]
    ) -> None:
        ines = await asking(client, "ines")
        assert (await ines.send("POST", "/customers/duplicates", typed)).json() == {"data": []}

    async def test_says_nothing_of_somebody_elses_customer(
        self, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        noe = await asking(client, "noe")
        for typed in ({"given_name": "Anne", "family_name": "Durand"}, {"phone": PHONE}):
            assert (await noe.send("POST", "/customers/duplicates", typed)).json() == {"data": []}

    @pytest.mark.parametrize(
        "typed",
        [{"email": "Anne"}, {"email": "Durand"}, {"phone": "Anne Durand"}, {"loyalty_card": "Durand"}],
    )
    async def test_calls_no_contact_the_same_because_a_name_was_typed_in_its_place(
        self, client: httpx.AsyncClient, house: dict[str, UUID], typed: dict[str, str]
    ) -> None:
        for who in ("ines", "henri"):
            asker = await asking(client, who)
            assert (await asker.send("POST", "/customers/duplicates", typed)).json() == {"data": []}, who

    @pytest.mark.parametrize("field", ["email", "phone"])
    async def test_tells_of_a_masked_value_what_the_search_by_all_of_it_tells_and_nothing_of_a_part(
        self, client: httpx.AsyncClient, house: dict[str, UUID], field: str
    ) -> None:
        ines = await asking(client, "ines")
        shown = (await ines.get(f"/customers/{house['anne']}")).json()
        assert "•" in shown[field], "she sees it masked"
        whole = {"email": EMAIL, "phone": PHONE}[field]
        changed = whole[:-1] + ("1" if whole[-1] != "1" else "2")
        for typed in (whole, whole[:-1], whole[5:], changed, shown[field]):
            warned = (await ines.send("POST", "/customers/duplicates", {field: typed})).json()["data"]
            found = (await ines.get(f"/customers?q={quote(typed)}")).json()["data"]
            assert [each["customer_id"] for each in warned] == [each["id"] for each in found], typed
            assert bool(warned) == (typed == whole), typed

    async def test_asks_for_a_sign_in_and_refuses_what_it_does_not_know(
        self, client: httpx.AsyncClient, house: dict[str, UUID], connection: Connection
    ) -> None:
        assert (await client.post("/v1/customers/duplicates", json={})).status_code == 401
        ines = await asking(client, "ines")
        assert (await ines.send("POST", "/customers/duplicates", {"notes": "x"})).status_code == 422
