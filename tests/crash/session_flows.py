"""What the tablet does with people and keys: enrolment, signing in, PINs, leases, a wipe."""

from pathlib import Path
from typing import Any

from mobile_app.account import Account
from mobile_app.lease import LeaseEnded
from mobile_app.sealed_files import replace_file
from mobile_app.session import Session
from mobile_app.vault import FullSignInNeeded, Secrets, Stretch, WrongPin
from schemas.mutations import SetField
from sync.replica.database import open_store
from sync.replica.rescue import write_rescue
from sync.replica.store import Store
from sync.sealed_box import public_key
from tests.crash.flow import CLAIRE, KEY, WALL_MS, Flow, run
from tests.mobile_app.house import INES, PASSWORD, House

QUICK = Stretch(iterations=1, lanes=1, memory_kib=64)
PIN, OTHER_PIN, WRONG_PIN = "258036", "147063", "139713"


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
