"""Every screen at every size of text, both languages and both themes: nothing cut, faint, small or mute."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mobile_app.i18n import use
from tests.mobile_app import looking
from tests.mobile_app.driver import Driver, open_window

SIZES = {"landscape": (1280, 800), "portrait": (800, 1280), "phone": (480, 900)}
LOOKS = (("landscape", 1.35, False), ("portrait", 2.0, True), ("phone", 2.0, False))


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    open_window()
    from mobile_app.theme import theme

    theme.still = True
    yield
    theme.still = theme.dark = theme.left_handed = False
    theme.font_scale = 1.0
    use("en")


def looks(
    start: Callable[[Any], Driver], check: Callable[[Driver], list[str]]
) -> Iterator[tuple[str, list[str]]]:
    """Yield each scene in each look by name with what is wrong with it. Widgets are built once for all."""
    from mobile_app.gallery_scenes import make_app

    app, stage = make_app()
    driver = start(app)
    driver.draw_nothing()
    for size, scale, dark in LOOKS:
        driver.resize(*SIZES[size])
        for name in stage.scenes:
            stage.set(name, scale=scale, dark=dark, language="fr")
            driver.pump(5)
            yield f"{name}, {size}, {scale}", check(driver)


def wrong(driver: Driver) -> list[str]:
    with looking.once(driver):
        return [
            *looking.what_is_cut(driver),
            *looking.what_overlaps(driver),
            *looking.what_is_faint(driver),
            *looking.what_is_small(driver),
        ]


class TestNothing:
    def test_is_cut_faint_small_or_mute(self, drive: Callable[[Any], Driver]) -> None:
        found = [f"{name}: {each}" for name, problems in looks(drive, wrong) for each in problems]
        assert not found, "\n".join(found)


class TestTheCard:
    def test_scrolls_where_large_words_leave_no_room_to_its_tabs(
        self, drive: Callable[[Any], Driver]
    ) -> None:
        from mobile_app.gallery_scenes import make_app

        app, stage = make_app()
        driver = drive(app)
        driver.draw_nothing()
        driver.resize(*SIZES["phone"])
        stage.set("card", scale=2.0)
        driver.pump(8)
        scroll, pane = (driver.find("CardView").ids[name] for name in ("card", "pane"))
        assert pane.height >= 240
        assert scroll.do_scroll_y and pane.to_window(*pane.pos)[1] < scroll.y
        scroll.scroll_y = 0
        driver.pump(3)
        assert pane.to_window(*pane.pos)[1] >= scroll.y - 1
        stage.set("card")
        driver.resize(*SIZES["landscape"])
        driver.pump(8)
        assert not scroll.do_scroll_y


class TestTheRuler:
    """A check that cannot fail checks nothing."""

    def test_sees_what_is_wrong(self, drive: Callable[[Any], Driver]) -> None:
        from mobile_app.gallery_scenes import make_app

        app, stage = make_app()
        driver = drive(app)
        driver.draw_nothing()
        stage.set("card")
        driver.pump(5)
        assert not wrong(driver)
        chip = driver.find("FilterChip", text="My customers")
        chip.ids.word.color = [0.9, 0.9, 0.9, 1]
        chip.ids.word.width = 20
        chip.size_hint_y, chip.height = None, 20
        driver.pump(1)
        found = [each for each in wrong(driver) if "My customers" in each]
        assert {each.split()[0].rstrip(":") for each in found} >= {"cut", "faint", "small"}
