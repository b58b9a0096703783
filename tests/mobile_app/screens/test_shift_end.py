"""The end of a shift: what is pending, why, and what can be done about it."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from mobile_app.effects import GoTo, Lock, OpenCard, ReadShiftEnd, SignOut, SyncNow
from mobile_app.gallery_agenda import agenda
from mobile_app.gallery_data import edits
from mobile_app.screens.agenda import Agenda
from mobile_app.screens.outbox.model import Edit, Standing
from mobile_app.screens.shift_end import model as shift_end
from mobile_app.screens.shift_end.model import Kind


def read(edits: tuple[Edit, ...] = (), agenda: Agenda | None = None) -> shift_end.ShiftEndModel:
    told = shift_end.ShiftEndRead(edits=edits, agenda=agenda or Agenda())
    return shift_end.update(shift_end.ShiftEndModel(), told)[0]


class TestTheEndOfAShift:
    def test_says_nothing_before_it_knows(self) -> None:
        model, effects = shift_end.update(read(edits()), shift_end.Entered())
        assert effects == [ReadShiftEnd()]
        assert not model.is_clear and model.sections == ()

    def test_is_clear_when_all_is_sent_and_done(self) -> None:
        assert read().is_clear

    def test_lists_what_needs_a_person_then_what_waits_then_what_is_due(self) -> None:
        sections = dict(read(edits(), agenda()).sections)
        assert list(sections) == [Kind.TO_DECIDE, Kind.UNSENT, Kind.DUE]
        assert sum(map(len, (sections[Kind.TO_DECIDE], sections[Kind.UNSENT]))) == len(edits())

    def test_counts_a_conflict_decided_without_a_line_as_unsent(self) -> None:
        contest = next(edit for edit in edits() if edit.standing is Standing.CONFLICT)
        assert [kind for kind, _ in read((contest,)).sections] == [Kind.TO_DECIDE]
        decided = msgspec.structs.replace(contest, decided="mine")
        assert [kind for kind, _ in read((decided,)).sections] == [Kind.UNSENT]

    def test_names_promises_of_today_and_earlier_alone(self) -> None:
        made = agenda()
        ((kind, due),) = read(agenda=made).sections
        days = [each.promise.day for each in due if each.promise is not None]
        assert kind is Kind.DUE and len(days) == len(due) == 3
        assert all(day is not None and day <= made.today for day in days)
        assert any(item.day is None for item in made.to_do)  # a promise without a day is never late

    @pytest.mark.parametrize(
        ("pressed", "effects"),
        [
            (shift_end.WayPressed(kind=Kind.TO_DECIDE), [GoTo(screen="outbox")]),
            (shift_end.WayPressed(kind=Kind.UNSENT), [SyncNow()]),
            (shift_end.WayPressed(kind=Kind.DUE), [GoTo(screen="follow_ups")]),
            (
                shift_end.RowPressed(record_id=UUID(int=1)),
                [OpenCard(record_id=UUID(int=1)), GoTo(screen="find")],
            ),
            (shift_end.HandOverPressed(), [Lock()]),
            (shift_end.BackPressed(), [GoTo(screen="settings")]),
            (shift_end.Changed(), [ReadShiftEnd()]),
        ],
    )
    def test_offers_a_way_on_for_each(self, pressed: Any, effects: list[Any]) -> None:
        assert shift_end.update(read(edits(), agenda()), pressed)[1] == effects

    def test_lets_nobody_sign_out_by_one_slip(self) -> None:
        model, effects = shift_end.update(read(edits()), shift_end.SignOutPressed())
        assert effects == []
        assert shift_end.update(model, shift_end.SignOutPressed())[1] == [SignOut()]

    def test_keeps_nothing_of_who_left(self) -> None:
        assert shift_end.update(read(edits(), agenda()), shift_end.Emptied())[0] == shift_end.ShiftEndModel()
