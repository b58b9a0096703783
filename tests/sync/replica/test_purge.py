"""What a person may no longer see is gone from every byte of the tablet's files before the next screen."""

from pathlib import Path
from uuid import UUID

import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import SetField, WriteNote
from schemas.staff import Role
from sync.replica import store
from sync.replica.pull import apply_page, next_pull
from sync.replica.searching import Search
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.tablet import Tablet, in_clear

KEY = bytes(range(32))
DEVICE = UUID(int=90)
CUSTOMERS = [UUID(int=number) for number in range(1, 61)]
CLAIRE, FAR = CUSTOMERS[0], CUSTOMERS[-1]
NOTE = "Le mot de passe du club est mimosa."


@pytest.fixture(params=[None, KEY], ids=["plain", "encrypted"])
def key(request: pytest.FixtureRequest) -> bytes | None:
    chosen: bytes | None = request.param
    return chosen


@pytest.fixture
def server() -> ModelServer:
    server = ModelServer()
    for number, customer in enumerate(CUSTOMERS):
        values = {
            "family_name": f"Famille{number:03}",
            "town": f"Bourg{number:03}",
            "phone": f"+336{number:08}",
            "email": f"adresse{number:03}@exemple.test",
        }
        scopes = ["store:lyon"] if number % 2 == 0 else ["store:nice"]
        server.put_customer(customer, values, scopes=scopes)
    return server


@pytest.fixture
def tablet(tmp_path: Path, server: ModelServer, key: bytes | None) -> Tablet:
    """A manager's tablet of two stores, after some work: edits answered, cards seen, pages rewritten."""
    tablet = Tablet(
        tmp_path / "store.db",
        server,
        device=DEVICE,
        role=Role.STORE_MANAGER,
        stores=("lyon", "nice"),
        key=key,
    )
    tablet.sync()
    tablet.edit(CLAIRE, SetField(field="phone", value="+33799999999"))
    tablet.edit(CLAIRE, WriteNote(note_id=UUID(int=700), text=NOTE, level=NoteLevel.STORE))
    tablet.sync()
    tablet.edit(CLAIRE, SetField(field="phone", value="+33788888888"))
    tablet.sync()
    for customer in CUSTOMERS[::3]:
        tablet.store.note_seen(customer, tablet.now)
    return tablet


def purge(tablet: Tablet, server: ModelServer) -> None:
    """Take the one page that tells the tablet of its loss; nothing more is drawn before."""
    asked = next_pull(tablet.store, wall_ms=tablet.now)
    apply_page(tablet.store, asked, server.pull(asked), wall_ms=tablet.now)


class TestALostField:
    def test_is_in_the_files_before(self, tablet: Tablet, tmp_path: Path) -> None:
        content = in_clear(tablet, tmp_path)
        assert b"+33788888888" in content and b"adresse004@exemple.test" in content

    def test_leaves_no_byte(self, tablet: Tablet, server: ModelServer, tmp_path: Path) -> None:
        server.become(DEVICE, role=Role.SELLER)
        purge(tablet, server)
        content = in_clear(tablet, tmp_path)
        assert b"788888888" not in content and b"799999999" not in content  # as the search index has them
        for number in range(len(CUSTOMERS)):
            assert f"+336{number:08}".encode() not in content, number
            assert f"adresse{number:03}@exemple.test".encode() not in content, number
        assert b"Famille002" in content

    def test_is_neither_found_nor_listed(self, tablet: Tablet, server: ModelServer) -> None:
        assert [found.record_id for found in tablet.store.search("07 88 88 88 88")] == [CLAIRE]
        server.become(DEVICE, role=Role.SELLER)
        purge(tablet, server)
        assert tablet.store.search("07 88 88 88 88") == []
        assert tablet.store.search("adresse004@exemple.test") == []
        assert all(summary.phone is None for summary in tablet.store.recent(50))


class TestALostStore:
    def test_leaves_no_byte_of_its_customers(
        self, tablet: Tablet, server: ModelServer, tmp_path: Path
    ) -> None:
        server.become(DEVICE, stores=("nice",))
        purge(tablet, server)
        content = in_clear(tablet, tmp_path)
        for number in range(0, len(CUSTOMERS), 2):
            assert f"Famille{number:03}".encode() not in content, number
            assert f"Bourg{number:03}".encode() not in content, number
        assert NOTE.encode() not in content
        assert b"Famille001" in content

    def test_takes_recents_and_search_with_it(self, tablet: Tablet, server: ModelServer) -> None:
        server.become(DEVICE, stores=("nice",))
        purge(tablet, server)
        held = set(CUSTOMERS[1::2])
        assert {summary.record_id for summary in tablet.store.recent(50)} <= held
        assert {summary.record_id for summary in tablet.store.search("", limit=500)} == held

    def test_keeps_the_edits_that_wait(self, tablet: Tablet, server: ModelServer, tmp_path: Path) -> None:
        tablet.edit(CLAIRE, SetField(field="town", value="Ville d'attente"))
        server.become(DEVICE, stores=("nice",))
        purge(tablet, server)
        assert [each.envelope.record_id for each in tablet.store.pending()] == [CLAIRE]


class TestAnErasedPerson:
    def test_leaves_no_byte(self, tablet: Tablet, server: ModelServer, tmp_path: Path) -> None:
        tablet.edit(CLAIRE, SetField(field="town", value="Ville d'attente"))
        server.erase(CLAIRE)
        purge(tablet, server)
        content = in_clear(tablet, tmp_path)
        for word in ("Famille000", "Bourg000", "+33788888888", NOTE, "Ville d'attente"):
            assert word.encode() not in content, word


class TestAPlantedResidue:
    """What a role lost and one place keeps all the same is noticed by the same search."""

    def narrowed(self, tablet: Tablet, server: ModelServer, folder: Path) -> bytes:
        server.become(DEVICE, role=Role.SELLER)
        purge(tablet, server)
        return in_clear(tablet, folder)

    def test_is_found_in_pages_that_were_freed(
        self, tablet: Tablet, server: ModelServer, tmp_path: Path
    ) -> None:
        tablet.store.connection.execute("pragma secure_delete = off")
        assert b"adresse004@exemple.test" in self.narrowed(tablet, server, tmp_path)

    def test_is_found_in_the_write_ahead_log(
        self, tablet: Tablet, server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store, "forget_deleted", lambda connection: None)
        assert b"adresse004@exemple.test" in self.narrowed(tablet, server, tmp_path)

    def test_is_found_in_the_search_index(
        self, tablet: Tablet, server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tablet.store.customers.pack_after()
        with tablet.store.change():
            pass
        monkeypatch.setattr(Search, "pack_after", lambda self: None)
        assert b"788888888" in self.narrowed(tablet, server, tmp_path)
