"""The window driver itself, on plain widgets."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.mobile_app.driver import Driver, wanted_mode


def form() -> Any:
    from kivy.uix.boxlayout import BoxLayout
    from kivy.uix.button import Button
    from kivy.uix.textinput import TextInput

    box = BoxLayout(orientation="vertical")
    box.add_widget(TextInput(multiline=False))
    button = Button(text="Press")
    button.bind(on_release=lambda pressed: setattr(pressed, "text", "Pressed"))
    box.add_widget(button)
    return box


class TestDriver:
    def test_taps(self, drive_widget: Callable[[Callable[[], Any]], Driver]) -> None:
        driver = drive_widget(form)
        driver.tap_text("Press")
        assert driver.shows("Pressed")

    def test_types_where_the_focus_is(self, drive_widget: Callable[[Callable[[], Any]], Driver]) -> None:
        driver = drive_widget(form)
        box = driver.find("TextInput")
        driver.tap(box)
        driver.type("lefèv")
        driver.key("backspace")
        assert box.text == "lefè"

    def test_turns_the_tablet(self, drive_widget: Callable[[Callable[[], Any]], Driver]) -> None:
        driver = drive_widget(form)
        driver.resize(800, 1280)
        assert tuple(driver.find("BoxLayout").size) == (800, 1280)

    def test_says_what_is_shown_when_it_finds_nothing(
        self, drive_widget: Callable[[Callable[[], Any]], Driver]
    ) -> None:
        driver = drive_widget(form)
        with pytest.raises(AssertionError, match="Press"):
            driver.find(text="Elsewhere")

    @pytest.mark.skipif(wanted_mode() == "mock", reason="draws nothing")
    def test_takes_pictures(self, drive_widget: Callable[[Callable[[], Any]], Driver]) -> None:
        image = drive_widget(form).shot()
        assert image.size == (1280, 800)
        assert len(image.getcolors(1 << 20)) > 5
