"""The end of a shift: what is pending, why, and what can be done about it."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from mobile_app.effects import GoTo, Lock, OpenCard, ReadShiftEnd, SignOut, SyncNow
from mobile_app.gallery_agenda import agenda
from mobile_app.gallery_data import edits
from mobile_app.screens.agenda import Agenda
from mobile_app.screens.leaving import model as leaving
from mobile_app.screens.leaving.model import Kind
from mobile_app.screens.outbox.model import Edit, Standing


def read(edits: tuple[Edit, ...] = (), agenda: Agenda | None = None) -> leaving.ShiftEndModel:
    told = leaving.ShiftEndRead(edits=edits, agenda=agenda or Agenda())
    return leaving.update(leaving.ShiftEndModel(), told)[0]


class TestTheEndOfAShift:
    def test_says_nothing_before_it_knows(self) -> None:
        model, effects = leaving.update(read(edits()), leaving.Entered())
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
            (leaving.WayPressed(kind=Kind.TO_DECIDE), [GoTo(screen="outbox")]),
            (leaving.WayPressed(kind=Kind.UNSENT), [SyncNow()]),
            (leaving.WayPressed(kind=Kind.DUE), [GoTo(screen="follow_ups")]),
            (
                leaving.RowPressed(record_id=UUID(int=1)),
                [OpenCard(record_id=UUID(int=1)), GoTo(screen="find")],
            ),
            (leaving.HandOverPressed(), [Lock()]),
            (leaving.BackPressed(), [GoTo(screen="settings")]),
            (leaving.Changed(), [ReadShiftEnd()]),
        ],
    )
    def test_offers_a_way_on_for_each(self, pressed: Any, effects: list[Any]) -> None:
        assert leaving.update(read(edits(), agenda()), pressed)[1] == effects

    def test_lets_nobody_sign_out_by_one_slip(self) -> None:
        model, effects = leaving.update(read(edits()), leaving.SignOutPressed())
        assert effects == []
        assert leaving.update(model, leaving.SignOutPressed())[1] == [SignOut()]

    def test_keeps_nothing_of_who_left(self) -> None:
        assert leaving.update(read(edits(), agenda()), leaving.Emptied())[0] == leaving.ShiftEndModel()
