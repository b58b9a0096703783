"""The list behind the strip in a window: two words on one value, and what was discarded by a slip."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mobile_app.effects import Discard, ResolveConflict
from mobile_app.gallery_data import DIRECTORY, edits, held
from mobile_app.i18n import use
from mobile_app.loop import Loop
from mobile_app.phones import phone_words
from mobile_app.screens.outbox import model as outbox
from tests.mobile_app.driver import Driver, open_window


@pytest.fixture
def waiting(
    drive_widget: Callable[[Callable[[], Any]], Driver],
) -> Iterator[tuple[Driver, Any, list[Any]]]:
    """The list of a manager, its circle, and what it asked for."""
    open_window()
    from mobile_app.screens.outbox.view import OutboxView
    from mobile_app.theme import theme

    use("en")
    theme.still = True
    asked: list[Any] = []
    loop: Any = Loop(outbox.OutboxModel(), outbox.update, asked.append)

    def make() -> Any:
        view = OutboxView(emit=loop.send)
        loop.shown_by(view.show)
        return view

    driver = drive_widget(make)
    loop.send(outbox.OutboxRead(edits=edits(), directory=DIRECTORY, reviews=True))
    loop.send(outbox.HeldRead(held=held()))
    driver.pump(6)
    yield driver, loop, asked
    theme.still = False


def test_a_conflict_is_decided_by_one_tap(waiting: tuple[Driver, Any, list[Any]]) -> None:
    driver, _, asked = waiting
    assert driver.shows(phone_words("+33698765432")) and driver.shows(phone_words("+33611223344"))
    assert driver.shows("Paul R.")
    driver.tap(driver.find("Btn", text="Keep mine"))
    assert isinstance(asked[-1], ResolveConflict) and asked[-1].keep == "mine"
    assert driver.shows("You chose your own value")


def test_a_conflict_is_decided_by_key(waiting: tuple[Driver, Any, list[Any]]) -> None:
    driver, _, asked = waiting
    driver.find("Btn", text="Keep the other").focus = True
    driver.key("enter")
    assert asked[-1].keep == "theirs"


@pytest.mark.usefixtures("unhurried")
def test_a_discarded_edit_comes_back_at_undo(waiting: tuple[Driver, Any, list[Any]]) -> None:
    driver, loop, asked = waiting
    driver.tap(driver.find("Btn", text="Discard"))
    driver.settle()
    assert not driver.shows("Agnieszka Al-Fassi")
    driver.tap(driver.find("Btn", text="Undo"))
    driver.settle()
    assert driver.shows("Agnieszka Al-Fassi") and asked == []
    driver.tap(driver.find("Btn", text="Discard"))
    loop.send(outbox.Left())
    assert isinstance(asked[-1], Discard)
