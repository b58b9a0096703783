"""The tablet without a screen: it notices when something is lost or leaks."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from loadtests.ledger import Ledger
from loadtests.simulated_tablet import PromiseBroken, SimulatedTablet
from schemas.staff import Role
from tests.sync.replica.model_server import ModelServer, Person

CLAIRE, DEVICE = UUID(int=1), UUID(int=90)


@pytest.fixture
def server() -> ModelServer:
    server = ModelServer()
    values = {"family_name": "Lefèvre", "phone": "+33612345678", "email": "claire@exemple.fr"}
    server.put_customer(CLAIRE, values, scopes=["store:lyon"])
    server.people[DEVICE] = Person(author=str(UUID(int=5)), role=Role.SELLER, stores=("lyon",))
    return server


@pytest.fixture
def tablet(server: ModelServer) -> SimulatedTablet:
    made = SimulatedTablet(
        server.handle, device_id=DEVICE, author=str(UUID(int=5)), shop="lyon", ledger=Ledger()
    )
    made.sync()
    return made


class TestSimulatedTablet:
    def test_finds_every_note_that_was_called_saved(self, tablet: SimulatedTablet) -> None:
        tablet.write_note(CLAIRE, "un")
        tablet.sync()
        tablet.write_note(CLAIRE, "deux")
        assert tablet.lost_notes() == set()

    def test_notices_a_note_that_the_server_forgot(
        self, tablet: SimulatedTablet, server: ModelServer
    ) -> None:
        note_id = tablet.write_note(CLAIRE, "un")
        tablet.sync()
        server.put_customer(CLAIRE, {"notes": []}, scopes=[])
        for key in [key for key in server.fragments if key[1] == "notes"]:
            del server.fragments[key]
        tablet.begin_anew()
        tablet.sync()
        assert tablet.lost_notes() == {note_id}

    def test_notices_an_edit_that_the_store_dropped(self, tablet: SimulatedTablet) -> None:
        note_id = tablet.write_note(CLAIRE, "un")
        tablet.begin_anew()
        assert tablet.lost_notes() == {note_id}

    @pytest.mark.parametrize(
        ("masked", "clear"),
        [("•• •• •• 78", "+33612345678"), ("•••@•••", "c@exemple.fr")],
    )
    def test_notices_a_value_in_clear_that_should_be_masked(
        self, tablet: SimulatedTablet, server: ModelServer, masked: str, clear: str
    ) -> None:
        server.put_customer(CLAIRE, {"phone": "+33612345678", "town": "Nice"}, scopes=[])
        server.page_rows = 50
        tablet.begin_anew()
        tablet._send = lambda path, body: server.handle(path, body).replace(
            masked.encode(), clear.encode().ljust(len(masked.encode()), b"0")
        )
        with pytest.raises(PromiseBroken):
            tablet.sync()


class TestLedger:
    def test_is_written_before_the_app_is_asked(self, tmp_path: Path) -> None:
        ledger = Ledger(tmp_path / "ledger.jsonl")
        note_id = UUID(int=7)
        ledger.intend(note_id, CLAIRE)
        ledger.save(note_id)
        ledger.close()
        lines = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
        assert [line["what"] for line in lines] == ["intended", "saved"]
        assert {line["note"] for line in lines} == {str(note_id)}
