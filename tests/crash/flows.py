"""What the tablet does that must be whole or undone: prepared, done, and judged after a kill."""

import asyncio
import shutil
from collections.abc import Coroutine
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from mobile_app.account import Account
from mobile_app.lease import LeaseEnded
from mobile_app.sealed_files import replace_file
from mobile_app.session import Session
from mobile_app.vault import FullSignInNeeded, Secrets, Stretch, WrongPin
from schemas.mutations import SetField
from schemas.protocol import Caller, PullRequest, encode
from schemas.snapshot import SnapshotOffer, SnapshotPart, SnapshotReply
from schemas.staff import Role
from sync.replica.bootstrap import bootstrap, is_wanted
from sync.replica.database import open_store
from sync.replica.pull import apply_page, next_pull
from sync.replica.push import next_push, settle
from sync.replica.rescue import write_rescue
from sync.replica.salvage import open_or_recover
from sync.replica.store import Store
from sync.sealed_box import public_key
from sync.snapshot_part import FileWriter
from tests.crash.power_cuts import content_of
from tests.mobile_app.house import INES, PASSWORD, House
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.tablet import Tablet

KEY = bytes(range(32))
DEVICE = UUID(int=90)
CLAIRE = UUID(int=1)
WALL_MS = 1_760_000_100_000
QUICK = Stretch(iterations=1, lanes=1, memory_kib=64)
PIN, OTHER_PIN, WRONG_PIN = "258036", "147063", "139713"
RECORDED = Path(__file__).parents[1] / "sync" / "replica" / "recorded"


class Flow:
    """One thing the tablet does. ``state`` is what a start finds, in a form to compare."""

    name = ""
    statements = False  # killed at each SQL statement
    lines = False  # killed at each line of the modules that touch files

    def prepare(self, folder: Path) -> None:
        """Bring a folder to where the flow begins."""
        raise NotImplementedError

    def act(self, folder: Path) -> None:
        """Do it."""
        raise NotImplementedError

    def state(self, folder: Path) -> Any:
        """Return what a start finds."""
        raise NotImplementedError

    def judge(self, folder: Path, before: Any, after: Any) -> None:
        """Raise where what is left is neither as before nor as after."""
        assert self.state(folder) in (before, after), "half done"


# The store


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


class _File:
    """A server that has a file of two parts ready."""

    def __init__(self, server: ModelServer, caller: Caller) -> None:
        page = server.pull(PullRequest(caller=caller, max_bytes=1 << 30))
        self._entitlement = page.entitlement
        levels = server.lens(DEVICE).levels
        middle = len(page.rows) // 2
        writer = FileWriter(levels)
        self._parts = [
            writer.part(page.rows[:middle], last=False),
            writer.part(page.rows[middle:], last=True),
        ]
        parts = tuple(SnapshotPart(size=len(part), digest=sha256(part).digest()) for part in self._parts)
        self._offer = SnapshotOffer(snapshot_id=UUID(int=5), token=page.token, parts=parts)

    async def exchange(self, path: str, body: bytes) -> bytes:
        return encode(SnapshotReply(entitlement=self._entitlement, offer=self._offer))

    async def fetch(self, path: str, into: bytearray, *, most: int) -> None:
        into += self._parts[int(path.rpartition("/")[2])][len(into) :]


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
            run(bootstrap(store, _File(server, store.caller(WALL_MS)), wall_ms=WALL_MS))
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


# People and keys


class _SessionFlow(Flow):
    """Something a session does. The stand-in for the server knows any refresh token."""

    lines = True

    def session(self, folder: Path) -> Session:
        house = House()
        house.now_ms = 1_790_000_000_000
        house.rescue_key = public_key(KEY)
        return Session(
            folder,
            Account(house.client()),
            stretch=QUICK,
            wall=lambda: 1_790_000_000.0,
            monotonic=lambda: 5.0,
        )

    def prepare(self, folder: Path) -> None:
        session = self.session(folder)
        run(session.enrol("482913", "Caisse"))
        run(session.sign_in("ines", PASSWORD))
        session.choose_pin(PIN)
        store = Store(open_store(session.database_path(), session.data_key()), app_version="1.0")
        assert session.device is not None
        store.set_up(device_id=session.device.device_id, author=str(INES), shop="lyon")
        store.submit(CLAIRE, SetField(field="town", value="Nice"), wall_ms=WALL_MS)
        file = write_rescue(
            store,
            server_key=session.rescue_key(),
            device_secret=session.device.device_secret,
            wall_ms=WALL_MS,
        )
        replace_file(session.database_path().with_name("unsent.rescue"), file)
        store.close()

    def waiting(self, session: Session) -> int:
        """Return how many edits the open person's store holds."""
        store = Store(open_store(session.database_path(), session.data_key()))
        count = store.status().pending
        store.close()
        return count


class Enrol(_SessionFlow):
    name = "enrol"

    def prepare(self, folder: Path) -> None:
        pass

    def act(self, folder: Path) -> None:
        run(self.session(folder).enrol("482913", "Caisse"))

    def state(self, folder: Path) -> Any:
        device = self.session(folder).device
        return device and device.store

    def judge(self, folder: Path, before: Any, after: Any) -> None:
        super().judge(folder, before, after)
        session = self.session(folder)
        run(session.enrol("482913", "Caisse"))  # whatever was left, the tablet can be enrolled
        run(session.sign_in("ines", PASSWORD))
        assert session.data_key()


class FirstSignIn(_SessionFlow):
    name = "first-sign-in"

    def prepare(self, folder: Path) -> None:
        run(self.session(folder).enrol("482913", "Caisse"))

    def act(self, folder: Path) -> None:
        run(self.session(folder).sign_in("ines", PASSWORD))

    def state(self, folder: Path) -> Any:
        return None

    def judge(self, folder: Path, before: Any, after: Any) -> None:
        session = self.session(folder)
        run(session.sign_in("ines", PASSWORD))
        assert self.waiting(session) == 0
        key = session.data_key()
        session = self.session(folder)
        run(session.sign_in("ines", PASSWORD))
        assert session.data_key() == key, "the key changed"


class SignInAgain(_SessionFlow):
    """A full sign-in where there is a store already: its key and its edits stay."""

    name = "sign-in-again"

    def act(self, folder: Path) -> None:
        run(self.session(folder).sign_in("ines", PASSWORD))

    def state(self, folder: Path) -> Any:
        session = self.session(folder)
        session.unlock(INES, PIN)
        return self.waiting(session)

    def judge(self, folder: Path, before: Any, after: Any) -> None:
        assert self.state(folder) == 1, "the edit is lost to the PIN"
        session = self.session(folder)
        run(session.sign_in("ines", PASSWORD))
        assert self.waiting(session) == 1, "the edit is lost to the password"


class ChoosePin(_SessionFlow):
    name = "choose-pin"

    def act(self, folder: Path) -> None:
        session = self.session(folder)
        session.unlock(INES, PIN)
        session.choose_pin(OTHER_PIN)

    def state(self, folder: Path) -> Any:
        for pin in (PIN, OTHER_PIN):
            session = self.session(folder)
            try:
                session.unlock(INES, pin)
            except WrongPin:
                continue
            return pin, self.waiting(session)
        raise AssertionError("no PIN opens")


class WrongTry(_SessionFlow):
    """A wrong PIN costs a try, wherever it is cut short; no kill gives one back."""

    name = "wrong-pin"

    def prepare(self, folder: Path) -> None:
        super().prepare(folder)
        self._fewest = 3

    def act(self, folder: Path) -> None:
        try:
            self.session(folder).unlock(INES, WRONG_PIN)
        except WrongPin:
            return

    def state(self, folder: Path) -> Any:
        return self.session(folder)._vault(INES).tries_left

    def judge(self, folder: Path, before: Any, after: Any) -> None:
        left = self.state(folder)
        assert left in (2, 3), f"{left} tries"
        assert left <= self._fewest, "a try was given back"
        self._fewest = left
        session = self.session(folder)
        session.unlock(INES, PIN)
        assert self.waiting(session) == 1


class LastWrongTry(WrongTry):
    name = "last-wrong-pin"

    def prepare(self, folder: Path) -> None:
        super().prepare(folder)
        for _ in range(2):
            WrongTry.act(self, folder)

    def act(self, folder: Path) -> None:
        try:
            self.session(folder).unlock(INES, WRONG_PIN)
        except FullSignInNeeded:
            return

    def judge(self, folder: Path, before: Any, after: Any) -> None:
        assert self.state(folder) in (0, 1)
        session = self.session(folder)
        run(session.sign_in("ines", PASSWORD))
        assert self.waiting(session) == 1, "the edit is lost to the password"


class OldVault(_SessionFlow):
    """A vault of the first release: the data key still lies beside the refresh token."""

    name = "old-vault"

    def prepare(self, folder: Path) -> None:
        super().prepare(folder)
        session = self.session(folder)
        session.unlock(INES, PIN)
        vault = session._vault(INES)
        opened = vault.open_with_pin(PIN)
        old = Secrets(refresh_token=opened.secrets.refresh_token, data_key=opened.data_key())
        vault._seal_secrets(opened._person_key, old)
        (folder / "people" / str(INES) / "data_key").unlink()

    def act(self, folder: Path) -> None:
        self.session(folder).unlock(INES, PIN)

    def state(self, folder: Path) -> Any:
        session = self.session(folder)
        session.unlock(INES, PIN)
        return self.waiting(session)


class RenewLease(_SessionFlow):
    name = "renew-lease"

    def act(self, folder: Path) -> None:
        session = self.session(folder)
        session.unlock(INES, PIN)
        session.note_contact(now=1_790_000_500_000, lease_until=1_790_009_500_000)

    def state(self, folder: Path) -> Any:
        session = self.session(folder)
        session.unlock(INES, PIN)
        try:
            return self.waiting(session), session.rescue_key()
        except LeaseEnded:
            return "shut"


class Wipe(_SessionFlow):
    """Killed at any point: all is as it was, or the store is gone and its edit waits, sealed."""

    name = "wipe"

    def act(self, folder: Path) -> None:
        self.session(folder).wipe()

    def state(self, folder: Path) -> Any:
        session = self.session(folder)
        if session.device is None:
            assert not (folder / "people").exists(), "something of the people is left"
            assert session.left_behind() == 1, "the edit is lost"
            return "wiped"
        session.unlock(INES, PIN)
        return self.waiting(session)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run what a session does over the network."""
    return asyncio.run(work)


FLOWS: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        Edit(), PushSettle(), PullApply(), Purge(), Erase(), SnapshotLoad(), Migrate(), Encrypt(), Recover(),
        Enrol(),
        FirstSignIn(), SignInAgain(), ChoosePin(), WrongTry(), LastWrongTry(), OldVault(), RenewLease(),
        Wipe(),
    )
}  # fmt: skip
