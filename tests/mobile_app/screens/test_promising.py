"""Promising from the card: three taps, undone in one, and nothing said that may not be said."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from mobile_app.effects import Submit
from mobile_app.gallery_data import DIRECTORY, ME, TODAY, card
from mobile_app.screens.card import events
from mobile_app.screens.card import model as card_model
from mobile_app.screens.card import shown as card_shown
from mobile_app.screens.card.promising import Unsaid, open_things, typed_day
from mobile_app.screens.card.sheet_words import done_words, sheet_content
from mobile_app.screens.card.words import today_ms
from schemas.ids import id_from
from schemas.mutations import BookAppointment, MakeTask, MoveTask, OpenCase
from schemas.promise import CaseKind, TaskKind, TaskState
from schemas.staff import Role

FRESH = id_from("fresh")
CALL = id_from("gallery", "call")


def opened(role: Role = Role.SELLER) -> card_shown.CardModel:
    event = events.CardRead(card=card(role), directory=DIRECTORY, today=TODAY, now_ms=today_ms(TODAY))
    return card_model.update(card_shown.CardModel(), event)[0]


def after(model: card_shown.CardModel, *events: Any) -> tuple[card_shown.CardModel, list[Any]]:
    effects: list[Any] = []
    for event in events:
        model, effects = card_model.update(model, event)
    return model, effects


class TestAPromise:
    def test_takes_three_taps(self) -> None:
        taps = (
            events.PromisePressed(),
            events.SheetChosen(choice="day:saturday"),
            events.SheetKept(fresh=FRESH),
        )
        model, (effect,) = after(opened(), *taps)

        assert isinstance(effect, Submit)
        assert effect.mutation == MakeTask(task_id=FRESH, kind=TaskKind.CALL, due="2026-11-21", owner=ME)
        assert model.sheet is None and model.made is not None
        assert done_words(model.made.mutation)

    def test_is_called_off_by_undo(self) -> None:
        model, _ = after(opened(), events.PromisePressed(), events.SheetKept(fresh=FRESH))
        _, (effect,) = after(model, events.UndoPressed())
        assert effect.mutation == MoveTask(task_id=FRESH, to=TaskState.CANCELLED)

    def test_may_be_an_appointment_or_the_stores(self) -> None:
        _, (effect,) = after(
            opened(),
            events.PromisePressed(),
            events.SheetChosen(choice="kind:appointment"),
            events.SheetChosen(choice="hour:11:00"),
            events.SheetChosen(choice="owner:store"),
            events.SheetTyped(key="date", text="24/12"),
            events.SheetKept(fresh=FRESH),
        )
        booked = effect.mutation
        assert isinstance(booked, BookAppointment) and booked.owner is None
        at = datetime.fromtimestamp(booked.starts / 1000)
        assert f"{at:%Y-%m-%d %H:%M}" == "2026-12-24 11:00"

    def test_says_nothing_that_no_note_may_say(self) -> None:
        model, effects = after(
            opened(),
            events.PromisePressed(),
            events.SheetTyped(key="text", text="Elle est malade du cancer"),
            events.SheetKept(fresh=FRESH),
        )
        assert effects == []
        content = sheet_content(model)
        assert content is not None and content.problem

    @pytest.mark.parametrize("text", ["tomorrow", "31/02", "1", "1/2/3/4", "99/99"])
    def test_wants_a_day_that_is_one(self, text: str) -> None:
        with pytest.raises(Unsaid):
            typed_day(text, TODAY)

    def test_reads_days_as_they_are_typed(self) -> None:
        for text, expected in (
            ("24/12", date(2026, 12, 24)),
            ("3.1", date(2027, 1, 3)),
            ("24/12/2027", date(2027, 12, 24)),
            ("2027-12-24", date(2027, 12, 24)),
        ):
            assert typed_day(text, TODAY) == expected, text

    def test_is_not_offered_to_whom_may_not_make_one(self) -> None:
        model, _ = after(opened(Role.ZONE_MANAGER), events.PromisePressed())
        assert model.sheet is None
        model, _ = after(opened(Role.LOYALTY_MANAGER), events.CasePressed())
        assert model.sheet is None


class TestACase:
    def test_is_opened_in_four_taps(self) -> None:
        _, (effect,) = after(
            opened(),
            events.CasePressed(),
            events.SheetChosen(choice="kind:complaint"),
            events.SheetChosen(choice="day:saturday"),
            events.SheetKept(fresh=FRESH),
        )
        assert effect.mutation == OpenCase(case_id=FRESH, kind=CaseKind.COMPLAINT, due="2026-11-21", owner=ME)


class TestWhatIsOpen:
    def test_comes_first_cases_before_all(self) -> None:
        found = open_things(card().values)
        assert [each.field for each in found] == ["cases", "tasks", "tasks"]
        assert [each.thing["state"] for each in found] == ["waiting", "open", "open"]

    def test_is_moved_on_and_back(self) -> None:
        model, (effect,) = after(
            opened(),
            events.ThingPressed(path=f"tasks/{CALL}"),
            events.SheetChosen(choice="to:done"),
        )
        assert effect.mutation == MoveTask(task_id=CALL, to=TaskState.DONE)
        _, (back,) = after(model, events.UndoPressed())
        assert back.mutation == MoveTask(task_id=CALL, to=TaskState.OPEN, round=1)

    def test_is_put_off_and_back(self) -> None:
        model, (effect,) = after(
            opened(),
            events.ThingPressed(path=f"tasks/{CALL}"),
            events.SheetChosen(choice="day:week"),
        )
        assert effect.mutation == MoveTask(task_id=CALL, due="2026-11-27")
        _, (back,) = after(model, events.UndoPressed())
        assert back.mutation == MoveTask(task_id=CALL, due="2026-11-18")

    def test_takes_no_step_that_cannot_follow_nor_one_of_a_reader(self) -> None:
        path = f"tasks/{CALL}"
        for role, choice in (
            (Role.SELLER, "to:solved"),
            (Role.SELLER, "day:never"),
            (Role.ZONE_MANAGER, "to:done"),
        ):
            _, effects = after(
                opened(role), events.ThingPressed(path=path), events.SheetChosen(choice=choice)
            )
            assert effects == [], (role, choice)

    def test_that_is_gone_shows_an_empty_sheet(self) -> None:
        model, _ = after(opened(), events.ThingPressed(path=f"tasks/{UUID(int=3)}"))
        content = sheet_content(model)
        assert content is not None and content.acts
