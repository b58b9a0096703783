"""The list of conflicts and the decision, over HTTP."""

from uuid import UUID, uuid4

import httpx
import pytest

from schemas.mutations import SetField
from tests.server.people import enrol, envelope
from tests.server.replication.double import Double
from tests.server.rest.house import Asking, asking

pytestmark = pytest.mark.anyio


@pytest.fixture
async def conflict(client: httpx.AsyncClient, house: dict[str, UUID]) -> UUID:
    """Luc and Ines have both changed Anne's name; Luc's word waits for a decision."""
    ines = await asking(client, "ines")
    assert (
        await ines.send("PATCH", f"/customers/{house['anne']}", {"family_name": "Durant"})
    ).status_code == 200
    luc = await Double.of(client, "luc", await enrol(client))
    said = SetField(field="family_name", value="Durrand")
    (outcome,) = (await luc.push(envelope(house["anne"], said, base={"family_name": 1}, seq=1))).outcomes
    return UUID(outcome.detail["conflict_id"])


@pytest.fixture
async def luc(client: httpx.AsyncClient, conflict: UUID) -> Asking:
    return await asking(client, "luc")


class TestTheList:
    async def test_is_of_ones_own_conflicts(self, luc: Asking, ines: Asking, conflict: UUID) -> None:
        (card,) = (await luc.get("/conflicts")).json()["data"]
        assert card["conflict_id"] == str(conflict)
        assert (card["field"], card["mine"], card["theirs"]) == ("family_name", "Durrand", "Durant")
        assert card["customer"]["given_name"] == "Anne"
        assert (await ines.get("/conflicts")).json()["data"] == []

    async def test_is_of_a_managers_stores(
        self, client: httpx.AsyncClient, conflict: UUID, connection: object
    ) -> None:
        marie = await asking(client, "marie")
        assert len((await marie.get("/conflicts")).json()["data"]) == 1
        await connection.execute(  # type: ignore[attr-defined]
            "update associate set stores = '{nice}' where code = 'marie'"
        )
        assert (await marie.get("/conflicts")).json()["data"] == []

    async def test_asks_for_a_sign_in(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/conflicts")).status_code == 401
        assert (await client.post(f"/v1/conflicts/{uuid4()}/resolve", json={})).status_code == 401


class TestResolving:
    async def test_sets_the_word_that_is_kept(
        self, luc: Asking, conflict: UUID, house: dict[str, UUID]
    ) -> None:
        for _ in range(2):
            reply = await luc.send("POST", f"/conflicts/{conflict}/resolve", {"keep": "mine"})
            assert (reply.status_code, reply.json()["keep"]) == (200, "mine")
        assert (await luc.get(f"/customers/{house['anne']}")).json()["family_name"] == "Durrand"
        assert (await luc.get("/conflicts")).json()["data"] == []

    async def test_is_not_for_a_colleague(self, ines: Asking, conflict: UUID) -> None:
        theirs = await ines.send("POST", f"/conflicts/{conflict}/resolve", {"keep": "mine"})
        nobodys = await ines.send("POST", f"/conflicts/{uuid4()}/resolve", {"keep": "mine"})
        assert (theirs.status_code, theirs.content) == (404, nobodys.content)

    async def test_shows_a_third_word_before_it_decides(
        self, luc: Asking, ines: Asking, conflict: UUID, house: dict[str, UUID]
    ) -> None:
        await ines.send("PATCH", f"/customers/{house['anne']}", {"family_name": "Dupont"})
        reply = await luc.send("POST", f"/conflicts/{conflict}/resolve", {"keep": "mine"})
        assert (reply.status_code, reply.json()["code"]) == (409, "stale")
        (card,) = (await luc.get("/conflicts")).json()["data"]
        assert card["theirs"] == "Dupont"
        assert (await luc.send("POST", f"/conflicts/{conflict}/resolve", {"keep": "mine"})).status_code == 200

    @pytest.mark.parametrize("body", [{}, {"keep": "both"}, {"keep": None}, {"keep": "mine", "x": 1}, [], 1])
    async def test_refuses_another_word(self, luc: Asking, conflict: UUID, body: object) -> None:
        reply = await luc.send("POST", f"/conflicts/{conflict}/resolve", body)
        assert reply.status_code in (400, 422)
