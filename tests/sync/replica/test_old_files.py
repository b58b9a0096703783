"""Files that earlier releases wrote, kept as they were: opened, brought up to date, nothing of them lost."""

import shutil
from pathlib import Path
from uuid import UUID

import pytest

from schemas.staff import Role
from sync.replica.database import MIGRATIONS
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.tablet import Tablet

RECORDED = Path(__file__).with_name("recorded")
FILES = sorted(RECORDED.glob("store-*.db"))
KEY = bytes(range(32))
DEVICE = UUID(int=90)


@pytest.fixture
def server() -> ModelServer:
    """The server as it was when the files were recorded."""
    server = ModelServer()
    for number in (1, 2, 3):
        values = {
            "family_name": f"Nom{number}",
            "given_name": "Claire",
            "phone": f"+3360000000{number}",
            "town": "Lyon",
        }
        server.put_customer(UUID(int=number), values, scopes=["store:lyon"])
    return server


@pytest.mark.parametrize("recorded", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
class TestAFileOfAnEarlierRelease:
    @pytest.fixture
    def tablet(self, recorded: Path, key: bytes | None, tmp_path: Path, server: ModelServer) -> Tablet:
        shutil.copy(recorded, tmp_path / "store.db")
        return Tablet(tmp_path / "store.db", server, device=DEVICE, role=Role.SELLER, key=key)

    def test_is_brought_to_this_version(self, tablet: Tablet) -> None:
        version = tablet.store.connection.execute("pragma user_version").fetchone()
        assert version == (len(MIGRATIONS),)

    def test_keeps_the_edits_that_waited_and_those_refused(self, tablet: Tablet) -> None:
        assert [each.envelope.op for each in tablet.store.pending()] == ["field.set@1", "element.add@1"]
        assert [problem.code for problem in tablet.store.problems()] == ["field_not_allowed"]
        assert [found.family_name for found in tablet.store.search("nom1", limit=1)] == ["Nom1"]
        assert [summary.record_id for summary in tablet.store.recent()] == [UUID(int=1)]

    def test_syncs_to_agreement(self, tablet: Tablet, server: ModelServer) -> None:
        tablet.sync()
        assert tablet.store.pending() == []
        card = tablet.store.card(UUID(int=1))
        assert card is not None and card.values["town"] == "Nice"
        assert tablet.fragments() == server.expected_fragments(DEVICE)


def test_each_version_that_shipped_has_its_file() -> None:
    assert [path.stem for path in FILES] == [f"store-{number}" for number in range(1, len(MIGRATIONS))]
