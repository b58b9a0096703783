"""The list behind the strip, and the settings."""

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from mobile_app.effects import (
    CutLine,
    Discard,
    GoTo,
    Lock,
    OpenCard,
    Prefer,
    ReadHeld,
    Resend,
    ResolveConflict,
    ReviewHeld,
    SaveUnsent,
    SignOut,
)
from mobile_app.i18n import use
from mobile_app.preferences import Preferences, keep_preferences, read_preferences
from mobile_app.screens.directory import Directory
from mobile_app.screens.outbox import model as outbox
from mobile_app.screens.settings import model as settings
from mobile_app.screens.words import held_reason, held_words, said_words, standing_words


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

    def test_discards_when_the_seconds_to_undo_have_passed(self) -> None:
        model = outbox.OutboxModel(edits=(edit(1, outbox.Standing.REFUSED),))
        model, effects = outbox.update(model, outbox.DiscardPressed(mutation_id=UUID(int=1)))
        assert effects == [] and model.shown == ()
        back, _ = outbox.update(model, outbox.UndoPressed())
        assert back.shown == back.edits != ()
        _, effects = outbox.update(model, outbox.DiscardOver(mutation_id=UUID(int=1)))
        assert effects == [Discard(mutation_id=UUID(int=1))]

    def test_discards_the_one_before_and_what_is_left_behind(self) -> None:
        model = outbox.OutboxModel(edits=(edit(1, outbox.Standing.REFUSED), edit(2, outbox.Standing.PARKED)))
        model, _ = outbox.update(model, outbox.DiscardPressed(mutation_id=UUID(int=1)))
        model, effects = outbox.update(model, outbox.DiscardPressed(mutation_id=UUID(int=2)))
        assert effects == [Discard(mutation_id=UUID(int=1))]
        assert outbox.update(model, outbox.Left())[1] == [Discard(mutation_id=UUID(int=2))]

    def test_keeps_a_discarded_edit_out_of_sight_while_it_may_come_back(self) -> None:
        held = (edit(1, outbox.Standing.REFUSED), edit(2, outbox.Standing.WAITING))
        model, _ = outbox.update(outbox.OutboxModel(), outbox.OutboxRead(edits=held))
        model, _ = outbox.update(model, outbox.DiscardPressed(mutation_id=UUID(int=1)))
        model, _ = outbox.update(model, outbox.OutboxRead(edits=held))
        assert [one.mutation_id.int for one in model.shown] == [2]

    @pytest.mark.parametrize("standing", [outbox.Standing.CONFLICT, outbox.Standing.WAITING])
    def test_never_drops_a_conflict_or_what_waits(self, standing: outbox.Standing) -> None:
        model = outbox.OutboxModel(edits=(edit(1, standing),))
        model, _ = outbox.update(model, outbox.DiscardPressed(mutation_id=UUID(int=1)))
        assert model.shown == model.edits and outbox.update(model, outbox.Left())[1] == []

    def test_opens_the_card_at_the_value_to_say_it_again(self) -> None:
        model = outbox.OutboxModel(edits=(edit(1, outbox.Standing.REFUSED),))
        _, effects = outbox.update(model, outbox.EditPressed(mutation_id=UUID(int=1)))
        assert effects == [OpenCard(record_id=UUID(int=99), path="language"), GoTo(screen="find")]

    def test_sends_once_more(self) -> None:
        _, effects = outbox.update(outbox.OutboxModel(), outbox.ResendPressed(mutation_id=UUID(int=1)))
        assert effects == [Resend(mutation_id=UUID(int=1))]


class TestAConflict:
    DETAIL = {
        "conflict_id": str(UUID(int=7)),
        "field": "language",
        "theirs": '"it"',
        "by": "paul",
        "at": "5",
    }

    def contested(self, **detail: str) -> outbox.Edit:
        held = {**self.DETAIL, **detail}
        return msgspec.structs.replace(
            edit(1, outbox.Standing.CONFLICT), detail={key: each for key, each in held.items() if each}
        )

    def test_shows_both_values_who_and_when(self) -> None:
        contest = self.contested().contest
        assert contest is not None
        assert (contest.theirs, contest.by, contest.at_ms) == ("it", "paul", 5)

    def test_is_decided_by_one_tap(self) -> None:
        model = outbox.OutboxModel(edits=(self.contested(),))
        press = outbox.DecidePressed(mutation_id=UUID(int=1), keep="mine")
        model, effects = outbox.update(model, press)
        asked = effects[0]
        assert isinstance(asked, ResolveConflict)
        assert (asked.conflict_id.int, asked.keep, asked.field, asked.value) == (7, "mine", "language", "fr")
        assert model.for_a_person == () and len(model.unanswered) == 1
        assert outbox.update(model, press)[1] == []  # once

    @pytest.mark.parametrize("detail", [{"theirs": ""}, {"theirs": "{not json"}, {"conflict_id": "no id"}])
    def test_whose_other_value_is_hidden_is_left_to_the_manager(self, detail: dict[str, str]) -> None:
        held = self.contested(**detail)
        assert held.contest is None
        model = outbox.OutboxModel(edits=(held,))
        press = outbox.DecidePressed(mutation_id=UUID(int=1), keep="mine")
        assert outbox.update(model, press) == (model, [])
        assert "manager" in standing_words(held)

    @pytest.mark.parametrize("language", ["en", "fr"])
    @pytest.mark.parametrize(
        "code",
        [
            "already_exists",
            "customer_out_of_scope",
            "dismissed",
            "field_invalid",
            "field_not_allowed",
            "field_read_only",
            "malformed",
            "not_allowed",
            "not_found",
            "not_the_author",
            "note_refused",
            "person_erased",
            "precondition",
            "restricted",
            "role_changed",
            "stale",
        ],
    )
    def test_says_every_no_in_words(self, language: str, code: str) -> None:
        refused = msgspec.structs.replace(edit(1, outbox.Standing.REFUSED), code=code)
        use(language)
        said = standing_words(refused)
        use("en")
        assert code not in said and (language == "en" or said != standing_words(refused))


class TestHeldEdits:
    def held(self, number: int) -> outbox.HeldEdit:
        return outbox.HeldEdit(
            mutation_id=UUID(int=number),
            record_id=UUID(int=99),
            customer="Aurélie",
            op="field.set@1",
            author="paul",
            at_ms=1,
            code="role_changed",
            said={"language": "fr"},
            standing={},
        )

    def test_are_asked_for_by_who_decides_about_them(self) -> None:
        seller, manager = outbox.OutboxModel(), outbox.OutboxModel(reviews=True)
        assert ReadHeld() not in outbox.update(seller, outbox.TryNowPressed())[1]
        assert ReadHeld() in outbox.update(manager, outbox.TryNowPressed())[1]

    def test_go_with_one_tap(self) -> None:
        model, _ = outbox.update(
            outbox.OutboxModel(reviews=True), outbox.HeldRead(held=(self.held(1), self.held(2)))
        )
        model, effects = outbox.update(model, outbox.HeldPressed(mutation_id=UUID(int=1), apply=True))
        assert effects == [ReviewHeld(mutation_id=UUID(int=1), apply=True)]
        assert [each.mutation_id.int for each in model.held] == [2]

    def test_say_what_is_meant_and_why_it_did_not_pass(self) -> None:
        use("en")
        assert held_words(self.held(1)) == "Language: French"
        assert "rights changed" in held_reason(self.held(1), Directory())

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("sizes", {"shoes": {"value": "38", "system": "EU"}}, "Shoes 38, EU"),
            ("likes", {"silk": ["id"]}, "silk"),
            ("language", None, "nothing"),
            ("address", {"line1": "4 rue X", "postal_code": "69002", "city": "Lyon"}, "4 rue X, 69002 Lyon"),
            ("notes", "Water, no lemon.", "Water, no lemon."),
        ],
    )
    def test_say_any_value_in_words(self, field: str, value: Any, said: str) -> None:
        use("en")
        assert said_words(field, value) == said


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

    def test_show_first_what_is_pending(self) -> None:
        model, _ = settings.update(settings.SettingsModel(), settings.LineKnown(cut=False, pending=2))
        for leaving in (settings.HandOverPressed(), settings.SignOutPressed()):
            assert settings.update(model, leaving)[1] == [GoTo(screen="leaving")]
        sent, _ = settings.update(model, settings.LineKnown(cut=False))
        assert settings.update(sent, settings.HandOverPressed())[1] == [Lock()]

    def test_cut_the_line(self) -> None:
        assert settings.update(settings.SettingsModel(), settings.LineCut(cut=True))[1] == [CutLine(cut=True)]


class TestSavingUnsentWork:
    def test_tells_the_file_or_why_there_is_none(self) -> None:
        model, effects = settings.update(settings.SettingsModel(), settings.SavePressed())
        assert effects == [SaveUnsent()]
        saved, _ = settings.update(model, settings.Saved(file="/tablet/saved/comptoir.rescue"))
        assert saved.saved.endswith(".rescue")
        refused, _ = settings.update(saved, settings.Saved(problem="no_key"))
        assert (refused.saved, refused.save_problem) == ("", "no_key")


class TestPreferences:
    def test_survive_a_restart(self, tmp_path: Path) -> None:
        chosen = Preferences(language="en", dark=True, text_scale=1.35)
        keep_preferences(tmp_path / "preferences.json", chosen)
        assert read_preferences(tmp_path / "preferences.json") == chosen

    def test_that_are_damaged_are_none(self, tmp_path: Path) -> None:
        (tmp_path / "preferences.json").write_bytes(b'{"text_scale": 40}')
        assert read_preferences(tmp_path / "preferences.json") is None
