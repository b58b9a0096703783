"""Today and the follow-ups in a window, by taps: what is done, taken back, put off."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mobile_app.i18n import tr, use
from tests.mobile_app.driver import Driver, open_window


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    open_window()
    use("en")
    yield
    use("en")


@pytest.fixture
def stage(drive: Callable[[Any], Driver]) -> tuple[Driver, Any]:
    from mobile_app.gallery_scenes import make_app

    app, stage = make_app()
    driver = drive(app)
    driver.draw_nothing()
    return driver, stage


class TestToday:
    @pytest.mark.usefixtures("unhurried")
    def test_is_done_with_one_tap_and_taken_back_with_another(self, stage: tuple[Driver, Any]) -> None:
        driver, scenes = stage
        scenes.set("today")
        driver.pump(5)
        assert len(driver.find_all("PersonRow")) == 5
        row = driver.find("PersonRow")

        driver.tap(row.ids.button)
        driver.pump(3)

        assert driver.shows(tr("Done"))
        assert scenes._today.model.made is not None
        driver.tap(driver.find("Btn", text=tr("Undo")))
        assert scenes._today.model.made is None

    def test_leads_to_all_follow_ups(self, stage: tuple[Driver, Any]) -> None:
        driver, scenes = stage
        scenes.set("today")
        driver.pump(5)
        gone: list[str] = []
        scenes._desk.go = gone.append

        driver.tap(driver.find("RailItem", text=tr("Follow-ups")))

        assert gone == ["follow_ups"]


class TestFollowUps:
    def test_put_off_by_two_taps(self, stage: tuple[Driver, Any]) -> None:
        driver, scenes = stage
        scenes.set("follow-ups")
        driver.pump(5)
        row = driver.find("ToDoRow")

        driver.tap(at=row.to_window(row.right - 30, row.center_y))
        driver.settle()
        driver.tap(driver.wait_for("FilterChip", text=tr("In a week")))
        driver.pump(3)

        made = scenes._ups.model.made
        assert made is not None and made.mutation.due == "2026-11-27"

    def test_open_a_sheet_that_escape_closes(self, stage: tuple[Driver, Any]) -> None:
        driver, scenes = stage
        scenes.set("follow-up")
        driver.pump(5)
        assert driver.shows(tr("Give to"))

        driver.key("escape")
        driver.pump(3)

        assert scenes._ups.model.sheet is None
