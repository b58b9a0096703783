"""Customers merged and unmerged at head office while tablets edit them without a network."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import AddElement, CreateCustomer, PutEntry, SetField, WriteNote
from tests.server.people import hire_everybody
from tests.server.rest.house import Asking, asking
from tests.sync.replica.test_real_server import Replica, replica_of, wall_ms

pytestmark = pytest.mark.anyio


@pytest.fixture
async def manager(client: httpx.AsyncClient, connection: Any, tmp_path: Path) -> Replica:
    await hire_everybody(connection)
    replica = await replica_of(client, tmp_path / "manager.db", "marie")
    await replica.sync()
    return replica


@pytest.fixture
async def seller(client: httpx.AsyncClient, manager: Replica, tmp_path: Path) -> Replica:
    replica = await replica_of(client, tmp_path / "seller.db", "ines")
    await replica.sync()
    return replica


@pytest.fixture
async def henri(client: httpx.AsyncClient, manager: Replica) -> Asking:
    return await asking(client, "henri")


async def made(replica: Replica, **values: Any) -> UUID:
    her = replica.store.new_id(wall_ms())
    replica.store.submit(her, CreateCustomer(values=values), wall_ms=wall_ms())
    await replica.sync()
    return her


async def merge(henri: Asking, loser: UUID, winner: UUID, **keep: str) -> None:
    reply = await henri.send("POST", f"/customers/{loser}/merge", {"into": str(winner), "keep": keep})
    assert reply.status_code == 200, reply.text


def listed(replica: Replica, query: str) -> list[UUID]:
    return [line.record_id for line in replica.store.search(query)]


class TestMergedWhileOffline:
    async def test_edits_follow_to_the_survivor_on_every_tablet(
        self, manager: Replica, seller: Replica, henri: Asking
    ) -> None:
        anne = await made(manager, given_name="Anne", family_name="Durand", town="Lyon", language="fr")
        anna = await made(manager, given_name="Anna", family_name="Durand", town="Nice", title="Mme")
        await seller.sync()
        seller.store.note_seen(anna, wall_ms())
        now = wall_ms()
        note = WriteNote(note_id=seller.store.new_id(now), text="vient le samedi", level=NoteLevel.STORE)
        for edit in (
            AddElement(field="likes", element="soie"),
            PutEntry(field="sizes", key="ring", value={"value": "52"}),
            note,
            SetField(field="title", value="Dr"),
            SetField(field="title", value="Pr"),
            SetField(field="town", value="Cannes"),
        ):
            seller.store.submit(anna, edit, wall_ms=now)

        await merge(henri, anna, anne, town="into")
        await manager.sync()
        await seller.sync()

        assert listed(seller, "durand") == listed(manager, "durand") == [anne]
        assert [line.record_id for line in seller.store.recent()] == [anne]
        assert seller.store.card(anna) is None and seller.store.survivor(anna) == anne
        card = seller.store.card(anne)
        assert card is not None
        assert (card.values["title"], card.values["town"]) == ("Pr", "Lyon")
        assert "soie" in card.values["likes"] and card.values["sizes"]["ring"]["value"] == "52"
        assert [each["text"] for each in card.values["notes"]] == ["vient le samedi"]
        (problem,) = seller.store.problems()
        assert (problem.state, problem.record_id, problem.detail["field"]) == ("conflict", anne, "town")
        await manager.sync()
        other = manager.store.card(anne)
        assert other is not None and other.values["title"] == "Pr"

    async def test_unanswered_edits_show_on_the_survivors_card_before_they_are_sent(
        self, manager: Replica, seller: Replica, henri: Asking
    ) -> None:
        anne = await made(manager, given_name="Anne", family_name="Durand")
        anna = await made(manager, given_name="Anna", family_name="Durand")
        await seller.sync()
        await merge(henri, anna, anne)
        await seller.sync()

        seller.line.cut = True
        seller.store.submit(anna, AddElement(field="likes", element="lin"), wall_ms=wall_ms())

        card = seller.store.card(anne)
        assert card is not None and "lin" in card.values["likes"] and card.pending_fields == {"likes"}

    async def test_a_chain_of_merges_is_walked_to_its_end(
        self, manager: Replica, seller: Replica, henri: Asking
    ) -> None:
        first, second, third = [await made(manager, given_name=name, family_name="Durand") for name in "ABC"]
        await seller.sync()
        seller.store.submit(first, AddElement(field="likes", element="lin"), wall_ms=wall_ms())
        await merge(henri, first, second)
        await merge(henri, second, third)
        await seller.sync()
        assert seller.store.survivor(first) == third and listed(seller, "durand") == [third]
        card = seller.store.card(third)
        assert card is not None and "lin" in card.values["likes"]


class TestUnmergedWhileOffline:
    async def test_both_come_back_with_what_is_theirs(
        self, manager: Replica, seller: Replica, henri: Asking
    ) -> None:
        anne = await made(manager, given_name="Anne", family_name="Durand", town="Lyon")
        anna = await made(manager, given_name="Anna", family_name="Durand", town="Nice")
        await seller.sync()
        seller.store.submit(anna, AddElement(field="likes", element="anna's"), wall_ms=wall_ms())
        await merge(henri, anna, anne, town="this")
        await seller.sync()
        seller.store.submit(anne, AddElement(field="likes", element="anne's"), wall_ms=wall_ms())
        seller.store.submit(anne, SetField(field="town", value="Annecy"), wall_ms=wall_ms())
        assert (await henri.send("POST", f"/customers/{anna}/unmerge")).status_code == 200
        await seller.sync()
        await manager.sync()

        for replica in (seller, manager):
            assert sorted(listed(replica, "durand")) == sorted([anne, anna])
            hers, theirs = replica.store.card(anne), replica.store.card(anna)
            assert hers is not None and theirs is not None
            assert set(hers.values["likes"]) == {"anne's"} and set(theirs.values["likes"]) == {"anna's"}
            assert theirs.values["town"] == "Nice"
            assert replica.store.survivor(anna) is None

    async def test_an_edit_of_the_one_who_came_back_is_hers(
        self, manager: Replica, seller: Replica, henri: Asking
    ) -> None:
        anne = await made(manager, given_name="Anne", family_name="Durand")
        anna = await made(manager, given_name="Anna", family_name="Durand", title="Mme")
        await seller.sync()
        await merge(henri, anna, anne)
        await henri.send("POST", f"/customers/{anna}/unmerge")
        seller.store.submit(anna, SetField(field="title", value="Dr"), wall_ms=wall_ms())
        await seller.sync()
        await manager.sync()
        card = manager.store.card(anna)
        assert card is not None and card.values["title"] == "Dr"
        assert seller.store.problems() == []
