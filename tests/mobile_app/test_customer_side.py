"""The tablet turned to a customer, in a window: she signs with her finger, and only a PIN leads back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from mobile_app import i18n
from mobile_app.effects import ChoosePin, Enrol, SignIn, Speak, TurnTablet
from mobile_app.facts import LeaseOver
from mobile_app.i18n import use
from mobile_app.screens.directory import Directory
from mobile_app.tablet import Tablet
from mobile_app.vault import Stretch
from schemas.mutations import CreateCustomer
from schemas.signature import is_signature
from schemas.staff import Role
from sync.replica.draft import Card
from sync.replica.driver import StoreFull
from tests.mobile_app.driver import Driver, open_window
from tests.mobile_app.house import PASSWORD, House
from tests.mobile_app.screens.made import CLAIRE, card
from tests.mobile_app.screens.test_customer_side import EMAIL, WORDINGS

QUICK = Stretch(iterations=1, lanes=1, memory_kib=64)
PIN = "258036"
SECRETS = ("Petit", "Inès", "waiting", "Vasseur, Paul")


@pytest.fixture
def driver(tmp_path: Path, drive: Callable[[Any], Driver], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A tablet at the counter with a customer who speaks French."""
    open_window()
    from mobile_app.app import ComptoirApp

    monkeypatch.setattr(Tablet, "wordings", lambda _: {each.key: each for each in WORDINGS})
    monkeypatch.setattr(Tablet, "directory", lambda _: Directory(brand="maison"))
    monkeypatch.setattr(Tablet, "card", lambda _, record_id: claire() if record_id == CLAIRE else None)
    house = House()
    driver = drive(ComptoirApp(folder=tmp_path, server="http://house", line=house.line(), stretch=QUICK))
    driver.draw_nothing()
    app = driver.app
    app.conductor.perform(Enrol(server="http://house", code="482913", name="Caisse"))
    driver.until(lambda: app.screen == "sign_in", "the form")
    app.conductor.perform(SignIn(code="ines", password=PASSWORD))
    driver.until(lambda: app.conductor.person is not None, "somebody signed in")
    app.conductor.perform(ChoosePin(pin=PIN))
    driver.until(lambda: app.screen in ("find", "today"), "the counter")
    yield driver
    use("en")


def claire() -> Card:
    """As a seller holds her; the stand-in for the server tells no customers."""
    return card(Role.SELLER, given_name="Claire", family_name="Vasseur", language="fr")


def turn(driver: Driver) -> Any:
    driver.app.conductor.perform(TurnTablet(record_id=CLAIRE))
    driver.until(lambda: driver.app.screen == "customer_side", "the customer's side")
    driver.pump(5)
    return driver.app.view("customer_side")


def sign(driver: Driver, pad: Any) -> None:
    driver.pump(12)  # the pad opens with the first tick
    x, y = pad.to_window(pad.x, pad.y)
    driver.drag((x + 30, y + 40), (x + 200, y + 100), steps=12)
    driver.drag((x + 200, y + 30), (x + 60, y + 110), steps=12)
    driver.pump(12)


class TestCustomerSide:
    def test_keeps_her_signed_word_and_returns_by_pin_to_her_card(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept: list[Any] = []
        submit = Tablet.submit

        def noting(tablet: Tablet, record_id: UUID, mutation: Any) -> UUID:
            kept.append(mutation)
            return submit(tablet, record_id, mutation)

        monkeypatch.setattr(Tablet, "submit", noting)
        view = turn(driver)
        conductor = driver.app.conductor
        assert "Vous pouvez" in " ".join(driver.texts())
        driver.tap(driver.find("AllowLine", key=EMAIL))
        driver.tap(view.ids.confirm)
        assert view.ids.problem.text
        sign(driver, view.ids.pad)
        driver.tap(view.ids.confirm)

        driver.until(lambda: conductor.ask_and_wait(lambda tablet: tablet.session.person) is None, "the lock")
        driver.pump(3)
        assert not driver.shows("Claire")
        driver.pump(12)
        driver.tap(view.ids.back)
        driver.until(lambda: driver.app.screen == "pin", "the PIN pad")
        for digit in PIN:
            driver.key(digit)
        driver.until(lambda: conductor.card.model.card is not None, "her card")

        (yes,) = kept
        assert (yes.state, yes.wording, yes.how) == ("granted", "2026-11", "signature")
        assert is_signature(yes.signature)
        assert conductor.ask_and_wait(lambda tablet: len(tablet.outbox())) == 1

    def test_does_not_say_that_it_kept_what_it_could_not(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: Any) -> UUID:
            raise StoreFull

        monkeypatch.setattr(Tablet, "submit", full)
        view = turn(driver)
        driver.tap(driver.find("AllowLine", key=EMAIL))
        sign(driver, view.ids.pad)
        driver.tap(view.ids.confirm)

        conductor = driver.app.conductor
        driver.until(lambda: conductor.ask_and_wait(lambda tablet: tablet.session.person) is None, "the lock")
        driver.until(lambda: conductor.customer_side.model.lost, "the truth")
        driver.pump(12)
        said = " ".join(driver.texts())
        assert "n’a pas pu être enregistré" in said and "enregistré et" not in said

    def test_is_the_shops_again_when_the_lease_ends_in_her_hands(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app, conductor = driver.app, driver.app.conductor
        conductor.perform(Speak(language="en"))
        turn(driver)
        conductor._hear(LeaseOver())
        driver.until(lambda: app.screen == "people", "the faces")
        driver.pump(12)
        assert conductor.customer_side.model.lines == () and not driver.shows("Claire")
        assert i18n.language() == "en"

    def test_lets_no_key_and_no_scan_out(self, driver: Driver) -> None:
        view = turn(driver)
        app = driver.app
        for name in ("escape", "enter", "tab", "a"):
            driver.key(name)
        for code in (27, 282, 283, 319, 1001):  # Esc and back, F1, F2, menu, back of Android
            driver.window.dispatch("on_keyboard", code, 0, None, [])
            driver.window.dispatch("on_key_down", code, 0, None, [])
        for character in "MB000042":
            driver.window.dispatch("on_key_down", ord(character), 0, character, [])
        driver.window.dispatch("on_key_down", 13, 0, None, [])
        driver.hold(view.ids.name, 0.8)
        driver.pump(5)

        assert app.screen == "customer_side"
        assert app._strip.parent is None
        assert len(driver.window.children) == 1
        assert not [text for text in driver.texts() if any(secret in text for secret in SECRETS[:3])]

    def test_lets_somebody_new_write_herself_down(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Tablet, "may_give", lambda _, field: field != "consents")
        kept: list[Any] = []
        monkeypatch.setattr(Tablet, "submit", lambda _, who, mutation: kept.append((who, mutation)))
        anne = UUID(int=77)
        driver.app.conductor.perform(TurnTablet(record_id=anne, begun={"given_name": "An"}))
        driver.until(lambda: driver.app.screen == "customer_side", "the customer's side")
        driver.pump(5)
        view = driver.app.view("customer_side")
        first, family, *_ = view.ids.details.children[::-1]

        driver.tap(first.ids.input)
        driver.type("ne")
        driver.key("enter")
        driver.until(lambda: family.ids.input.focus, "the next line")
        driver.window.dispatch("on_key_down", ord("v"), 0, "v", ["ctrl"])
        for code in (27, 282, 319, 1001):  # Esc, F1, menu, back
            assert driver.window.dispatch("on_key_down", code, 0, None, [])
            assert driver.window.dispatch("on_keyboard", code, 0, None, [])
        driver.type("Moreau")
        driver.until(lambda: driver.app.conductor.customer_side.model.details[1].text == "Moreau", "a name")
        driver.tap(view.ids.confirm)

        conductor = driver.app.conductor
        driver.until(lambda: conductor.ask_and_wait(lambda tablet: tablet.session.person) is None, "the lock")
        assert kept == [(anne, CreateCustomer(values={"given_name": "Anne", "family_name": "Moreau"}))]
        assert not driver.shows("Moreau") and conductor.customer_side.model.details == ()

    def test_holds_nothing_of_the_sellers_behind_it(self, driver: Driver) -> None:
        turn(driver)
        conductor = driver.app.conductor
        paul = CreateCustomer(values={"family_name": "Petit", "given_name": "Brune"})
        conductor.ask_and_wait(lambda tablet: tablet.submit(tablet.new_id(), paul))
        driver.pump(10)

        held = msgspec.json.encode([conductor.find.model.rows, conductor.outbox.model.edits])
        assert conductor.card.model.card is None
        assert b"Petit" not in held and b"Vasseur" not in held

    def test_locks_when_the_screen_goes_dark_and_keeps_nothing_unconfirmed(self, driver: Driver) -> None:
        view = turn(driver)
        conductor = driver.app.conductor
        driver.tap(driver.find("AllowLine", key=EMAIL))
        sign(driver, view.ids.pad)

        assert driver.app.on_pause()

        driver.until(lambda: conductor.ask_and_wait(lambda tablet: tablet.session.person) is None, "the lock")
        assert conductor.customer_side.model.lines == ()
        driver.pump(12)
        driver.tap(view.ids.back)
        driver.until(lambda: driver.app.screen == "pin", "the PIN pad")
