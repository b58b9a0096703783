"""Draws Today: the people to think of, and beside or below them who comes."""

from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty

from mobile_app.i18n import clock, ntr, tr
from mobile_app.screens.agenda import Item
from mobile_app.screens.find.words import initials_of, name_of
from mobile_app.screens.forms import FormView, refill
from mobile_app.screens.promise_rows import ComesRow, PersonRow
from mobile_app.screens.promise_words import day_words, long_day, moved_words, what_words
from mobile_app.screens.today.model import (
    ActPressed,
    AllPressed,
    PersonPressed,
    TodayModel,
    UndoOver,
    UndoPressed,
)
from mobile_app.screens.today.reasons import Person, Why
from mobile_app.screens.today.words import act_words, icon_of, reason_words
from mobile_app.widgets.feedback import SHOWN_S


class TodayView(FormView):
    """Shows a ``TodayModel``; ``bar`` says what was done."""

    bar = ObjectProperty(None, allownone=True)
    narrow = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._told = 0

    def show(self, model: TodayModel) -> None:
        """Put the day in words; rows are kept and refilled."""
        self._model = model
        ids, agenda = self.ids, model.agenda
        ids.title.text = tr("Today")
        ids.day.text = long_day(agenda.today) if model.read else ""
        refill(ids.people, model.people, self._person, self._fill_person)
        ids.calm.text = tr("Nobody waits for a word today.") if model.read and not model.people else ""
        left = model.left
        ids.all.text = (
            ntr("{count} more to do", "{count} more to do", left).format(count=left)
            if left
            else tr("All follow-ups")
        )
        ids.comes_title.text = tr("Appointments")
        refill(ids.comes, model.comes, self._comes, self._fill_comes)
        ids.nobody.text = tr("No appointment today.") if not model.comes else ""
        ids.later_title.text = tr("Coming up") if model.later else ""
        refill(ids.later, model.later, self._comes, self._fill_later)
        self._say_what_was_done(model)

    def see_all(self) -> None:
        """The button under the people."""
        self.emit(AllPressed())

    def _person(self) -> PersonRow:
        row = PersonRow()
        row.bind(
            on_release=lambda pressed: self.emit(PersonPressed(record_id=pressed.record_id)),
            on_act=lambda pressed: self.emit(ActPressed(record_id=pressed.record_id)),
        )
        return row

    def _fill_person(self, row: PersonRow, person: Person) -> None:
        who = person.who
        row.record_id, row.tone = person.record_id, person.record_id.int % 6
        row.name, row.initials = (
            name_of(who.given_name, who.family_name),
            initials_of(who.given_name, who.family_name),
        )
        row.why, row.icon_name = reason_words(self._model, person), icon_of(person)
        row.late = person.why is Why.OVERDUE
        row.act_words, row.act_icon = act_words(person)

    def _comes(self) -> ComesRow:
        row = ComesRow()
        row.bind(on_release=lambda pressed: self.emit(PersonPressed(record_id=pressed.record_id)))
        return row

    def _fill_comes(self, row: ComesRow, item: Item) -> None:
        row.record_id, row.key = item.record_id, item.what.key
        row.time = clock(item.what.starts)
        row.name = name_of(item.who.given_name, item.who.family_name)
        row.what = what_words(item)

    def _fill_later(self, row: ComesRow, item: Item) -> None:
        self._fill_comes(row, item)
        assert item.day is not None
        row.what = f"{day_words(self._model.agenda.today, item.day)} · {what_words(item)}"

    def _say_what_was_done(self, model: TodayModel) -> None:
        if self.bar is None or model.makes == self._told:
            return
        self._told = makes = model.makes
        if model.made is not None:
            said = moved_words(model.made.field, "done")
            self.bar.say(said, action=tr("Undo"), undo=lambda: self.emit(UndoPressed()))
            Clock.schedule_once(lambda _: self.emit(UndoOver(makes=makes)), SHOWN_S)


Builder.load_file(str(Path(__file__).with_name("view.kv")))
