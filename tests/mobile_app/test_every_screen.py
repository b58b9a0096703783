"""Every screen at every size of text, both languages and both themes: nothing cut, faint, small or mute."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

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


class TestTheCatalogue:
    def test_stands_in_rows_of_one_height_and_shows_no_picture_that_is_damaged(
        self, drive: Callable[[Any], Driver], tmp_path: Path
    ) -> None:
        from mobile_app.gallery_scenes import make_app

        Image.new("RGB", (48, 24), "navy").save(tmp_path / "SA06-BORD.png")
        (tmp_path / "SO03-NOIR.png").write_bytes(b"not a picture")
        app, stage = make_app(tmp_path)
        driver = drive(app)
        driver.draw_nothing()
        for size in ("landscape", "portrait"):
            driver.resize(*SIZES[size])
            stage.set("catalogue")
            driver.pump(8)
            tiles = {tile.sku: tile for tile in driver.find_all("ArticleTile")}
            assert len({round(tile.height) for tile in tiles.values()}) == 1
            assert max(tile.needs for tile in tiles.values()) == tiles["SA06-BORD"].height
        assert {sku for sku, tile in tiles.items() if tile.ids.shot.has_picture} == {"SA06-BORD"}
        assert tiles["SO03-NOIR"].ids.shot.icon_name == "shoe-heel"
        x, y, *_ = tiles[
            "SA06-BORD"
        ].ids.shot.part  # twice as wide as high: its sides are cut, not its height
        assert 0.1 < x < 0.4 and y == 1
        driver.resize(*SIZES["landscape"])


class TestTheTimeline:
    def test_has_its_chart_beside_it_or_below(self, drive: Callable[[Any], Driver]) -> None:
        from mobile_app.gallery_scenes import make_app

        app, stage = make_app()
        driver = drive(app)
        driver.draw_nothing()
        for size, beside in (("landscape", True), ("portrait", False)):
            driver.resize(*SIZES[size])
            stage.set("card")
            driver.pump(8)
            pane = driver.find("TimelinePane")
            chart, moments = pane.ids.chart_box, pane.ids.scroll
            assert chart.height > 100
            assert (chart.x > moments.right) == beside
            assert (chart.top < moments.y) == (not beside)
        driver.resize(*SIZES["landscape"])
