"""A damaged file: noticed at the start, its edits saved, the rest fetched again."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import SetField, WriteNote
from schemas.staff import Role
from sync.replica.database import StoreDamaged, open_store
from sync.replica.salvage import DAMAGED, Recovery, forget_damaged, open_or_recover, salvage
from sync.replica.store import Store
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.tablet import Tablet

KEY = bytes(range(32))
PAGE = 4096
DEVICE = UUID(int=90)
CUSTOMERS = [UUID(int=number) for number in range(1, 40)]
LONG = "é" * 3500  # longer than a page


@pytest.fixture(params=[None, KEY], ids=["plain", "encrypted"])
def key(request: pytest.FixtureRequest) -> bytes | None:
    chosen: bytes | None = request.param
    return chosen


@pytest.fixture
def server() -> ModelServer:
    server = ModelServer()
    for number, customer in enumerate(CUSTOMERS):
        values = {"family_name": f"Nom{number}", "town": "Lyon", "likes": ["laine"] * 8}
        server.put_customer(customer, values, scopes=["store:lyon"])
    return server


@pytest.fixture
def tablet(tmp_path: Path, server: ModelServer, key: bytes | None) -> Tablet:
    (tmp_path / "t").mkdir()
    tablet = Tablet(tmp_path / "t" / "store.db", server, device=DEVICE, role=Role.STORE_MANAGER, key=key)
    tablet.sync()
    for number, customer in enumerate(CUSTOMERS[:30]):
        tablet.edit(customer, SetField(field="town", value=f"Ville{number}"))
    tablet.edit(CUSTOMERS[0], WriteNote(note_id=UUID(int=7), text=LONG[:3500], level=NoteLevel.STORE))
    return tablet


@pytest.fixture
def path(tablet: Tablet) -> Path:
    """The file of a tablet that was closed in order: no log beside it."""
    tablet.store.close()
    return Path(str(tablet.path))


def made(path: Path, key: bytes | None) -> list[UUID]:
    edits, _ = salvage(path, key)
    return [UUID(bytes=edit[2]) for edit in edits]


def overwrite(path: Path, first: int, last: int, *, with_what: bytes = b"\xa5") -> None:
    content = bytearray(path.read_bytes())
    last = min(last, len(content))
    content[first:last] = (with_what * (last - first))[: last - first]
    path.write_bytes(content)


def lost_header(path: Path) -> None:
    overwrite(path, 0, 100)


def lost_schema(path: Path) -> None:
    overwrite(path, 0, PAGE)


def cut_in_half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 + 100])


def garbage_on_a_page(path: Path) -> None:
    overwrite(path, 3 * PAGE, 3 * PAGE + 400)


def zeros_on_two_pages(path: Path) -> None:
    overwrite(path, PAGE, 3 * PAGE, with_what=b"\0")


DAMAGES = (lost_header, lost_schema, cut_in_half, garbage_on_a_page, zeros_on_two_pages)


class TestDamage:
    @pytest.mark.parametrize("damage", DAMAGES)
    def test_is_noticed_at_the_start(
        self, path: Path, key: bytes | None, damage: Callable[[Path], None]
    ) -> None:
        damage(path)
        with pytest.raises(StoreDamaged):
            open_store(path, key)

    @pytest.mark.parametrize("damage", DAMAGES)
    def test_leaves_a_store_that_works_and_syncs(
        self,
        path: Path,
        tablet: Tablet,
        server: ModelServer,
        key: bytes | None,
        damage: Callable[[Path], None],
    ) -> None:
        damage(path)
        connection, recovery = open_or_recover(path, key)
        assert recovery is not None
        connection.close()
        tablet.store = tablet._open()
        assert tablet.store.status().pending == recovery.edits
        tablet.sync()
        assert tablet.store.status().pending == 0
        assert tablet.fragments() == server.expected_fragments(DEVICE)

    @pytest.mark.parametrize("damage", [lost_header, lost_schema])
    def test_of_the_first_page_loses_no_edit(
        self, path: Path, key: bytes | None, damage: Callable[[Path], None]
    ) -> None:
        before = made(path, key)
        damage(path)
        assert made(path, key) == before
        assert len(before) == 31

    def test_of_any_page_loses_only_the_edits_on_it(self, path: Path, key: bytes | None) -> None:
        before = set(made(path, key))
        pages = path.stat().st_size // PAGE
        whole = path.read_bytes()
        lost: list[int] = []
        for page in range(pages):
            overwrite(path, page * PAGE + 40, (page + 1) * PAGE - 40)
            found = set(made(path, key))
            assert found <= before
            lost.append(len(before - found))
            path.write_bytes(whole)
        # The long note alone lies on three pages; each page of the queue holds up to twenty edits.
        assert sum(lost) <= len(before) + 3
        assert lost.count(0) >= pages - 8

    def test_in_many_places_breaks_nothing_else(self, path: Path, key: bytes | None) -> None:
        before = set(made(path, key))
        whole = path.read_bytes()
        for seed in range(25):
            chance = random.Random(seed)
            content = bytearray(whole)
            for _ in range(chance.randrange(1, 30)):
                start = chance.randrange(len(content))
                content[start : start + chance.randrange(1, 3000)] = chance.randbytes(500)
            path.write_bytes(content)
            assert set(made(path, key)) <= before

    def test_of_the_log_is_no_reason_to_lose_what_the_file_holds(
        self, tablet: Tablet, tmp_path: Path, key: bytes | None
    ) -> None:
        shutil.copytree(tmp_path / "t", tmp_path / "copy")
        tablet.store.close()
        copy = tmp_path / "copy" / "store.db"
        overwrite(copy, 0, PAGE)  # the file; the edits are still in its log
        assert len(made(copy, key)) == 31


class TestRecovery:
    def test_says_what_it_saved(self, path: Path, key: bytes | None) -> None:
        lost_header(path)
        connection, recovery = open_or_recover(path, key)
        connection.close()
        assert recovery == Recovery(edits=31, whole=False)

    def test_of_a_sound_store_is_none(self, path: Path, key: bytes | None) -> None:
        connection, recovery = open_or_recover(path, key)
        assert recovery is None
        connection.close()

    def test_goes_on_after_it_was_killed(self, path: Path, key: bytes | None) -> None:
        lost_header(path)
        path.rename(f"{path}{DAMAGED}")
        path.with_name("store.db.fresh").write_bytes(b"half")
        connection, recovery = open_or_recover(path, key)
        assert recovery is not None and recovery.edits == 31
        connection.close()

    def test_keeps_the_clock_ahead_of_the_saved_edits(self, path: Path, key: bytes | None) -> None:
        lost_header(path)
        connection, _ = open_or_recover(path, key)
        latest = connection.execute("select max(hlc) from outbox").fetchone()[0]
        assert Store(connection).meta.clock.reading == latest
        connection.close()

    def test_keeps_the_damaged_file_until_all_is_fetched_again(self, path: Path, key: bytes | None) -> None:
        lost_header(path)
        open_or_recover(path, key)[0].close()
        assert Path(f"{path}{DAMAGED}").exists()
        forget_damaged(path)
        assert [part.name for part in path.parent.iterdir()] == ["store.db"]

    def test_under_a_lost_key_begins_anew(self, path: Path, key: bytes | None) -> None:
        if key is None:
            pytest.skip("there is no key to lose")
        connection, recovery = open_or_recover(path, bytes(32))
        assert recovery == Recovery(edits=0, whole=False)
        connection.close()
