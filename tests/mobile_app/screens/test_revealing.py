"""A masked value on the card: asked for with a reason and a PIN, seen for a minute, and gone."""

from typing import Any

import msgspec
import pytest

from mobile_app.effects import Reveal
from mobile_app.phones import phone_words
from mobile_app.screens.card import events
from mobile_app.screens.card.model import update
from mobile_app.screens.card.revealing import (
    SHOWN_FOR_S,
    RevealPressed,
    RevealRefused,
    RevealShown,
    SecondsPassed,
)
from mobile_app.screens.card.sheet_words import sheet_content
from mobile_app.screens.card.sheets import Ask
from mobile_app.screens.card.shown import CardModel
from schemas.ids import id_from
from schemas.staff import Role
from schemas.visibility import Level
from tests.mobile_app.screens.made import CLAIRE, DIRECTORY, NOW_MS, TODAY, card

PHONE = "+33612345678"


def opened(role: Role = Role.SELLER) -> CardModel:
    read = events.CardRead(card=card(role), directory=DIRECTORY, today=TODAY, now_ms=NOW_MS)
    return update(CardModel(), read)[0]


def play(model: CardModel, *events: Any) -> tuple[CardModel, list[Any]]:
    asked: list[Any] = []
    for event in events:
        model, effects = update(model, event)
        asked += effects
    return model, asked


ASKING = (events.ValuePressed(path="phone"), RevealPressed())
KEPT = events.SheetKept(fresh=id_from("fresh", "1"))


def asked_for(**texts: str) -> tuple[CardModel, list[Any]]:
    typed = [events.SheetTyped(key=key, text=text) for key, text in texts.items()]
    return play(opened(), *ASKING, *typed, KEPT)


class TestAsking:
    def test_is_offered_where_a_value_is_masked_and_nowhere_else(self) -> None:
        offered = {
            (role, path)
            for role in (Role.SELLER, Role.STORE_MANAGER)
            for path in ("phone", "town")
            if any(
                act.key == "reveal"
                for act in sheet_content(play(opened(role), events.ValueHeld(path=path))[0]).acts  # type: ignore[union-attr]
            )
        }
        assert offered == {(Role.SELLER, "phone")}

    def test_takes_the_chosen_reason_and_the_pin(self) -> None:
        _, asked = asked_for(pin="2580")
        assert asked == [Reveal(record_id=CLAIRE, field="phone", reason="call_her", pin="2580")]

    def test_takes_own_words_before_the_chosen_reason(self) -> None:
        _, asked = asked_for(pin="2580", reason="Elle attend mon appel")
        assert asked[0].reason == "Elle attend mon appel"

    @pytest.mark.parametrize(
        "texts", [{}, {"pin": "2580", "reason": "x"}, {"pin": "2580", "reason": "x" * 201}]
    )
    def test_needs_both(self, texts: dict[str, str]) -> None:
        model, asked = asked_for(**texts)
        assert asked == []
        assert model.sheet is not None and model.sheet.problem == "value_missing"

    def test_keeps_no_pin_once_it_was_asked(self) -> None:
        model, _ = asked_for(pin="2580")
        assert "2580" not in repr(model.sheet)

    def test_says_why_it_is_not_shown(self) -> None:
        for problem in ("wrong_pin", "unreachable", "rate_limited", "something_new"):
            model, _ = play(asked_for(pin="2580")[0], RevealRefused(path="phone", problem=problem))
            content = sheet_content(model)
            assert content is not None and content.problem


class TestTheMinute:
    def shown(self) -> CardModel:
        return play(asked_for(pin="2580")[0], RevealShown(path="phone", value=PHONE, as_of=NOW_MS))[0]

    def test_shows_the_value_on_the_sheet_alone(self) -> None:
        model = self.shown()
        content = sheet_content(model)
        assert content is not None and content.lead == phone_words(PHONE)
        assert model.card is not None and model.card.values["phone"] != PHONE
        assert content.fields == ()

    def test_ends(self) -> None:
        model = self.shown()
        assert model.sheet is not None and model.sheet.left_s == SHOWN_FOR_S
        model, _ = play(model, SecondsPassed(left_s=1))
        assert model.sheet is not None
        model, _ = play(model, SecondsPassed(left_s=0))
        assert model.sheet is None and PHONE not in repr(model)

    def test_ends_when_the_sheet_is_closed_or_the_tablet_locked(self) -> None:
        for end in (events.SheetClosed(), events.Emptied()):
            model, _ = play(self.shown(), end)
            assert PHONE not in repr(model)

    def test_is_not_begun_by_an_answer_that_comes_when_the_sheet_is_gone(self) -> None:
        late = RevealShown(path="phone", value=PHONE)
        for before in (events.SheetClosed(), events.Emptied(), events.ValuePressed(path="email")):
            model, _ = play(asked_for(pin="2580")[0], before, late)
            assert PHONE not in repr(model)

    def test_ends_on_another_card(self) -> None:
        other = events.CardRead(card=None, directory=DIRECTORY, today=TODAY, now_ms=NOW_MS)
        assert PHONE not in repr(play(self.shown(), other)[0])


def test_goes_with_the_right_to_it() -> None:
    model, _ = play(asked_for(pin="2580")[0], RevealShown(path="phone", value=PHONE))
    levels = {**card(Role.SELLER).levels, "phone": Level.HIDDEN}
    poorer = msgspec.structs.replace(card(Role.SELLER), levels=levels)
    read = events.CardRead(card=poorer, directory=DIRECTORY, today=TODAY, now_ms=NOW_MS)
    assert PHONE not in repr(play(model, read)[0].sheet)


def test_is_only_about_one_question() -> None:
    model, _ = play(opened(), *ASKING)
    assert model.sheet is not None and model.sheet.ask is Ask.REVEAL
