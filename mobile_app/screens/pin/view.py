"""Draws the PIN pad; a keyboard's digits work as well."""

from pathlib import Path
from typing import Any

from kivy.core.window import Window
from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.widget import Widget

from mobile_app.i18n import ntr, tr
from mobile_app.screens.forms import FormView
from mobile_app.screens.pin.model import DIGITS, BackPressed, DigitPressed, ErasePressed, PinModel, Purpose
from mobile_app.widgets import IconBtn, Pressable, Surface

BACKSPACE, ESCAPE = 8, 27


class PinKey(Pressable):
    """A digit to press."""

    text = StringProperty()


class PinDot(Surface):
    """One digit, typed or not."""

    on = BooleanProperty(False)


class PinView(FormView):
    """Shows a ``PinModel``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for _ in range(DIGITS):
            self.ids.dots.add_widget(PinDot())
        for digit in "123456789":
            self._add_key(digit)
        self.ids.pad.add_widget(Widget(size_hint=(None, None), size=(0, 0)))
        self._add_key("0")
        erase = IconBtn(icon_name="backspace-outline")
        erase.bind(on_release=lambda _: self.emit(ErasePressed()))
        self._erase = erase
        self.ids.pad.add_widget(erase)

    def entered(self) -> None:
        Window.bind(on_key_down=self._key)

    def left(self) -> None:
        Window.unbind(on_key_down=self._key)

    def show(self, model: PinModel) -> None:
        """Put the model's facts in words and on the screen."""
        ids = self.ids
        ids.title.text = model.name
        ids.lead.text = _lead(model)
        for number, dot in enumerate(reversed(ids.dots.children)):
            dot.on = number < len(model.digits)
        ids.problem.text = _problem(model)
        ids.back.text = tr("Not {name}?").format(name=model.name) if model.name else tr("Back")
        self._erase.a11y = tr("Erase")

    def _add_key(self, digit: str) -> None:
        key = PinKey(text=digit)
        key.bind(on_release=lambda pressed: self.emit(DigitPressed(digit=pressed.text)))
        self.ids.pad.add_widget(key)

    def _key(self, _window: Any, code: int, _scan: int, text: str | None, _modifiers: Any) -> bool:
        if text is not None and text.isdecimal() and text.isascii():
            self.emit(DigitPressed(digit=text))
        elif code == BACKSPACE:
            self.emit(ErasePressed())
        elif code == ESCAPE:
            self.emit(BackPressed())
        else:
            return False
        return True


def _lead(model: PinModel) -> str:
    match model.purpose:
        case Purpose.CHOOSE:
            return tr(
                "Choose {count} digits. They open this tablet for you, with or without network."
            ).format(count=DIGITS)
        case Purpose.REPEAT:
            return tr("The same digits once more.")
        case _:
            return tr("One moment…") if model.busy else tr("Your PIN")


def _problem(model: PinModel) -> str:
    match model.problem:
        case "wrong":
            left = model.left or 0
            return ntr(
                "That was not it. {count} try is left.", "That was not it. {count} tries are left.", left
            ).format(count=left)
        case "differs":
            return tr("The two were not the same. Choose again.")
        case "lease_over":
            return tr(
                "This tablet has been without network for too long. Connect it, then enter your PIN again."
                " Nothing you noted is lost."
            )
        case "too_simple":
            return tr("Everybody tries that one first. Choose another.")
        case _:
            return ""


Builder.load_file(str(Path(__file__).with_name("view.kv")))
