"""A masked value in clear: for whom it is masked, with a reason, counted and written down."""

from uuid import UUID

import httpx
import pytest

from server.customers import reveal_routes
from server.database.pool import Connection
from tests.server.rest.house import PHONE, Asking, asking

pytestmark = pytest.mark.anyio

WHY = {"field": "phone", "reason": "call_her"}


class TestReveal:
    async def test_shows_the_value_for_a_minute(self, ines: Asking, house: dict[str, UUID]) -> None:
        reply = await ines.send("POST", f"/customers/{house['anne']}/reveal", WHY)
        assert (reply.status_code, reply.json()["value"]) == (200, PHONE)
        assert reply.headers["cache-control"] == "no-store"
        read = await ines.get(f"/customers/{house['anne']}")
        assert read.json()["phone"] == "•• •• •• 78"

    async def test_is_written_down_without_the_value_and_without_own_words(
        self, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        for reason in ("deliver_to_her", "Mme Durand m'attend"):
            await ines.send("POST", f"/customers/{house['anne']}/reveal", WHY | {"reason": reason})
        events = await connection.fetch(
            "select facts from audit_event where action = 'customer.revealed' order by id"
        )
        assert [row["facts"] for row in events] == [
            {"field": "phone", "reason": "deliver_to_her"},
            {"field": "phone", "reason": "own_words"},
        ]
        kept = await connection.fetch("select reason from reveal where customer_id = $1", house["anne"])
        assert {row["reason"] for row in kept} == {"deliver_to_her", "Mme Durand m'attend"}

    async def test_of_a_hidden_field_is_refused_whoever_is_asked_about(
        self, ines: Asking, house: dict[str, UUID]
    ) -> None:
        replies = [
            await ines.send("POST", f"/customers/{customer}/reveal", WHY | {"field": "address"})
            for customer in (house["anne"], house["brune"], UUID(int=7))
        ]
        assert {(reply.status_code, reply.content) for reply in replies} == {(403, replies[0].content)}

    async def test_of_what_is_readable_is_not_needed(
        self, client: httpx.AsyncClient, house: dict[str, UUID]
    ) -> None:
        marie = await asking(client, "marie")
        reply = await marie.send("POST", f"/customers/{house['anne']}/reveal", WHY)
        assert (reply.status_code, reply.json()["code"]) == (409, "precondition")

    async def test_of_somebody_elses_customer_is_as_of_nobody(
        self, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        theirs = await ines.send("POST", f"/customers/{house['brune']}/reveal", WHY)
        nobodys = await ines.send("POST", f"/customers/{UUID(int=7)}/reveal", WHY)
        assert (theirs.status_code, theirs.content) == (404, nobodys.content)
        assert await connection.fetchval("select count(*) from reveal") == 0

    async def test_of_an_empty_value_is_nothing(
        self, ines: Asking, house: dict[str, UUID], client: httpx.AsyncClient
    ) -> None:
        marie = await asking(client, "marie")
        await marie.send("PATCH", f"/customers/{house['anne']}", {"phone": None})
        reply = await ines.send("POST", f"/customers/{house['anne']}/reveal", WHY)
        assert (reply.status_code, reply.json()["value"]) == (200, None)

    async def test_has_a_measure(
        self, ines: Asking, house: dict[str, UUID], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reveal_routes, "MOST_AN_HOUR", 2)
        door = f"/customers/{house['anne']}/reveal"
        statuses = [(await ines.send("POST", door, WHY)).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"field": "phone"},
            WHY | {"reason": ""},
            WHY | {"reason": "a\u0007bc"},
            WHY | {"field": "karma"},
        ],
    )
    async def test_needs_a_field_and_a_reason(
        self, ines: Asking, house: dict[str, UUID], body: dict[str, str]
    ) -> None:
        reply = await ines.send("POST", f"/customers/{house['anne']}/reveal", body)
        assert reply.status_code in (400, 422)

    async def test_asks_for_a_sign_in(self, client: httpx.AsyncClient, house: dict[str, UUID]) -> None:
        assert (await client.post(f"/v1/customers/{house['anne']}/reveal", json=WHY)).status_code == 401
