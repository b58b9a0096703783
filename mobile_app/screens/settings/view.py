"""Draws the settings."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import StringProperty

from mobile_app.i18n import NAMES, tr
from mobile_app.preferences import TEXT_SCALES
from mobile_app.screens.forms import FormView, refill
from mobile_app.screens.settings.model import (
    AnimationsChosen,
    DarkChosen,
    HandChosen,
    LanguageChosen,
    LineCut,
    SettingsModel,
    TextScaleChosen,
)
from mobile_app.screens.words import role_words
from mobile_app.widgets import FilterChip
from mobile_app.widgets.layouts import Box


class Choice(Box):
    """A question and its answers; exactly one holds."""

    label = StringProperty()

    def show(
        self, label: str, chosen: Any, answers: list[tuple[Any, str]], choose: Callable[[Any], None]
    ) -> None:
        """Show the question; ``choose`` gets the answer that is pressed."""
        self.label = label

        def make() -> FilterChip:
            chip = FilterChip()
            chip.bind(on_release=lambda pressed: choose(pressed.answer))
            return chip

        def fill(chip: FilterChip, answer: tuple[Any, str]) -> None:
            chip.answer, chip.text = answer
            chip.on = chip.answer == chosen

        refill(self.ids.chips, answers, make, fill)


class SettingsView(FormView):
    """Shows a ``SettingsModel``."""

    def entered(self) -> None:
        """Begin at the top, where the shift ends, wherever somebody was before."""
        super().entered()
        Clock.schedule_once(self._to_top)  # its list stands again in the window by then

    def _to_top(self, *_: Any) -> None:
        scroll = self.ids.scroll
        scroll.effect_y.velocity = 0  # what was flung no longer rolls
        scroll.scroll_y = 1

    def show(self, model: SettingsModel) -> None:
        """Put every choice in words."""
        ids, taste = self.ids, model.preferences
        ids.title.text = tr("Settings")
        ids.back.a11y = tr("Back")
        ids.person.text = model.person
        ids.role.text = ", ".join(part for part in (role_words(model.role), model.store) if part)
        ids.hand_over.text = tr("Hand over the tablet")
        ids.leaving.text = tr("End of shift")
        ids.sign_out.text = (
            tr("Really sign out? Coming back needs the network")
            if model.confirming_sign_out
            else tr("Sign out")
        )
        ids.save.text = tr("Save unsent work to a file")
        ids.saved.text = _saved_words(model)
        emit = self.emit
        ids.language.show(
            tr("Language"),
            taste.language,
            list(NAMES.items()),
            lambda language: emit(LanguageChosen(language=language)),
        )
        ids.dark.show(
            tr("Light"),
            taste.dark,
            [(False, tr("Day")), (True, tr("Evening"))],
            lambda dark: emit(DarkChosen(dark=dark)),
        )
        ids.text_scale.show(
            tr("Text size"),
            taste.text_scale,
            [(scale, f"{round(scale * 100)}\N{NO-BREAK SPACE}%") for scale in TEXT_SCALES],
            lambda scale: emit(TextScaleChosen(scale=scale)),
        )
        ids.hand.show(
            tr("Hand"),
            taste.left_handed,
            [(False, tr("Right")), (True, tr("Left"))],
            lambda left: emit(HandChosen(left=left)),
        )
        ids.animations.show(
            tr("Movement"),
            taste.animations,
            [(True, tr("Animated")), (False, tr("Still"))],
            lambda on: emit(AnimationsChosen(on=on)),
        )
        ids.line.show(
            tr("Network (for demonstrations)"),
            model.line_cut,
            [(False, tr("As it is")), (True, tr("Cut"))],
            lambda cut: emit(LineCut(cut=cut)),
        )


def _saved_words(model: SettingsModel) -> str:
    if model.saved:
        return tr("Saved, readable by the server alone: {file}").format(file=model.saved)
    return {
        "nothing_unsent": tr("Nothing waits: everything you entered has reached the server."),
        "no_key": tr("Not possible before the first contact with the server."),
        "no_room": tr("This tablet has no room left for the file."),
        "": tr("If this tablet must be replaced: head office reads the file, nothing entered here is lost."),
    }[model.save_problem]


Builder.load_file(str(Path(__file__).with_name("view.kv")))
