"""Search in notes on a tablet without a line: every word, however written, and nothing beyond its reader."""

from typing import Any
from uuid import UUID

import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import CreateCustomer, WithdrawNote, WriteNote
from schemas.staff import Role
from sync.replica.note_search import EXCERPT, NoteSearch, excerpt
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.tablet import Tablet

CLAIRE, ADA, FAR = UUID(int=1), UUID(int=2), UUID(int=3)
DEVICE = UUID(int=90)
COLLEAGUE = str(UUID(int=4))


def note(number: int, text: str, level: str = "store", **other: Any) -> dict[str, Any]:
    told = {"author": COLLEAGUE, "at": number * 1000, "store": "lyon"}
    return {"note_id": str(UUID(int=500 + number)), "text": text, "level": level, **told, **other}


@pytest.fixture
def tablet() -> Tablet:
    server = ModelServer()
    server.put_customer(
        CLAIRE,
        {
            "family_name": "Lefèvre",
            "notes": [note(1, "Aime le velours côtelé, pas la soie."), note(4, "Thé.")],
        },
        scopes=["store:lyon"],
    )
    secret = [
        note(2, "Velours en privé", "private"),
        note(3, "Velours à Nice", store="nice"),
        note(5, "Velours pour tous", "brand"),
    ]
    server.put_customer(ADA, {"family_name": "Roche", "notes": secret}, scopes=["store:lyon"])
    server.put_customer(
        FAR, {"family_name": "Blin", "notes": [note(6, "Velours", "brand")]}, scopes=["store:nice"]
    )
    tablet = Tablet(":memory:", server, device=DEVICE, durable=False)
    tablet.sync()
    return tablet


def search(tablet: Tablet) -> NoteSearch:
    """Return a search that has read every note."""
    notes = NoteSearch(tablet.store)
    while notes.read_some():
        pass
    return notes


def found(notes: NoteSearch, query: str) -> list[tuple[UUID, str]]:
    return [(hit.who.record_id, hit.excerpt) for hit in notes.find(query, 50)]


class TestNoteSearch:
    def test_finds_words_however_they_are_written_the_newest_first(self, tablet: Tablet) -> None:
        notes = search(tablet)
        velvet = [(ADA, "Velours pour tous"), (CLAIRE, "Aime le velours côtelé, pas la soie.")]
        assert found(notes, "VELOURS") == velvet
        assert found(notes, "cotele velou") == velvet[1:]

    def test_wants_every_word_in_one_note(self, tablet: Tablet) -> None:
        assert found(search(tablet), "velours thé") == []
        assert found(search(tablet), " ") == []

    def test_tells_no_note_of_another_store_person_or_scope(self, tablet: Tablet) -> None:
        notes = search(tablet)
        assert found(notes, "privé") == found(notes, "nice") == []
        assert FAR not in {who for who, _ in found(notes, "velours")}

    def test_finds_what_was_just_written_and_not_what_was_taken_back(self, tablet: Tablet) -> None:
        notes = search(tablet)
        mine = UUID(int=700)
        tablet.edit(CLAIRE, WriteNote(note_id=mine, text="Attend la malle", level=NoteLevel.STORE))
        assert found(notes, "malle") == []  # told to nobody yet
        notes.changed({CLAIRE})
        assert found(notes, "malle") == [(CLAIRE, "Attend la malle")]

        tablet.edit(CLAIRE, WithdrawNote(note_id=mine))
        assert found(notes, "malle") == []

    def test_finds_what_waited_before_the_first_search(self, tablet: Tablet) -> None:
        new = tablet.store.new_id(tablet.now)
        tablet.edit(new, CreateCustomer(values={"family_name": "Durand"}))
        tablet.edit(new, WriteNote(note_id=UUID(int=701), text="Cherche un kilim", level=NoteLevel.STORE))
        assert found(search(tablet), "kilim") == [(new, "Cherche un kilim")]

    def test_tells_nothing_any_more_of_what_a_role_lost(self, tablet: Tablet) -> None:
        notes = search(tablet)
        assert found(notes, "velours")
        person = tablet.server.people[DEVICE]
        person.stores = ("nice",)
        tablet.sync()
        notes.changed({FAR})
        assert {who for who, _ in found(notes, "velours")} <= {FAR}

    def test_shows_no_masked_field_as_a_note(self) -> None:
        server = ModelServer()
        server.put_customer(
            CLAIRE, {"family_name": "Lefèvre", "notes": [note(1, "velours", "brand")]}, scopes=["store:lyon"]
        )
        tablet = Tablet(":memory:", server, device=DEVICE, role=Role.LOYALTY_MANAGER, durable=False)
        tablet.sync()
        assert found(search(tablet), "velours") == []


class TestExcerpt:
    def test_shows_the_word_with_some_before_it(self) -> None:
        text = "Est venue avec sa sœur, a longuement essayé le manteau camel en 38, revient samedi."
        assert excerpt(text, ["camel"]) == "…essayé le manteau camel en 38, revient samedi."
        assert excerpt("Camel\n en 38", ["camel"]) == "Camel en 38"

    def test_stays_short(self) -> None:
        assert len(excerpt("camel " + "mot " * 200, ["camel"])) <= EXCERPT + 1
