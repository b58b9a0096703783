"""No room, no right to write: an edit is refused loudly, sync rests, and nothing that was kept vanishes."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import WriteNote
from schemas.staff import Role
from sync.replica.database import StoreFull, StoreNotWritable, open_store
from sync.replica.engine import Engine, Line
from sync.replica.store import Store
from tests.crash.disk import Disk, NoSuchLibrary
from tests.crash.power_cuts import content_of
from tests.sync.replica.model_server import ModelServer, Person

KEY = bytes(range(32))
NAME = "/store.db"
DEVICE, AUTHOR = UUID(int=90), str(UUID(int=1090))
CLAIRE = UUID(int=1)
NOW = 1_760_000_000_000


class Shelf:
    """A store on a disk whose room the test decides, and its server."""

    def __init__(self, key: bytes | None) -> None:
        self.key = key
        self.server = ModelServer()
        for number in range(1, 60):
            values = {"family_name": f"Nom{number}", "town": "Lyon", "title": "x" * 300}
            self.server.put_customer(UUID(int=number), values, scopes=["store:lyon"])
        self.server.people[DEVICE] = Person(author=AUTHOR, role=Role.STORE_MANAGER, stores=("lyon",))
        self.disk = Disk(key)
        self.disk.put(NAME, b"")
        self.store = self.open()
        self._numbers = iter(range(1000, 9999))

    def open(self) -> Store:
        store = Store(open_store(NAME, self.key, vfs=self.disk.vfs), app_version="1.0")
        store.set_up(device_id=DEVICE, author=AUTHOR, shop="lyon")
        return store

    def write(self, length: int = 3000) -> None:
        note = WriteNote(note_id=UUID(int=next(self._numbers)), text="x" * length, level=NoteLevel.STORE)
        self.store.submit(CLAIRE, note, wall_ms=NOW)

    def fill(self, spare: int = 0) -> None:
        """Leave so many bytes of room."""
        self.disk.room = sum(map(len, self.disk.files.values())) + spare

    async def exchange(self, path: str, body: bytes) -> bytes:
        return self.server.handle(path, body)

    def engine(self) -> Engine:
        return Engine(
            self.store, self, wall_ms=lambda: NOW, chance=random.random, entropy=random.Random(1).randbytes
        )

    def close(self) -> None:
        self.disk.room, self.disk.read_only = None, False
        self.store.close()
        self.disk.close()


@pytest.fixture(params=[None, KEY], ids=["plain", "encrypted"])
def shelf(request: pytest.FixtureRequest) -> Iterator[Shelf]:
    try:
        shelf = Shelf(request.param)
    except NoSuchLibrary:
        pytest.skip("this SQLite takes no disk of ours")
    yield shelf
    shelf.close()


class TestAFullDisk:
    def test_refuses_an_edit_and_keeps_the_others(self, shelf: Shelf) -> None:
        shelf.write()
        before = content_of(shelf.store.connection)
        shelf.fill()
        with pytest.raises(StoreFull):
            for _ in range(50):
                before = content_of(shelf.store.connection)
                shelf.write()
        assert content_of(shelf.store.connection) == before
        shelf.disk.room = None
        shelf.write()
        kept = shelf.store.status().pending
        shelf.store.close()
        shelf.store = shelf.open()
        assert shelf.store.status().pending == kept

    def test_tells_at_every_measure_of_room_the_truth_of_what_was_kept(self, shelf: Shelf) -> None:
        for spare in range(0, 40_000, 3500):
            shelf.fill(spare)
            said = shelf.store.status().pending
            try:
                while True:
                    shelf.write()
                    said += 1
                    if said % 20 == 0:
                        break
            except StoreFull:
                pass
            assert shelf.store.status().pending == said
        shelf.disk.room = None
        shelf.store.close()
        shelf.store = shelf.open()
        assert shelf.store.status().pending == said

    def test_makes_sync_rest_and_go_on_later(self, shelf: Shelf) -> None:
        shelf.write()
        shelf.fill(8000)
        before = content_of(shelf.store.connection)
        report = asyncio.run(shelf.engine().once())
        assert report.line is Line.NO_ROOM
        assert report.next_in_s >= 60
        after = content_of(shelf.store.connection)
        assert (
            after == before or shelf.store.status().pending == 0
        )  # the push may have found room, the page not
        shelf.disk.room = None
        report = asyncio.run(shelf.engine().once())
        assert report.line is Line.SYNCED
        assert shelf.store.status().customers == 59
        assert shelf.store.status().pending == 0

    def test_still_shows_and_finds(self, shelf: Shelf) -> None:
        asyncio.run(shelf.engine().once())
        shelf.fill()
        assert shelf.store.card(CLAIRE) is not None
        assert len(shelf.store.search("nom12", limit=1)) == 1

    def test_still_opens(self, shelf: Shelf) -> None:
        asyncio.run(shelf.engine().once())
        for _ in range(5):
            shelf.write()
        shelf.fill()
        shelf.store.close()
        shelf.store = shelf.open()
        assert shelf.store.status().pending == 5
        assert shelf.store.card(CLAIRE) is not None
        with pytest.raises(StoreFull):
            for _ in range(50):
                shelf.write()


class TestAFolderThatRefusesToBeWritten:
    def test_refuses_an_edit_and_still_shows(self, shelf: Shelf) -> None:
        asyncio.run(shelf.engine().once())
        shelf.write()
        shelf.disk.read_only = True
        with pytest.raises(StoreNotWritable):
            shelf.write()
        assert shelf.store.card(CLAIRE) is not None
        assert asyncio.run(shelf.engine().once()).line is Line.NO_ROOM
        shelf.disk.read_only = False
        shelf.write()
        assert shelf.store.status().pending == 2

    def test_is_told_at_the_start(self, tmp_path: Path) -> None:
        (tmp_path / "store.db").mkdir()  # a name that cannot be opened, whoever asks
        with pytest.raises(StoreNotWritable):
            open_store(tmp_path / "store.db")
