"""Draws the follow-ups: what is to be done by when, and the week's appointments."""

from datetime import date
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty

from mobile_app.i18n import clock, short_day, tr
from mobile_app.screens.agenda import Item, days_until
from mobile_app.screens.find.words import name_of
from mobile_app.screens.follow_ups.model import (
    Chosen,
    DonePressed,
    FollowUpsModel,
    ItemPressed,
    LaterPressed,
    Section,
    SheetClosed,
    TeamPressed,
    UndoOver,
    UndoPressed,
    WeekPressed,
    WholePressed,
)
from mobile_app.screens.follow_ups.words import section_words, sheet_content
from mobile_app.screens.forms import FormView, refill
from mobile_app.screens.promise_rows import ComesRow, DayBox, SectionBox, ToDoRow
from mobile_app.screens.promise_words import ICONS, due_words, long_day, moved_words, what_words
from mobile_app.screens.sheet import Sheet
from mobile_app.widgets.feedback import SHOWN_S


class FollowUpsView(FormView):
    """Shows a ``FollowUpsModel``. ``layer`` is where its sheets go, ``bar`` says what was done."""

    layer = ObjectProperty(None, allownone=True)
    bar = ObjectProperty(None, allownone=True)
    narrow = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._told = 0
        self._sheet = Sheet()
        self._sheet.bind(
            on_chosen=lambda _, choice: self.emit(Chosen(choice=choice)),
            on_acted=lambda _, key: self.emit(Chosen(choice=key)),
            on_closed=lambda _: self.emit(SheetClosed()),
        )

    def show(self, model: FollowUpsModel) -> None:
        """Put everything in words; rows are kept and refilled."""
        self._model = model
        ids = self.ids
        ids.title.text = tr("Follow-ups")
        ids.mine.text, ids.whole.text = tr("Mine"), tr("The store")
        ids.mine.on, ids.whole.on = not model.whole, model.whole
        ids.team.text = tr("The team")
        sections = model.sections
        refill(ids.sections, sections, SectionBox, self._fill_section)
        ids.calm.text = "" if sections else tr("Nothing to do. Promise something on a customer's card.")
        ids.week_title.text = tr("Appointments")
        days = model.days
        ids.week.text = f"{short_day(days[0][0].isoformat())} – {short_day(days[-1][0].isoformat())}"
        ids.before.a11y, ids.after.a11y = tr("The week before"), tr("The week after")
        refill(ids.days, days, DayBox, self._fill_day)
        self._sheet.show(self.layer, sheet_content(model))
        self._say_what_was_done(model)

    def left(self) -> None:
        """A sheet goes with its screen."""
        self.emit(SheetClosed())

    def show_whole(self, whole: bool) -> None:
        """One's own work, or the store's."""
        self.emit(WholePressed(whole=whole))

    def see_team(self) -> None:
        """Who has promised what, and who is away."""
        self.emit(TeamPressed())

    def turn(self, by: int) -> None:
        """Look at another week."""
        self.emit(WeekPressed(by=by))

    def _fill_section(self, box: SectionBox, section: tuple[Section, tuple[Item, ...]]) -> None:
        kind, items = section
        box.title, box.count = section_words(kind), str(len(items))
        box.late = kind is Section.OVERDUE
        refill(box.ids.rows, items, self._to_do, self._fill_to_do)

    def _to_do(self) -> ToDoRow:
        row = ToDoRow()
        row.bind(
            on_release=lambda pressed: self.emit(ItemPressed(key=pressed.key)),
            on_done=lambda pressed: self.emit(DonePressed(key=pressed.key)),
            on_later=lambda pressed: self.emit(LaterPressed(key=pressed.key)),
        )
        return row

    def _fill_to_do(self, row: ToDoRow, item: Item) -> None:
        row.key = item.what.key
        row.name = name_of(item.who.given_name, item.who.family_name)
        due = item.day == self._model.agenda.today
        row.what, row.when = what_words(item), "" if due else due_words(self._model.agenda, item)
        row.icon_name = ICONS.get(item.what.kind, "checkbox-marked-circle-outline")
        row.late = (days_until(self._model.agenda, item) or 0) < 0
        row.done_words = tr("Done") + ": " + row.name
        row.later_words = tr("Put off") + ": " + row.name

    def _fill_day(self, box: DayBox, held: tuple[date, tuple[Item, ...]]) -> None:
        day, items = held
        box.title = tr("Today") if day == self._model.agenda.today else long_day(day)
        box.today = day == self._model.agenda.today
        box.nothing = "" if items else "—"
        refill(box.ids.rows, items, self._comes, self._fill_comes)

    def _comes(self) -> ComesRow:
        row = ComesRow()
        row.bind(on_release=lambda pressed: self.emit(ItemPressed(key=pressed.key)))
        return row

    def _fill_comes(self, row: ComesRow, item: Item) -> None:
        row.record_id, row.key = item.record_id, item.what.key
        row.time = clock(item.what.starts)
        row.name = name_of(item.who.given_name, item.who.family_name)
        row.what = what_words(item)

    def _say_what_was_done(self, model: FollowUpsModel) -> None:
        if self.bar is None or model.makes == self._told:
            return
        self._told = makes = model.makes
        made = model.made
        if made is not None:
            state = str(getattr(made.mutation, "to", None) or "")
            said = moved_words(made.field, state) if state else tr("Changed.")
            self.bar.say(said, action=tr("Undo"), undo=lambda: self.emit(UndoPressed()))
            Clock.schedule_once(lambda _: self.emit(UndoOver(makes=makes)), SHOWN_S)


Builder.load_file(str(Path(__file__).with_name("view.kv")))
