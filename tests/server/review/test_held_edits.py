"""Edits that did not pass: seen by the manager through his lens, applied by his right or let go."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import CreateCustomer, Mutation, PutEntry, SetField, WriteNote
from server.database.pool import Connection
from tests.server.people import associate_id, customer_id, enrol, envelope
from tests.server.replication.double import Double
from tests.server.rest.house import Asking, asking

pytestmark = pytest.mark.anyio


class Shop:
    """A seller's tablet whose edits are refused, and the manager who looks at them."""

    def __init__(self, anne: UUID, tablet: Double, manager: Asking) -> None:
        self.anne = anne
        self.tablet = tablet
        self.manager = manager
        self.seq = 0

    async def say(self, mutation: Mutation, record_id: UUID | None = None) -> UUID:
        """Push an edit that the server refuses, and return its id."""
        self.seq += 1
        edit = envelope(record_id or self.anne, mutation, seq=self.seq)
        (outcome,) = (await self.tablet.push(edit)).outcomes
        assert outcome.status == "refused", outcome
        return edit.mutation_id

    async def listed(self) -> list[dict[str, Any]]:
        reply = await self.manager.get("/held-edits")
        assert reply.status_code == 200, reply.text
        found: list[dict[str, Any]] = reply.json()["data"]
        return found


@pytest.fixture
async def shop(client: httpx.AsyncClient, house: dict[str, UUID]) -> Shop:
    tablet = await Double.of(client, "ines", await enrol(client))
    await tablet.pull()
    return Shop(house["anne"], tablet, await asking(client, "marie"))


PHONE = SetField(field="phone", value="+33611111111")


class TestTheList:
    async def test_says_what_was_meant_by_whom_and_why_it_did_not_pass(self, shop: Shop) -> None:
        mutation_id = await shop.say(PHONE)
        (edit,) = await shop.listed()
        assert edit["mutation_id"] == str(mutation_id)
        assert edit["customer"] == {"given_name": "Anne", "family_name": "Durand"}
        assert (edit["path"], edit["code"]) == ("phone", "field_not_allowed")
        assert edit["author"] == str(associate_id("ines"))
        assert (edit["said"], edit["standing"]) == ({"phone": PHONE.value}, {"phone": "+33612345678"})

    async def test_shows_values_through_the_managers_own_lens(
        self, shop: Shop, client: httpx.AsyncClient
    ) -> None:
        await shop.say(PHONE)
        await shop.say(SetField(field="address", value={"line1": "3 rue Secrete", "city": "Lyon"}))
        reply = await (await asking(client, "zoe")).get("/held-edits")
        (edit,) = reply.json()["data"]
        assert (edit["said"], edit["standing"]) == ({"phone": "•• •• •• 11"}, {"phone": "•• •• •• 78"})
        assert "Secrete" not in reply.text and "11111111" not in reply.text

    async def test_keeps_a_private_note_private(self, shop: Shop, connection: Connection) -> None:
        await connection.execute(
            "insert into policy (version, document) select 2, document #- '{levels,seller,notes}' from policy"
        )
        for level in (NoteLevel.PRIVATE, NoteLevel.STORE):
            await shop.say(WriteNote(note_id=uuid4(), text=f"Secret {level.value}", level=level))
        assert [edit["said"] for edit in await shop.listed()] == [{"notes": "Secret store"}]

    async def test_is_of_the_managers_own_stores(self, shop: Shop, connection: Connection) -> None:
        await shop.say(PHONE)
        await connection.execute("update associate set stores = '{nice}' where code = 'marie'")
        assert await shop.listed() == []

    @pytest.mark.parametrize("code", ["ines", "camille", "henri", "adam"])
    async def test_is_for_managers(self, shop: Shop, client: httpx.AsyncClient, code: str) -> None:
        mutation_id = await shop.say(PHONE)
        somebody = await asking(client, code)
        for method, path in (
            ("GET", "/held-edits"),
            ("POST", f"/held-edits/{mutation_id}/apply"),
            ("POST", f"/held-edits/{mutation_id}/dismiss"),
        ):
            assert (await somebody.send(method, path)).status_code == 403
        assert (await client.get("/v1/held-edits")).status_code == 401

    async def test_goes_on_where_a_page_ends(self, shop: Shop) -> None:
        said = [str(await shop.say(PHONE)) for _ in range(3)]
        first = (await shop.manager.get("/held-edits?limit=2")).json()
        rest = (await shop.manager.get(f"/held-edits?limit=2&cursor={first['next_cursor']}")).json()
        assert {edit["mutation_id"] for edit in first["data"] + rest["data"]} == set(said)
        assert rest["has_more"] is False


class TestApplying:
    async def test_makes_it_stand_as_the_authors_word_and_tells_his_tablet(
        self, shop: Shop, connection: Connection
    ) -> None:
        mutation_id = await shop.say(PHONE)
        for _ in range(2):
            reply = await shop.manager.send("POST", f"/held-edits/{mutation_id}/apply")
            assert (reply.status_code, reply.json()["review"]) == (200, "applied")
        row = await connection.fetchrow("select phone, stamps from customer where id = $1", shop.anne)
        assert row is not None
        stamp = row["stamps"]["phone"]
        assert (row["phone"], stamp["rev"]) == (PHONE.value, 2)
        assert stamp["author"] == str(associate_id("ines"))
        assert stamp["device"] == str(shop.tablet.tablet.device_id)
        await shop.tablet.pull()
        assert shop.tablet.verdicts == {mutation_id: ("applied", None)}
        assert await shop.listed() == []
        again = envelope(shop.anne, PHONE, seq=1, mutation_id=mutation_id)
        shop.tablet.fence = 1
        (outcome,) = (await shop.tablet.push(again)).outcomes
        assert (outcome.status, outcome.detail["status"]) == ("duplicate", "applied")

    async def test_puts_what_stood_into_the_history(self, shop: Shop) -> None:
        mutation_id = await shop.say(PHONE)
        await shop.manager.send("PATCH", f"/customers/{shop.anne}", {"phone": "+33622222222"})
        assert (await shop.manager.send("POST", f"/held-edits/{mutation_id}/apply")).status_code == 200
        history = (await shop.manager.get(f"/customers/{shop.anne}/history?field=phone")).json()["data"]
        assert [entry["value"] for entry in history] == ["+33622222222", "+33612345678"]

    async def test_needs_the_managers_own_right(self, shop: Shop, client: httpx.AsyncClient) -> None:
        mutation_id = await shop.say(PHONE)
        zoe = await asking(client, "zoe")
        reply = await zoe.send("POST", f"/held-edits/{mutation_id}/apply")
        assert (reply.status_code, reply.json()["code"]) == (403, "field_not_allowed")
        assert [edit["mutation_id"] for edit in await shop.listed()] == [str(mutation_id)]

    async def test_cannot_make_a_computed_value(self, shop: Shop) -> None:
        mutation_id = await shop.say(SetField(field="spend", value=None))
        reply = await shop.manager.send("POST", f"/held-edits/{mutation_id}/apply")
        assert (reply.status_code, reply.json()["code"]) == (403, "field_read_only")

    async def test_makes_a_customer_that_the_author_could_not_make(
        self, shop: Shop, connection: Connection
    ) -> None:
        new = customer_id(77)
        values = {"family_name": "Neuve", "address": {"line1": "1 rue Haute", "city": "Lyon"}}
        mutation_id = await shop.say(CreateCustomer(values=values), new)
        (edit,) = await shop.listed()
        assert edit["said"] == values
        assert (await shop.manager.send("POST", f"/held-edits/{mutation_id}/apply")).status_code == 200
        assert (await shop.manager.get(f"/customers/{new}")).json()["family_name"] == "Neuve"


class TestDismissing:
    async def test_tells_the_authors_tablet_and_changes_nothing(self, shop: Shop) -> None:
        mutation_id = await shop.say(PutEntry(field="sizes", key="shoes", value={"value": ""}))
        for _ in range(2):
            reply = await shop.manager.send("POST", f"/held-edits/{mutation_id}/dismiss")
            assert (reply.status_code, reply.json()["review"]) == (200, "dismissed")
        await shop.tablet.pull()
        assert shop.tablet.verdicts == {mutation_id: ("refused", "dismissed")}
        assert await shop.listed() == []

    async def test_and_applying_exclude_one_another(self, shop: Shop) -> None:
        one, two = await shop.say(PHONE), await shop.say(PHONE)
        await shop.manager.send("POST", f"/held-edits/{one}/dismiss")
        await shop.manager.send("POST", f"/held-edits/{two}/apply")
        for mutation_id, verb in ((one, "apply"), (two, "dismiss")):
            reply = await shop.manager.send("POST", f"/held-edits/{mutation_id}/{verb}")
            assert (reply.status_code, reply.json()["code"]) == (409, "precondition")

    async def test_of_nothing_is_not_found(self, shop: Shop) -> None:
        for verb in ("apply", "dismiss"):
            assert (await shop.manager.send("POST", f"/held-edits/{uuid4()}/{verb}")).status_code == 404
