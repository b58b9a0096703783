"""The app in a window: from a new tablet to the counter, by taps and keys."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mobile_app.effects import ChoosePin, Enrol, GoTo, Lock, SignIn
from mobile_app.i18n import tr, use
from mobile_app.phones import phone_words
from mobile_app.preferences import Preferences
from mobile_app.screens.outbox.model import Edit, OutboxModel, Standing
from mobile_app.tablet import Tablet
from mobile_app.vault import Stretch
from schemas.ids import NOBODY, id_from
from tests.mobile_app.driver import Driver, open_window
from tests.mobile_app.house import PASSWORD, House

QUICK = Stretch(iterations=1, lanes=1, memory_kib=64)
PIN = "258036"


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def start(tmp_path: Path, house: House, drive: Callable[[Any], Driver]) -> Iterator[Callable[[], Driver]]:
    """Return a function that starts the app on the same tablet, again and again."""
    running: list[Driver] = []

    def begin() -> Driver:
        open_window()
        from mobile_app.app import ComptoirApp

        for driver in running:
            driver.close()
        running[:] = [
            drive(ComptoirApp(folder=tmp_path, server="http://house", line=house.line(), stretch=QUICK))
        ]
        running[0].until(lambda: running[0].app.screen, "a first screen")
        return running[0]

    yield begin
    use("en")


def fill(driver: Driver, field: Any, text: str) -> None:
    driver.tap(field.ids.input)
    driver.type(text)


def enrol(driver: Driver) -> None:
    ids = driver.app.view("enrol").ids
    fill(driver, ids.code, "482913")
    fill(driver, ids.name, "Comptoir 1")
    driver.tap(ids.send)
    driver.until(lambda: driver.app.screen == "sign_in", "the form")
    driver.pump(3)


def sign_in(driver: Driver, password: str = PASSWORD) -> None:
    ids = driver.app.view("sign_in").ids
    if not ids.code.ids.input.text:
        fill(driver, ids.code, "ines")
    fill(driver, ids.password, password)
    driver.key("enter")


def press(driver: Driver, digits: str) -> None:
    for digit in digits:
        driver.tap(driver.find("PinKey", text=digit))


@pytest.fixture
def at_work(start: Callable[[], Driver]) -> Driver:
    """The app with Inès at the counter."""
    driver = start()
    for effect, screen in (
        (Enrol(server="http://house", code="482913", name="Comptoir 1"), "sign_in"),
        (SignIn(code="ines", password=PASSWORD), "pin"),
        (ChoosePin(pin=PIN), "today"),
    ):
        driver.app.conductor.perform(effect)
        driver.until(lambda screen=screen: driver.app.screen == screen, screen)  # type: ignore[misc]
    return driver


class TestANewTablet:
    def test_is_enrolled_by_typing(self, start: Callable[[], Driver]) -> None:
        driver = start()
        assert driver.app.screen == "enrol"
        enrol(driver)
        assert driver.shows(tr("Sign in"))

    def test_says_in_words_what_is_wrong(self, start: Callable[[], Driver], house: House) -> None:
        driver = start()
        house.line_cut = True
        ids = driver.app.view("enrol").ids
        fill(driver, ids.code, "482913")
        fill(driver, ids.name, "Comptoir 1")
        driver.tap(ids.send)
        words = tr("The server does not answer. This step needs the network; try again in a moment.")
        driver.wait_for(text=words)
        assert ids.code.ids.input.text == "482913"

    def test_speaks_french_at_first(self, start: Callable[[], Driver]) -> None:
        driver = start()
        assert "Une nouvelle tablette" in driver.texts() or "Nouvelle tablette" in driver.texts()

    def test_speaks_english_at_a_tap_and_goes_on_doing_so(self, start: Callable[[], Driver]) -> None:
        driver = start()
        button = driver.app.view("enrol").ids.language
        assert button.text == "English"
        driver.tap(button)
        driver.wait_for(text="A new tablet")
        assert button.text == "Français"
        assert "A new tablet" in start().texts()


class TestSigningIn:
    def test_says_that_the_password_is_wrong(self, start: Callable[[], Driver]) -> None:
        driver = start()
        enrol(driver)
        sign_in(driver, "wrong")
        driver.wait_for(text=tr("Code or password is wrong."))

    def test_ends_at_the_counter_with_a_pin(self, start: Callable[[], Driver]) -> None:
        driver = start()
        enrol(driver)
        sign_in(driver)
        driver.until(lambda: driver.app.screen == "pin", "the PIN pad")
        driver.pump(3)
        press(driver, PIN)
        press(driver, PIN)
        driver.until(lambda: driver.app.screen == "today", "the counter")
        assert driver.app.conductor.person.name == "Inès M."


class TestAScanner:
    @pytest.mark.parametrize("search_s", [0.0, 0.3])
    def test_finds_who_holds_the_card_whatever_was_being_typed(
        self, at_work: Driver, search_s: float, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A window tells the characters as text; a scanner sends them within a few milliseconds."""
        find = at_work.app.conductor.find
        searched = Tablet.search
        monkeypatch.setattr(Tablet, "search", lambda *asked: time.sleep(search_s) or searched(*asked))
        monkeypatch.setattr(at_work.app._scans, "_clock", lambda: 0.0)  # a machine that is busy is no person
        field = at_work.app.view("find").find.ids.search.ids.ti
        field.text, field.focus = "mar", True
        at_work.pump(2)
        for character in "CM-0042-1187":
            at_work.window.dispatch("on_textinput", character)
        at_work.window.dispatch("on_key_down", 13, 0, None, [])
        assert find.model.query == field.text == "CM-0042-1187"
        at_work.until(lambda: find.model.beyond is not None, "a search in the house: nobody here holds it")


class TestTheNextMorning:
    def test_opens_by_face_and_pin_on_a_keyboard_without_a_line(
        self, at_work: Driver, start: Callable[[], Driver], house: House
    ) -> None:
        house.line_cut = True
        driver = start()
        driver.tap(driver.wait_for("FaceTile"))
        driver.until(lambda: driver.app.screen == "pin", "the PIN pad")
        driver.pump(3)
        for digit in PIN:
            driver.key(digit)
        driver.until(lambda: driver.app.screen == "today", "the counter")
        driver.wait_for("StripView", warns=True)

    def test_a_wrong_pin_says_what_is_left(self, at_work: Driver) -> None:
        at_work.app.conductor.perform(Lock())
        at_work.tap(at_work.wait_for("FaceTile"))
        at_work.until(lambda: at_work.app.screen == "pin", "the PIN pad")
        at_work.pump(3)
        press(at_work, "147036")
        at_work.until(lambda: at_work.app.conductor.pin.model.left == 2, "the answer")
        at_work.pump(2)
        assert at_work.shows("2")


class TestTheListBehindTheStrip:
    def test_shows_why_an_edit_was_refused(self, at_work: Driver) -> None:
        refused = Edit(
            mutation_id=id_from("edit"),
            record_id=NOBODY,
            customer="Aurélie Lefèvre",
            op="field.set@1",
            said={"field": "phone", "value": "+33612345678"},
            at_ms=1_790_000_000_000,
            standing=Standing.REFUSED,
            code="field_not_allowed",
        )
        at_work.app.conductor.perform(GoTo(screen="outbox"))
        at_work.until(lambda: at_work.app.screen == "outbox", "the list")
        at_work.pump(20)
        at_work.app.view("outbox").show(OutboxModel(edits=(refused,)))
        at_work.pump(2)
        assert at_work.shows("Aurélie Lefèvre")
        assert at_work.shows(phone_words("+33612345678"))
        assert at_work.shows(tr("Your role may not change this. A store manager can."))
        assert at_work.find("Btn", text=tr("Discard"))


class TestSettings:
    def test_change_the_look_at_once(self, at_work: Driver) -> None:
        from mobile_app.theme import theme

        at_work.app.conductor.perform(GoTo(screen="settings"))
        at_work.pump(5)
        at_work.tap_text(tr("Evening"))
        assert theme.dark
        at_work.tap_text(tr("Day"))
        assert not theme.dark

    def test_change_the_language_at_once(self, at_work: Driver) -> None:
        at_work.app.conductor.perform(GoTo(screen="settings"))
        at_work.pump(5)
        at_work.tap_text("English")
        assert at_work.shows("Settings")
        at_work.tap_text("Français")
        assert at_work.shows("Réglages")

    def test_begin_lines_where_the_language_begins_them(
        self, at_work: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from mobile_app.theme import theme

        monkeypatch.setattr("mobile_app.i18n._FROM_THE_RIGHT", ("fr",))
        at_work.app.conductor.perform(GoTo(screen="settings"))
        at_work.pump(5)
        at_work.tap_text("Français")
        assert theme.right_to_left
        at_work.tap_text("English")
        assert not theme.right_to_left

    @pytest.mark.parametrize("size", [(1280, 800), (480, 900)])
    def test_keep_everything_on_the_screen_at_double_text(
        self, at_work: Driver, size: tuple[int, int]
    ) -> None:
        at_work.app.apply_preferences(Preferences(text_scale=2.0))
        at_work.resize(*size)
        for screen in ("enrol", "people", "sign_in", "pin", "outbox", "settings"):
            at_work.app.show(screen)
            at_work.settle()
            for button in at_work.find_all("Btn"):
                x, _ = button.to_window(button.x, button.y)
                where = (screen, button.text, x, button.width)
                assert x >= 0, where
                assert x + button.width <= size[0] + 1, where
        at_work.app.apply_preferences(Preferences())
