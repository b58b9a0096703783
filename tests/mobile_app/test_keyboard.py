"""Keys alone reach everything that a finger reaches, in every scene; nothing that nobody sees."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mobile_app.hands import is_visible
from mobile_app.i18n import use
from tests.mobile_app.driver import Driver, open_window


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    open_window()
    from mobile_app.theme import theme

    theme.still = True
    yield
    theme.still = False
    use("en")


@pytest.fixture
def staged(drive: Callable[[Any], Driver]) -> Iterator[tuple[Driver, Any]]:
    """A window with a scene, and the keys listened to."""
    from mobile_app.gallery_scenes import make_app
    from mobile_app.keyboard import KeyboardPath

    app, stage = make_app()
    driver = drive(app)
    driver.draw_nothing()
    keys = KeyboardPath()
    keys.listen()
    yield driver, stage
    keys.stop()


def focused(driver: Driver) -> list[Any]:
    return [widget for widget in driver.walk() if getattr(widget, "focus", False)]


def let_go(driver: Driver) -> None:
    for widget in focused(driver):
        widget.focus = False


def under_a_finger(driver: Driver) -> set[Any]:
    """What a finger can press or write into now: under a sheet, what is on it."""
    sheets = driver.find_all("Sheet")
    inside = set(sheets[-1].walk()) if sheets else None
    return {
        widget
        for kind in ("Pressable", "TextInput")
        for widget in driver.find_all(kind)
        if not widget.disabled and (inside is None or widget in inside)
    }


def reached_by_tab(driver: Driver, most: int = 400) -> list[Any]:
    """Press Tab until the way begins anew."""
    let_go(driver)
    seen: list[Any] = []
    for _ in range(most):
        driver.key("tab")
        driver.pump(2)
        assert len(focused(driver)) == 1, (driver.texts()[:6], seen[-1:], focused(driver))
        (now,) = focused(driver)
        assert is_visible(now), now
        if seen and now is seen[0]:
            return seen
        seen.append(now)
    raise AssertionError(f"the way has no end: {seen[-3:]}")


class TestTab:
    def test_leads_to_whatever_a_finger_reaches(self, staged: tuple[Driver, Any]) -> None:
        driver, stage = staged
        missed = {}
        for name in stage.scenes:
            stage.set(name, language="en")
            driver.pump(5)
            wanted = under_a_finger(driver)
            missing = wanted - set(reached_by_tab(driver))
            if missing or not wanted:
                missed[name] = [getattr(each, "a11y", "") or getattr(each, "text", each) for each in missing]
            let_go(driver)
        assert not missed

    def test_goes_back_with_shift(self, staged: tuple[Driver, Any]) -> None:
        driver, stage = staged
        stage.set("pin")
        driver.pump(5)
        there = reached_by_tab(driver)
        driver.key("tab", "shift")
        assert focused(driver) == [there[-1]]

    def test_stays_on_a_sheet(self, staged: tuple[Driver, Any]) -> None:
        driver, stage = staged
        stage.set("size")
        driver.pump(10)
        (sheet,) = driver.find_all("Sheet")
        assert set(reached_by_tab(driver)) <= set(sheet.walk())

    def test_lets_a_long_list_go_on(self, staged: tuple[Driver, Any]) -> None:
        driver, stage = staged
        stage.set("find")
        driver.pump(5)
        names = {row.name for row in reached_by_tab(driver) if type(row).__name__ == "CustomerRow"}
        rows = driver.find_all("CustomerRow")
        assert len(names) >= len(rows)
