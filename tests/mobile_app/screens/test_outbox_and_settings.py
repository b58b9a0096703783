"""The list behind the strip, and the settings."""

from pathlib import Path
from uuid import UUID

from mobile_app.effects import CutLine, Discard, Lock, Prefer, Resend, SignOut
from mobile_app.preferences import Preferences, keep_preferences, read_preferences
from mobile_app.screens.outbox import model as outbox
from mobile_app.screens.settings import model as settings


def edit(number: int, standing: outbox.Standing, at_ms: int = 0) -> outbox.Edit:
    return outbox.Edit(
        mutation_id=UUID(int=number),
        record_id=UUID(int=99),
        customer="Aurélie Lefèvre",
        op="field.set@1",
        said={"field": "language", "value": "fr"},
        at_ms=at_ms,
        standing=standing,
    )


class TestOutbox:
    def test_shows_what_needs_a_person_first_and_then_the_oldest(self) -> None:
        edits = (
            edit(1, outbox.Standing.WAITING, 3),
            edit(2, outbox.Standing.WAITING, 1),
            edit(3, outbox.Standing.REFUSED, 9),
            edit(4, outbox.Standing.CONFLICT, 9),
        )
        model, _ = outbox.update(outbox.OutboxModel(), outbox.OutboxRead(edits=edits))
        assert [one.mutation_id.int for one in model.edits] == [4, 3, 2, 1]

    def test_discards_at_the_second_press(self) -> None:
        model = outbox.OutboxModel(edits=(edit(1, outbox.Standing.REFUSED),))
        press = outbox.DiscardPressed(mutation_id=UUID(int=1))
        model, effects = outbox.update(model, press)
        assert effects == []
        _, effects = outbox.update(model, press)
        assert effects == [Discard(mutation_id=UUID(int=1))]

    def test_asks_again_after_another_one_was_pressed(self) -> None:
        model, _ = outbox.update(outbox.OutboxModel(), outbox.DiscardPressed(mutation_id=UUID(int=1)))
        _, effects = outbox.update(model, outbox.DiscardPressed(mutation_id=UUID(int=2)))
        assert effects == []

    def test_sends_once_more(self) -> None:
        _, effects = outbox.update(outbox.OutboxModel(), outbox.ResendPressed(mutation_id=UUID(int=1)))
        assert effects == [Resend(mutation_id=UUID(int=1))]


class TestSettings:
    def test_are_kept_as_they_are_chosen(self) -> None:
        model, effects = settings.update(settings.SettingsModel(), settings.DarkChosen(dark=True))
        assert effects == [Prefer(preferences=Preferences(dark=True))]
        assert model.preferences.dark

    def test_refuse_what_does_not_exist(self) -> None:
        model = settings.SettingsModel()
        assert settings.update(model, settings.LanguageChosen(language="xx")) == (model, [])

    def test_sign_out_at_the_second_press(self) -> None:
        model, effects = settings.update(settings.SettingsModel(), settings.SignOutPressed())
        assert effects == []
        assert settings.update(model, settings.SignOutPressed())[1] == [SignOut()]

    def test_hand_over_at_once(self) -> None:
        assert settings.update(settings.SettingsModel(), settings.HandOverPressed())[1] == [Lock()]

    def test_cut_the_line(self) -> None:
        assert settings.update(settings.SettingsModel(), settings.LineCut(cut=True))[1] == [CutLine(cut=True)]


class TestPreferences:
    def test_survive_a_restart(self, tmp_path: Path) -> None:
        chosen = Preferences(language="en", dark=True, text_scale=1.35)
        keep_preferences(tmp_path / "preferences.json", chosen)
        assert read_preferences(tmp_path / "preferences.json") == chosen

    def test_that_are_damaged_are_none(self, tmp_path: Path) -> None:
        (tmp_path / "preferences.json").write_bytes(b'{"text_scale": 40}')
        assert read_preferences(tmp_path / "preferences.json") is None
