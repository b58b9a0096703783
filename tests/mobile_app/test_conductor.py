"""The conductor: screens on one side, the tablet on the other, no window at all."""

import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mobile_app.conductor import Conductor
from mobile_app.effects import CutLine, GoTo, Lock, SyncNow
from mobile_app.preferences import Preferences
from mobile_app.screens.enrol import model as enrol
from mobile_app.screens.leaving import model as leaving
from mobile_app.screens.outbox import model as outbox
from mobile_app.screens.pin import model as pin
from mobile_app.screens.settings import model as settings
from mobile_app.screens.sign_in import model as sign_in
from mobile_app.strip import LineStatus
from mobile_app.tablet import Tablet
from mobile_app.vault import Stretch
from schemas.ids import id_from
from schemas.mutations import SetField
from schemas.protocol import Outcome, OutcomeStatus
from sync.replica.outbox import settle
from tests.mobile_app.house import PASSWORD, House

QUICK = Stretch(iterations=1, lanes=1, memory_kib=64)
PIN = "258036"
CONFLICT = id_from("conflict", "phone")


class Desk:
    """A stage that only remembers, and the queue by which answers cross."""

    def __init__(self) -> None:
        self.screen = ""
        self.line = LineStatus()
        self.preferences = Preferences()
        self.crossing: queue.Queue[Callable[[], None]] = queue.Queue()

    def show(self, screen: str) -> None:
        self.screen = screen

    def show_line(self, status: LineStatus) -> None:
        self.line = status

    def apply_preferences(self, preferences: Preferences) -> None:
        self.preferences = preferences

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, f"in vain on {self.screen}"
            try:
                self.crossing.get(timeout=0.05)()
            except queue.Empty:
                continue


class Counter:
    """A conductor at work, with a person's moves."""

    def __init__(self, folder: Path, house: House) -> None:
        self.desk = Desk()
        self.conductor = Conductor(
            folder,
            server="http://house",
            stage=self.desk,
            deliver=self.desk.crossing.put,
            line=house.line(),
            stretch=QUICK,
        )
        self.conductor.start()

    def enrol(self) -> None:
        self.desk.until(lambda: self.desk.screen == "enrol")
        for event in (enrol.CodeTyped(text="482913"), enrol.NameTyped(text="Caisse"), enrol.SendPressed()):
            self.conductor.enrol.send(event)
        self.desk.until(lambda: self.desk.screen == "sign_in")

    def sign_in(self, password: str = PASSWORD) -> None:
        self.conductor.sign_in.send(sign_in.SomebodyElse(code="ines"))
        self.conductor.sign_in.send(sign_in.PasswordTyped(text=password))
        self.conductor.sign_in.send(sign_in.SendPressed())

    def press(self, digits: str) -> None:
        for digit in digits:
            self.conductor.pin.send(pin.DigitPressed(digit=digit))

    def tap_face(self) -> None:
        face = self.conductor.sign_in.model.faces[0]
        self.conductor.sign_in.send(sign_in.FaceTapped(associate_id=face.associate_id))


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def begin(tmp_path: Path, house: House) -> Iterator[Callable[[], Counter]]:
    """Return a function that starts the tablet, again and again on the same folder."""
    begun: list[Counter] = []

    def start() -> Counter:
        for counter in begun:
            counter.conductor.stop()
        begun[:] = [Counter(tmp_path, house)]
        return begun[0]

    yield start
    for counter in begun:
        counter.conductor.stop()


@pytest.fixture
def counter(begin: Callable[[], Counter]) -> Counter:
    """A tablet on which Inès works."""
    counter = begin()
    counter.enrol()
    counter.sign_in()
    counter.desk.until(lambda: counter.desk.screen == "pin")
    counter.press(PIN + PIN)
    counter.desk.until(lambda: counter.desk.screen == "today")
    return counter


class TestFirstDay:
    def test_leads_from_the_code_to_the_counter(self, counter: Counter) -> None:
        assert counter.conductor.person is not None
        assert counter.conductor.person.name == "Inès M."

    def test_says_that_a_code_is_wrong(self, begin: Callable[[], Counter]) -> None:
        counter = begin()
        for event in (enrol.CodeTyped(text="000000"), enrol.NameTyped(text="Caisse"), enrol.SendPressed()):
            counter.conductor.enrol.send(event)
        counter.desk.until(lambda: counter.conductor.enrol.model.problem == "enrolment_code_invalid")

    def test_says_that_there_is_no_line(self, begin: Callable[[], Counter], house: House) -> None:
        house.line_cut = True
        counter = begin()
        for event in (enrol.CodeTyped(text="482913"), enrol.NameTyped(text="Caisse"), enrol.SendPressed()):
            counter.conductor.enrol.send(event)
        counter.desk.until(lambda: counter.conductor.enrol.model.problem == "unreachable")

    def test_says_that_a_password_is_wrong(self, begin: Callable[[], Counter]) -> None:
        counter = begin()
        counter.enrol()
        counter.sign_in("wrong")
        counter.desk.until(lambda: counter.conductor.sign_in.model.problem == "wrong_credentials")

    def test_refuses_a_pin_that_everybody_tries_first(self, begin: Callable[[], Counter]) -> None:
        counter = begin()
        counter.enrol()
        counter.sign_in()
        counter.desk.until(lambda: counter.desk.screen == "pin")
        counter.press("123456" * 2)
        counter.desk.until(lambda: counter.conductor.pin.model.problem == "too_simple")


class TestNextMorning:
    def test_opens_with_face_and_pin_without_a_line(
        self, counter: Counter, begin: Callable[[], Counter], house: House
    ) -> None:
        house.line_cut = True
        counter = begin()
        counter.desk.until(lambda: counter.desk.screen == "people")
        counter.tap_face()
        counter.press(PIN)
        counter.desk.until(lambda: counter.desk.screen == "today")
        counter.desk.until(lambda: not counter.desk.line.online)

    def test_sends_to_the_form_after_three_wrong_pins(self, counter: Counter) -> None:
        counter.conductor.settings.send(settings.HandOverPressed())
        counter.desk.until(lambda: counter.desk.screen == "people")
        counter.tap_face()
        for left in (2, 1):
            counter.press("147036")
            counter.desk.until(lambda left=left: counter.conductor.pin.model.left == left)  # type: ignore[misc]
        counter.press("147036")
        counter.desk.until(lambda: counter.conductor.sign_in.model.problem == "full_sign_in")
        assert counter.conductor.sign_in.model.code == "ines"

    def test_remembers_what_the_person_likes(self, counter: Counter, begin: Callable[[], Counter]) -> None:
        counter.conductor.settings.send(settings.DarkChosen(dark=True))
        assert counter.desk.preferences.dark
        assert begin().desk.preferences.dark


class TestAConflictWithoutALine:
    def test_is_decided_once_and_shown_until_the_server_hears_of_it(
        self, counter: Counter, house: House
    ) -> None:
        house.line_cut = True
        claire = id_from("customer", "claire")

        def contest(tablet: Tablet) -> None:
            store = tablet._opened()
            said = SetField(field="phone", value="+33611111111")
            envelope = store.submit(claire, said, wall_ms=1_795_000_000_000)
            detail = {"conflict_id": str(CONFLICT), "field": "phone", "theirs": '"+33622222222"'}
            verdict = Outcome(
                seq=envelope.seq,
                mutation_id=envelope.mutation_id,
                status=OutcomeStatus.CONFLICT,
                detail=detail,
            )
            with store.change():
                settle(store.connection, verdict)

        conductor = counter.conductor
        conductor.ask_and_wait(contest)
        conductor.perform(GoTo(screen="outbox"))
        counter.desk.until(lambda: len(conductor.outbox.model.for_a_person) == 1)
        edit = conductor.outbox.model.edits[0]
        conductor.outbox.send(outbox.DecidePressed(mutation_id=edit.mutation_id, keep="theirs"))
        counter.desk.until(lambda: counter.desk.line.waiting == 1)
        counter.desk.until(lambda: [each.decided for each in conductor.outbox.model.edits] == ["theirs"])
        assert counter.desk.line.for_a_person == 0
        assert conductor.ask_and_wait(lambda tablet: len(tablet._opened().problems())) == 1


class TestSavingUnsentWork:
    def test_says_that_it_takes_a_first_contact(self, counter: Counter) -> None:
        counter.conductor.settings.send(settings.SavePressed())
        counter.desk.until(lambda: counter.conductor.settings.model.save_problem == "no_key")


class TestTwoPeople:
    def test_each_finds_the_tablet_as_he_likes_it(self, counter: Counter) -> None:
        counter.conductor.settings.send(settings.LanguageChosen(language="en"))
        counter.conductor.settings.send(settings.HandOverPressed())
        counter.desk.until(lambda: counter.desk.screen == "people")
        assert counter.desk.preferences.language == "en"  # greets the next as the last one left it
        counter.conductor.sign_in.send(sign_in.SomebodyElse(code="paul"))
        counter.conductor.sign_in.send(sign_in.PasswordTyped(text=PASSWORD))
        counter.conductor.sign_in.send(sign_in.SendPressed())
        counter.desk.until(lambda: counter.desk.screen == "pin")
        counter.conductor.settings.send(settings.LanguageChosen(language="fr"))
        counter.press("963852" * 2)
        counter.desk.until(lambda: counter.desk.screen == "today")
        counter.conductor.settings.send(settings.HandOverPressed())
        counter.desk.until(lambda: counter.desk.screen == "people")
        ines = next(face for face in counter.conductor.sign_in.model.faces if face.code == "ines")
        counter.conductor.sign_in.send(sign_in.FaceTapped(associate_id=ines.associate_id))
        counter.press(PIN)
        counter.desk.until(lambda: counter.desk.screen == "today")
        assert counter.desk.preferences.language == "en"
        assert counter.conductor.settings.model.preferences.language == "en"


class TestLeaving:
    def test_by_hand_over_keeps_the_face(self, counter: Counter) -> None:
        counter.conductor.settings.send(settings.HandOverPressed())
        counter.desk.until(lambda: counter.desk.screen == "people")
        assert [face.name for face in counter.conductor.sign_in.model.faces] == ["Inès M."]

    def test_with_something_unsent_shows_it_first_and_then_goes_all_the_same(self, counter: Counter) -> None:
        conductor, desk = counter.conductor, counter.desk
        conductor.perform(CutLine(cut=True))

        def write(tablet: Tablet) -> None:
            tablet.submit(id_from("customer", "agnes"), SetField(field="language", value="fr"))

        conductor.ask_and_wait(write)
        desk.until(lambda: conductor.settings.model.pending == 1)
        conductor.settings.send(settings.HandOverPressed())
        desk.until(lambda: conductor.leaving.model.known)
        assert desk.screen == "leaving" and not conductor.leaving.model.online
        assert [kind for kind, _ in conductor.leaving.model.sections] == [leaving.Kind.UNSENT]
        conductor.leaving.send(leaving.HandOverPressed())
        desk.until(lambda: desk.screen == "people")
        assert conductor.leaving.model == leaving.ShiftEndModel()

    def test_by_sign_out_forgets_it(self, counter: Counter) -> None:
        counter.conductor.settings.send(settings.SignOutPressed())
        counter.conductor.settings.send(settings.SignOutPressed())
        counter.desk.until(lambda: counter.desk.screen == "sign_in")
        assert counter.conductor.sign_in.model.form


class TestATabletTakenOutOfService:
    def test_wipes_itself_at_the_next_exchange(self, counter: Counter, house: House, tmp_path: Path) -> None:
        house.revoked = True
        counter.conductor.perform(SyncNow())
        counter.desk.until(lambda: counter.desk.screen == "enrol")
        assert counter.conductor.person is None
        assert not (tmp_path / "people").exists()
        assert not (tmp_path / "device").exists()

    def test_wipes_itself_though_nobody_opens_it(
        self, counter: Counter, begin: Callable[[], Counter], house: House, tmp_path: Path
    ) -> None:
        """Whoever found it and has no PIN starts it again, or lets it lie."""
        counter.conductor.perform(Lock())
        counter.desk.until(lambda: counter.desk.screen == "people")
        for _ in ("trusted", "without a line"):
            counter.conductor.ask_if_trusted()
            house.line_cut = not house.line_cut
        counter.conductor.ask_and_wait(lambda tablet: None)
        assert (tmp_path / "people").exists() and counter.desk.screen == "people"
        house.line_cut, house.revoked = False, True
        again = begin()
        again.desk.until(lambda: again.desk.screen == "enrol")
        assert again.conductor.enrol.model.problem == "device_revoked"
        assert not (tmp_path / "people").exists() and not (tmp_path / "device").exists()
