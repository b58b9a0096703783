"""What proves a consent: published wordings, the hash of what was shown, the signature."""

from uuid import UUID

import httpx
import pytest

from schemas.wording import wording_hash
from server.database.pool import Connection
from tests.server.rest.house import Asking, asking

pytestmark = pytest.mark.anyio

DOOR = "/consent-wordings/email/marketing/2026-11"
TEXTS = {"texts": {"fr": "La maison peut m'écrire par e-mail.", "en": "The house may write to me."}}
SIGNED = [[10, 10, 50, 60, 90, 10, 130, 60, 170, 10, 210, 60, 250, 10, 290, 60]]
SAID = {
    "brand": "maison",
    "channel": "email",
    "purpose": "marketing",
    "state": "granted",
    "wording": "2026-11",
    "language": "fr",
    "how": "signature",
    "wording_hash": wording_hash("2026-11", "fr", TEXTS["texts"]["fr"]),
    "signature": SIGNED,
}


@pytest.fixture
async def henri(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    """Of head office."""
    return await asking(client, "henri")


class TestWordings:
    async def test_are_drafted_then_published_and_never_changed(
        self, henri: Asking, connection: Connection
    ) -> None:
        for texts in ({"texts": {"fr": "Une première idée."}}, TEXTS):
            assert (await henri.send("PUT", DOOR, texts)).status_code == 200
        assert (await henri.send("POST", f"{DOOR}/publish")).json()["published_at"] > 0

        again = await henri.send("PUT", DOOR, {"texts": {"fr": "Autre chose, en douce."}})

        assert (again.status_code, again.json()["code"]) == (409, "already_exists")
        listed = (await henri.get("/consent-wordings")).json()["data"]
        assert [(each["version"], each["texts"]) for each in listed] == [("2026-11", TEXTS["texts"])]
        told = await connection.fetchval("select body from fragment where grp = 'wording'")
        assert TEXTS["texts"]["fr"] in str(told)
        lines = await connection.fetch(
            "select action from audit_event where action like 'consent.%' order by id"
        )
        assert [row["action"] for row in lines] == [
            "consent.wording_drafted",
            "consent.wording_drafted",
            "consent.wording_published",
        ]

    async def test_reach_a_tablet_once_however_often_they_are_published(
        self, henri: Asking, connection: Connection
    ) -> None:
        await henri.send("PUT", DOOR, TEXTS)
        first = (await henri.send("POST", f"{DOOR}/publish")).json()
        second = (await henri.send("POST", f"{DOOR}/publish")).json()

        assert first == second
        assert await connection.fetchval("select count(*) from fragment where grp = 'wording'") == 1

    async def test_are_head_offices_business(self, ines: Asking, house: dict[str, UUID]) -> None:
        for method, path, body in (
            ("GET", "/consent-wordings", None),
            ("PUT", DOOR, TEXTS),
            ("POST", f"{DOOR}/publish", None),
            ("POST", f"{DOOR}/expire", None),
        ):
            reply = await ines.send(method, path, body)
            assert (reply.status_code, reply.json()["code"]) == (403, "not_allowed"), path

    async def test_that_nobody_wrote_cannot_be_published(self, henri: Asking) -> None:
        assert (await henri.send("POST", f"{DOOR}/publish")).status_code == 404
        assert (await henri.send("POST", f"{DOOR}/expire")).status_code == 404

    async def test_take_no_hostile_words(self, henri: Asking) -> None:
        for path, body in (
            ("/consent-wordings/pigeon/marketing/1", TEXTS),
            ("/consent-wordings/email/whatever/1", TEXTS),
            ("/consent-wordings/email/marketing/A B", TEXTS),
            (DOOR, {"texts": {}}),
            (DOOR, {"texts": {"fr": "x"}}),
            (DOOR, {"texts": {"FRENCH!": "Une phrase assez longue."}}),
        ):
            assert 400 <= (await henri.send("PUT", path, body)).status_code < 500, (path, body)


class TestProof:
    async def test_shows_the_text_as_it_was_shown_and_the_signature(
        self, henri: Asking, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await henri.send("PUT", DOOR, TEXTS)
        await henri.send("POST", f"{DOOR}/publish")
        anne = f"/customers/{house['anne']}"
        said = await ines.send("POST", f"{anne}/consents", SAID)
        event = said.json()["ledger"]["data"][0]

        proof = (await ines.get(f"{anne}/consents/{event['event_id']}/proof")).json()

        assert proof["text"] == TEXTS["texts"]["fr"]
        assert proof["hash_holds"] is True
        assert "<polyline" in proof["signature"]
        assert proof["event"]["author"] and proof["event"]["store"] == "lyon"
        asked = f"{anne}/may-contact?channel=email&purpose=marketing"
        assert (await ines.get(asked)).json() == {"allowed": True, "reason": "granted"}
        read = "select count(*) from audit_event where action = 'customer.consent_proof_read'"
        assert await connection.fetchval(read) == 1

    async def test_is_kept_and_counts_for_nothing_until_its_wording_is_known(
        self, henri: Asking, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        await connection.execute("update customer set purchases = null where id = $1", house["anne"])
        await connection.execute(
            "update fragment set body = (body::jsonb #- '{values,purchases}')::json where record_id = $1",
            house["anne"],
        )
        anne = f"/customers/{house['anne']}"
        asked = f"{anne}/may-contact?channel=email&purpose=marketing"
        await ines.send("POST", f"{anne}/consents", SAID)
        before = (await ines.get(asked)).json()
        await henri.send("PUT", DOOR, TEXTS)
        draft = (await ines.get(asked)).json()
        await henri.send("POST", f"{DOOR}/publish")

        assert before == draft == {"allowed": False, "reason": "unproven"}
        assert (await ines.get(asked)).json() == {"allowed": True, "reason": "granted"}

    async def test_notices_a_text_that_was_not_the_published_one_and_counts_no_yes_to_it(
        self, henri: Asking, ines: Asking, house: dict[str, UUID]
    ) -> None:
        door = "/consent-wordings/email/profiling/2026-11"
        await henri.send("PUT", door, TEXTS)
        await henri.send("POST", f"{door}/publish")
        anne = f"/customers/{house['anne']}"
        to_another = SAID | {"purpose": "profiling", "wording_hash": "0" * 64}
        said = await ines.send("POST", f"{anne}/consents", to_another)
        event = said.json()["ledger"]["data"][0]["event_id"]

        assert (await ines.get(f"{anne}/consents/{event}/proof")).json()["hash_holds"] is False
        asked = f"{anne}/may-contact?channel=email&purpose=profiling"
        assert (await ines.get(asked)).json() == {"allowed": False, "reason": "unproven"}

        await ines.send("POST", f"{anne}/consents", SAID | {"purpose": "profiling"})
        assert (await ines.get(asked)).json() == {"allowed": True, "reason": "granted"}

    async def test_of_somebody_elses_customer_or_of_nothing_is_not_found(
        self, ines: Asking, house: dict[str, UUID], connection: Connection
    ) -> None:
        event = await connection.fetchval("select id from consent_event limit 1")
        for customer, statement in (
            (house["brune"], event),
            (house["anne"], UUID(int=7)),
            (UUID(int=7), event),
        ):
            reply = await ines.get(f"/customers/{customer}/consents/{statement}/proof")
            assert (reply.status_code, reply.json()["code"]) == (404, "not_found")

    async def test_takes_no_flood_for_a_signature(self, ines: Asking, house: dict[str, UUID]) -> None:
        for strokes in ([[1, 1]] * 41, [[5] * 1202], [[1, 999] * 20], [[1, 2, 3]], [[-1] * 20]):
            reply = await ines.send(
                "POST", f"/customers/{house['anne']}/consents", SAID | {"signature": strokes}
            )
            assert 400 <= reply.status_code < 500, reply.text
