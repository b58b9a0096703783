"""Cards, lines and edits of one tablet."""

from pathlib import Path
from uuid import UUID

import pytest

from schemas.customer import FieldInvalid
from schemas.engagement import NoteLevel
from schemas.ids import record_id_of
from schemas.mutations import AddElement, CreateCustomer, PutEntry, RemoveElement, SetField, WriteNote
from schemas.staff import Role
from schemas.visibility import Level
from sync.reducer import NotAllowedHere
from sync.replica.database import open_store
from sync.replica.store import NotSetUp, Store
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.tablet import Tablet

CLAIRE = UUID(int=1)
DEVICE = UUID(int=90)


@pytest.fixture
def server() -> ModelServer:
    server = ModelServer()
    server.put_customer(
        CLAIRE,
        {
            "given_name": "Claire",
            "family_name": "Lefèvre",
            "town": "Lyon",
            "phone": "+33612345678",
            "email": "claire@exemple.fr",
            "birth_date": "1980-05-12",
            "address": {"line1": "3 rue Mercière"},
            "sizes": {"shoes": {"value": "38"}},
            "likes": {"bleu": [str(UUID(int=7))]},
            "loyalty": {"tier": "gold", "points": 1800},
            "loyalty_card": "C000042",
            "home_store": "lyon",
        },
        scopes=["store:lyon"],
    )
    return server


@pytest.fixture
def tablet(server: ModelServer) -> Tablet:
    tablet = Tablet(":memory:", server, device=DEVICE, durable=False)
    tablet.sync()
    return tablet


class TestCard:
    def test_shows_what_the_lens_shows_and_nothing_else(self, tablet: Tablet) -> None:
        card = tablet.store.card(CLAIRE)
        assert card is not None
        assert card.values["given_name"] == "Claire"
        assert card.values["phone"] == "•• •• •• 78"
        assert "address" not in card.values
        assert card.levels["phone"] == Level.MASKED
        assert "address" not in card.levels

    def test_shows_an_edit_at_once_and_says_that_it_waits(self, tablet: Tablet) -> None:
        tablet.edit(CLAIRE, SetField(field="town", value="Annecy"))
        card = tablet.store.card(CLAIRE)
        assert card is not None
        assert card.values["town"] == "Annecy"
        assert card.pending_fields == {"town"}
        assert card.stamps["town"].author == tablet.author

    def test_is_none_for_a_stranger(self, tablet: Tablet) -> None:
        assert tablet.store.card(UUID(int=2)) is None

    def test_masks_own_words_in_a_field_that_is_masked(self, tablet: Tablet) -> None:
        new = tablet.store.new_id(tablet.now)
        tablet.edit(new, CreateCustomer(values={"family_name": "Durand", "phone": "+33699887766"}))
        card = tablet.store.card(new)
        assert card is not None
        assert card.values == {"family_name": "Durand", "phone": "•• •• •• 66", "notes": []}

    def test_keeps_a_masked_collection_apart_from_edits_of_it(self, tablet: Tablet) -> None:
        tablet.edit(CLAIRE, PutEntry(field="social_handles", key="x", value={"handle": "claire"}))
        card = tablet.store.card(CLAIRE)
        assert card is not None and card.values["social_handles"] == "•••"

    def test_shows_a_private_note_to_its_author(self, tablet: Tablet) -> None:
        note = WriteNote(note_id=tablet.store.new_id(tablet.now), text="aime le lin", level=NoteLevel.PRIVATE)
        tablet.edit(CLAIRE, note)
        tablet.sync()
        card = tablet.store.card(CLAIRE)
        assert card is not None and [each["text"] for each in card.values["notes"]] == ["aime le lin"]

    def test_keeps_a_private_note_from_a_colleague(self, tablet: Tablet, server: ModelServer) -> None:
        note = WriteNote(note_id=tablet.store.new_id(tablet.now), text="aime le lin", level=NoteLevel.PRIVATE)
        tablet.edit(CLAIRE, note)
        tablet.sync()
        other = Tablet(":memory:", server, device=UUID(int=91), durable=False)
        other.sync()
        card = other.store.card(CLAIRE)
        assert card is not None and card.values["notes"] == []


class TestSubmit:
    def test_quotes_the_revision_the_server_told_whatever_waits_above_it(self, tablet: Tablet) -> None:
        first = tablet.edit(CLAIRE, SetField(field="town", value="Annecy"))
        second = tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        assert (first.base, second.base) == ({"town": 1}, {"town": 1})

    def test_numbers_edits_without_a_hole_and_gives_growing_readings(self, tablet: Tablet) -> None:
        edits = [tablet.edit(CLAIRE, AddElement(field="likes", element=f"n{i}")) for i in range(3)]
        assert [edit.seq for edit in edits] == [1, 2, 3]
        assert edits[0].hlc < edits[1].hlc < edits[2].hlc

    def test_gives_growing_readings_when_the_clock_jumps_back(self, tablet: Tablet) -> None:
        first = tablet.edit(CLAIRE, SetField(field="town", value="Annecy"))
        tablet.now -= 86_400_000
        assert tablet.edit(CLAIRE, SetField(field="town", value="Nice")).hlc > first.hlc

    def test_corrects_a_clock_that_is_years_off(self, server: ModelServer) -> None:
        tablet = Tablet(":memory:", server, device=DEVICE, durable=False)
        tablet.now -= 10 * 365 * 86_400_000
        tablet.sync()
        edit = tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        assert abs((edit.hlc >> 16) - server.now) < 10_000

    @pytest.mark.parametrize(
        ("mutation", "error"),
        [
            (SetField(field="language", value="not a language"), FieldInvalid),
            (SetField(field="nonsense", value=1), FieldInvalid),
            (SetField(field="spend", value={}), NotAllowedHere),
            (AddElement(field="town", element="x"), NotAllowedHere),
        ],
    )
    def test_keeps_nothing_of_an_edit_that_does_not_fit(
        self, tablet: Tablet, mutation: SetField | AddElement, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            tablet.edit(CLAIRE, mutation)
        assert tablet.store.pending() == []

    def test_needs_to_know_whose_store_it_is(self) -> None:
        store = Store(open_store(":memory:"))
        with pytest.raises(NotSetUp):
            store.submit(CLAIRE, SetField(field="town", value="Nice"), wall_ms=1)

    def test_is_there_after_the_file_is_opened_again(self, tmp_path: Path, server: ModelServer) -> None:
        tablet = Tablet(tmp_path / "store.db", server, device=DEVICE)
        tablet.sync()
        edit = tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        tablet.reopen()
        assert [queued.envelope for queued in tablet.store.pending()] == [edit]
        assert [line.town for line in tablet.store.search("nice")] == ["Nice"]


class TestSearch:
    @pytest.mark.parametrize(
        "query",
        ["lef", "LEFEVRE", "claire lefevre", "lefevre claire", "lefvre", "lefevre lyon", "c000042"],
    )
    def test_finds_her_by(self, tablet: Tablet, query: str) -> None:
        assert [line.record_id for line in tablet.store.search(query)] == [CLAIRE]

    @pytest.mark.parametrize("query", ["0612345678", "claire@exemple.fr", "12345678"])
    def test_does_not_find_by_a_masked_value(self, tablet: Tablet, query: str) -> None:
        assert tablet.store.search(query) == []

    @pytest.mark.parametrize("query", ["06 12 34 56", "+33612345678", "claire@exemple.fr", "claire@"])
    def test_finds_by_contact_for_who_may_read_it(self, server: ModelServer, query: str) -> None:
        manager = Tablet(":memory:", server, device=DEVICE, role=Role.STORE_MANAGER, durable=False)
        manager.sync()
        assert [line.record_id for line in manager.store.search(query)] == [CLAIRE]

    @pytest.mark.parametrize(
        ("facet", "found"),
        [("tier:gold", 1), ("tier:black", 0), ("size:shoes=38", 1), ("like:bleu", 1), ("birthday:05", 1)],
    )
    def test_filters_by(self, tablet: Tablet, facet: str, found: int) -> None:
        assert len(tablet.store.search("", [facet])) == found

    def test_finds_a_customer_made_offline(self, tablet: Tablet) -> None:
        new = tablet.store.new_id(tablet.now)
        tablet.edit(new, CreateCustomer(values={"family_name": "Nguyễn", "given_name": "Thu"}))
        assert [line.pending for line in tablet.store.search("nguyen")] == [2]

    def test_follows_an_edit(self, tablet: Tablet) -> None:
        tablet.edit(CLAIRE, SetField(field="family_name", value="Garnier"))
        assert [line.family_name for line in tablet.store.search("garnier")] == ["Garnier"]
        assert tablet.store.search("lefevre") == []


class TestRecent:
    def test_lists_the_latest_look_first(self, tablet: Tablet, server: ModelServer) -> None:
        server.put_customer(UUID(int=2), {"family_name": "Durand"}, scopes=["store:lyon"])
        tablet.sync()
        tablet.store.note_seen(CLAIRE, 1)
        tablet.store.note_seen(UUID(int=2), 2)
        tablet.store.note_seen(CLAIRE, 3)
        assert [line.record_id for line in tablet.store.recent()] == [CLAIRE, UUID(int=2)]


class TestDirectory:
    def test_knows_products_shops_and_colleagues(self, tablet: Tablet, server: ModelServer) -> None:
        product = {
            "sku": "BAG-1", "name": {"fr": "Sac", "en": "Bag"}, "family": "bags",
            "price": {"amount": 12500, "currency": "EUR"},
        }  # fmt: skip
        shop = {"code": "lyon", "name": "Lyon", "city": "Lyon", "brand": "maison", "zone": "south"}
        colleague = {"associate_id": str(UUID(int=5)), "display_name": "Inès M.", "role": "seller"}
        server.put_public(record_id_of("product", "BAG-1"), "product", "catalog", product)
        server.put_public(record_id_of("store", "lyon"), "store", "catalog", shop)
        server.put_public(record_id_of("associate", str(UUID(int=5))), "associate", "catalog", colleague)
        tablet.sync()
        found = tablet.store.product("BAG-1")
        assert found is not None and found.price.amount == 12500
        assert [each.sku for each in tablet.store.products()] == ["BAG-1"]
        assert [each.city for each in tablet.store.shops()] == ["Lyon"]
        known = tablet.store.associate(UUID(int=5))
        assert known is not None and known.display_name == "Inès M."
        assert tablet.store.product("NO") is None
        assert [line.record_id for line in tablet.store.search("")] == [CLAIRE]


class TestStatus:
    def test_says_what_waits_and_how_fresh_the_copy_is(self, tablet: Tablet) -> None:
        tablet.edit(CLAIRE, RemoveElement(field="likes", element="bleu", seen=(UUID(int=7),)))
        status = tablet.store.status()
        assert (status.pending, status.oldest_pending_at, status.customers) == (1, tablet.now, 1)
        assert status.last_full_sync == tablet.server.now
        assert status.lease_until is not None
