"""What the app keeps in memory over a shift, and what it leaves behind."""

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.mobile_app.driver import Driver, open_window

TABS = ("card", "advice", "wardrobe", "purchases", "taste", "notes", "loyalty", "details")
CARDS = 24


def live_widgets() -> int:
    """How many widgets are alive, wherever they are held."""
    from kivy.uix.widget import Widget

    gc.collect()
    # Asked by type: among the objects there are stand-ins of what is gone, which may not be asked themselves.
    return sum(issubclass(type(each), Widget) for each in gc.get_objects())


def open_cards(driver: Driver, stage: Any, count: int) -> None:
    """Open customers one after the other, each at the next tab."""
    for number in range(count):
        stage.set(TABS[number % len(TABS)])
        driver.pump(2)


class TestAShift:
    def test_opens_card_after_card_without_growing(self, drive: Callable[[Any], Driver]) -> None:
        open_window()
        from mobile_app.gallery_scenes import make_app

        app, stage = make_app()
        driver = drive(app)
        driver.draw_nothing()
        open_cards(driver, stage, len(TABS))
        before = live_widgets()
        open_cards(driver, stage, CARDS)
        assert live_widgets() <= before


class TestMakingAScreen:
    def test_is_seldom_held_up_by_a_collection(self, drive: Callable[[Any], Driver]) -> None:
        open_window()
        from mobile_app.gallery_scenes import make_app

        before = sum(each["collections"] for each in gc.get_stats())
        app, _ = make_app()
        drive(app)
        assert sum(each["collections"] for each in gc.get_stats()) - before < 60


class TestAClosedApp:
    def test_leaves_nothing_in_memory(self, tmp_path: Path) -> None:
        open_window()
        from mobile_app.app import ComptoirApp

        left: list[weakref.ref[Any]] = []
        for number in range(2):
            nobody = httpx.MockTransport(lambda _: httpx.Response(503))
            app: Any = ComptoirApp(folder=tmp_path / str(number), server=None, line=nobody)
            driver = Driver(app)
            left += [weakref.ref(app), weakref.ref(app.view("today")), weakref.ref(app.view("settings"))]
            driver.close()
            del app, driver
        gc.collect()
        held = [ref for ref in left[:3] if ref() is not None]
        assert not held, "what the last app leaves, Kivy may still hold; of the one before nothing is left"
