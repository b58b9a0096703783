"""What the tablet does with its store: edits, pages, files, migrations, recoveries."""

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

from schemas.mutations import SetField
from schemas.staff import Role
from sync.replica.bootstrap import bootstrap, is_wanted
from sync.replica.database import open_store
from sync.replica.pull import apply_page, next_pull
from sync.replica.push import next_push, settle
from sync.replica.salvage import open_or_recover
from sync.replica.store import Store
from tests.crash.flow import CLAIRE, KEY, WALL_MS, Flow, run
from tests.crash.power_cuts import content_of
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.ready_file import ReadyFile
from tests.sync.replica.tablet import Tablet

DEVICE = UUID(int=90)
RECORDED = Path(__file__).parents[1] / "sync" / "replica" / "recorded"


class _StoreFlow(Flow):
    statements = True

    def prepare(self, folder: Path) -> None:
        tablet = self.tablet(folder, self.server())
        tablet.sync()
        for number in (1, 2):
            tablet.edit(UUID(int=number), SetField(field="town", value=f"Ville {number}"))
        tablet.store.close()

    def server(self) -> ModelServer:
        server = ModelServer()
        for number in (1, 2, 3):
            values = {"family_name": f"Nom{number}", "town": "Lyon", "phone": f"+3360000000{number}"}
            server.put_customer(UUID(int=number), values, scopes=["store:lyon"])
        return server

    def tablet(self, folder: Path, server: ModelServer) -> Tablet:
        return Tablet(folder / "store.db", server, device=DEVICE, role=Role.STORE_MANAGER, key=KEY)

    def store(self, folder: Path) -> Store:
        return Store(open_store(folder / "store.db", KEY), app_version="1.0")

    def state(self, folder: Path) -> Any:
        connection = open_store(folder / "store.db", KEY)
        content = content_of(connection), connection.execute("select * from answered").fetchall()
        connection.close()
        return content


class Edit(_StoreFlow):
    name = "edit"

    def act(self, folder: Path) -> None:
        store = self.store(folder)
        store._entropy = lambda length: b"\x07" * length
        store.submit(CLAIRE, SetField(field="town", value="Nice"), wall_ms=WALL_MS)


class PushSettle(_StoreFlow):
    name = "push-settle"

    def act(self, folder: Path) -> None:
        store, server = self.store(folder), self.server()
        Tablet(":memory:", server, device=DEVICE, role=Role.STORE_MANAGER).store.close()
        asked = next_push(store, wall_ms=WALL_MS)
        assert asked is not None
        settle(
            store,
            asked,
            server.push(asked),
            asked_with=store.meta.progress.token,
            wall_ms=WALL_MS,
            new_incarnation=UUID(int=3),
        )


class _Pull(_StoreFlow):
    def change(self, server: ModelServer) -> None:
        """What happened at the server meanwhile."""

    def act(self, folder: Path) -> None:
        store, server = self.store(folder), self.server()
        Tablet(":memory:", server, device=DEVICE, role=Role.STORE_MANAGER).store.close()
        server.put_customer(CLAIRE, {"town": "Nice"}, scopes=[])
        self.change(server)
        asked = next_pull(store, wall_ms=WALL_MS)
        apply_page(store, asked, server.pull(asked), wall_ms=WALL_MS)


class PullApply(_Pull):
    name = "pull-apply"


class Purge(_Pull):
    name = "purge"

    def change(self, server: ModelServer) -> None:
        server.become(DEVICE, role=Role.SELLER)


class Erase(_Pull):
    name = "erase"

    def change(self, server: ModelServer) -> None:
        server.erase(CLAIRE)


class SnapshotLoad(_StoreFlow):
    """A first download by file, cut short anywhere, goes on where it stood."""

    name = "snapshot-load"

    def prepare(self, folder: Path) -> None:
        tablet = self.tablet(folder, self.server())
        tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        tablet.store.close()

    def act(self, folder: Path) -> None:
        store, server = self.store(folder), self.server()
        Tablet(":memory:", server, device=DEVICE, role=Role.STORE_MANAGER).store.close()
        if is_wanted(store):
            file = ReadyFile(server, store.caller(WALL_MS), device=DEVICE)
            run(bootstrap(store, file, wall_ms=WALL_MS))
        store.close()

    def judge(self, folder: Path, before: Any, after: Any) -> None:
        self.act(folder)
        assert self.state(folder) == after, "another store than without a kill"
        store = self.store(folder)
        assert store.status().pending == 1, "the edit is lost"
        assert store.meta.progress.token, "no token"
        store.close()


class Migrate(Flow):
    """A file of the first version becomes one of this version."""

    name = "migrate"
    statements = True

    def prepare(self, folder: Path) -> None:
        shutil.copy(RECORDED / "store-1.db", folder / "store.db")

    def act(self, folder: Path) -> None:
        open_store(folder / "store.db").close()

    def state(self, folder: Path) -> Any:
        connection = open_store(folder / "store.db")
        content = content_of(connection), connection.execute("pragma user_version").fetchone()
        connection.close()
        return content


class Encrypt(Flow):
    """A plain store is taken over into an encrypted one."""

    name = "encrypt"
    statements = lines = True

    def prepare(self, folder: Path) -> None:
        shutil.copy(RECORDED / "store-1.db", folder / "store.db")
        connection = open_store(folder / "store.db")
        content = folder / "log"  # edits that are only in the log yet
        connection.execute("insert into recent (record_id, at) values (x'07', 7)")
        shutil.copy(folder / "store.db", content)
        shutil.copy(folder / "store.db-wal", folder / "log-wal")
        connection.close()
        shutil.move(content, folder / "store.db")
        shutil.move(folder / "log-wal", folder / "store.db-wal")

    def act(self, folder: Path) -> None:
        open_store(folder / "store.db", KEY).close()

    def state(self, folder: Path) -> Any:
        connection = open_store(folder / "store.db", KEY)
        content = content_of(connection)
        connection.close()
        names = sorted(part.name for part in folder.iterdir())
        return content, names


class Recover(Flow):
    """A damaged store is replaced by one that holds its edits."""

    name = "recover"
    lines = True

    def prepare(self, folder: Path) -> None:
        edits = _StoreFlow()
        edits.prepare(folder)
        content = bytearray((folder / "store.db").read_bytes())
        content[:500] = bytes(500)
        (folder / "store.db").write_bytes(content)

    def act(self, folder: Path) -> None:
        open_or_recover(folder / "store.db", KEY)[0].close()

    def state(self, folder: Path) -> Any:
        connection, _ = open_or_recover(folder / "store.db", KEY)
        edits = connection.execute("select n, mutation_id, args from outbox order by n").fetchall()
        connection.close()
        assert len(edits) == 2, f"{len(edits)} edits"
        return edits
