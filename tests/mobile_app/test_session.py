"""The session: who may use the tablet, with and without a line."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from mobile_app.account import Account, AccountRefused
from mobile_app.session import DeviceRevoked, NobodySignedIn, NotEnrolled, Session, SignInExpired
from mobile_app.vault import FullSignInNeeded, Stretch, WrongPin
from sync.replica.transport import ServerUnreachable
from tests.mobile_app.house import INES, PASSWORD, PAUL, House

QUICK = Stretch(iterations=1, lanes=1, memory_kib=64)
PIN = "2580"
T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


class Hands:
    """A clock that only moves when told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def fresh(tmp_path: Path, house: House, clock: Hands) -> Session:
    return session_in(tmp_path, house, clock)


@pytest.fixture
def session(fresh: Session) -> Session:
    """An enrolled tablet on which Inès signed in and chose a PIN."""
    run(fresh.enrol("482913", "Comptoir 1"))
    run(fresh.sign_in("ines", PASSWORD))
    fresh.choose_pin(PIN)
    return fresh


def session_in(folder: Path, house: House, clock: Hands) -> Session:
    return Session(folder, Account(house.client()), stretch=QUICK, monotonic=clock, wall=clock)


class TestEnrolment:
    def test_gives_the_tablet_an_identity_that_lasts(
        self, session: Session, tmp_path: Path, house: House, clock: Hands
    ) -> None:
        assert session.device is not None
        assert session_in(tmp_path, house, clock).device == session.device

    def test_with_a_wrong_code_is_refused(self, fresh: Session) -> None:
        with pytest.raises(AccountRefused):
            run(fresh.enrol("000000", "Comptoir 1"))
        assert fresh.device is None

    def test_comes_before_sign_in(self, fresh: Session) -> None:
        with pytest.raises(NotEnrolled):
            run(fresh.sign_in("ines", PASSWORD))

    def test_is_sealed_on_disk(self, session: Session, tmp_path: Path) -> None:
        assert session.device is not None
        assert session.device.device_id.bytes not in (tmp_path / "device").read_bytes()


class TestSignIn:
    def test_shows_a_face(self, session: Session) -> None:
        assert [person.name for person in session.people()] == ["Inès M."]

    def test_refuses_a_wrong_password(self, session: Session) -> None:
        with pytest.raises(AccountRefused) as refused:
            run(session.sign_in("paul", "wrong"))
        assert refused.value.code == "wrong_credentials"
        assert [person.name for person in session.people()] == ["Inès M."]

    def test_needs_a_line(self, session: Session, house: House) -> None:
        house.line_cut = True
        with pytest.raises(ServerUnreachable):
            run(session.sign_in("paul", PASSWORD))

    def test_keeps_one_database_per_person(self, session: Session) -> None:
        of_ines = session.database_path()
        run(session.sign_in("paul", PASSWORD))
        assert session.database_path() != of_ines


class TestUnlock:
    def test_works_without_a_line_after_a_restart(
        self, session: Session, tmp_path: Path, house: House, clock: Hands
    ) -> None:
        house.line_cut = True
        restarted = session_in(tmp_path, house, clock)
        assert restarted.unlock(INES, PIN).name == "Inès M."

    def test_switches_from_one_person_to_another(self, session: Session) -> None:
        run(session.sign_in("paul", PASSWORD))
        session.choose_pin("1470")
        session.unlock(INES, PIN)
        assert session.person is not None
        assert session.person.associate_id == INES
        session.unlock(PAUL, "1470")
        assert session.person.associate_id == PAUL

    def test_does_not_take_another_persons_pin(self, session: Session) -> None:
        run(session.sign_in("paul", PASSWORD))
        session.choose_pin("1470")
        with pytest.raises(WrongPin):
            session.unlock(INES, "1470")

    def test_asks_for_a_full_sign_in_after_three_wrong_ones(self, session: Session) -> None:
        session.lock()
        for _ in range(2):
            with pytest.raises(WrongPin):
                session.unlock(INES, "1397")
        with pytest.raises(FullSignInNeeded):
            session.unlock(INES, "1397")
        assert not session.takes_pin(INES)
        run(session.sign_in("ines", PASSWORD))
        session.choose_pin("3690")
        assert session.takes_pin(INES)

    def test_is_impossible_for_a_stranger(self, session: Session) -> None:
        with pytest.raises(NobodySignedIn):
            session.unlock(PAUL, PIN)


class TestAccessToken:
    def test_is_used_until_shortly_before_its_end(self, session: Session, clock: Hands) -> None:
        first = run(session.access_token())
        clock.now += 800
        assert run(session.access_token()) == first
        clock.now += 60
        assert run(session.access_token()) != first

    def test_is_fetched_after_an_unlock(self, session: Session) -> None:
        session.lock()
        session.unlock(INES, PIN)
        assert run(session.access_token()).startswith("access-ines")

    def test_survives_a_cut_line(self, session: Session, house: House, clock: Hands) -> None:
        clock.now += 10_000
        house.line_cut = True
        with pytest.raises(ServerUnreachable):
            run(session.access_token())
        house.line_cut = False
        assert run(session.access_token())

    def test_ends_when_the_server_says_so(self, session: Session, house: House, clock: Hands) -> None:
        house.good.clear()
        clock.now += 10_000
        with pytest.raises(SignInExpired):
            run(session.access_token())
        assert session.person is not None  # what is here stays usable

    def test_wipes_a_revoked_tablet(
        self, session: Session, house: House, clock: Hands, tmp_path: Path
    ) -> None:
        session.database_path().write_bytes(b"customers")
        house.revoked = True
        clock.now += 10_000
        with pytest.raises(DeviceRevoked):
            run(session.access_token())
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


class TestSignOut:
    def test_ends_the_sign_in_on_the_server(self, session: Session, house: House) -> None:
        run(session.sign_out())
        assert house.good == {}
        assert session.person is None
        assert session.people() == []

    def test_works_without_a_line(self, session: Session, house: House) -> None:
        house.line_cut = True
        run(session.sign_out())
        assert session.people() == []
