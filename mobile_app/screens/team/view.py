"""Draws the store's work today and who is away."""

from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from mobile_app.i18n import clock, tr
from mobile_app.screens.agenda import Item
from mobile_app.screens.find.words import name_of
from mobile_app.screens.forms import FormView, refill
from mobile_app.screens.fresh import fresh_id
from mobile_app.screens.promise_rows import ComesRow
from mobile_app.screens.promise_words import long_day, what_words
from mobile_app.screens.sheet import Sheet
from mobile_app.screens.team.model import (
    AwayPressed,
    BackPressed,
    CallOffPressed,
    Chosen,
    CustomerPressed,
    DecidePressed,
    FollowUpsPressed,
    Kept,
    SheetClosed,
    TeamModel,
    Typed,
    UndoOver,
    UndoPressed,
)
from mobile_app.screens.team.words import (
    Count,
    absence_words,
    counts,
    customer_words,
    made_words,
    share_words,
    sheet_content,
)
from mobile_app.screens.team.work import Share, here, shares
from mobile_app.widgets import Pressable
from mobile_app.widgets.feedback import SHOWN_S
from schemas.staff import Absence
from sync.summary import Summary

MOST_CUSTOMERS = 5


class CountTile(Pressable):
    """A figure and what it counts."""

    key = StringProperty()
    icon_name = StringProperty("circle-outline")
    figure = StringProperty()
    text = StringProperty()
    late = BooleanProperty(False)


class TeamRow(Pressable):
    """Two lines about a colleague, an absence or a customer, and perhaps a button."""

    key = ObjectProperty(None, allownone=True)
    name = StringProperty()
    about = StringProperty()
    late = BooleanProperty(False)
    act_words = StringProperty()
    __events__ = ("on_act",)

    def on_act(self) -> None: ...


class TeamView(FormView):
    """Shows a ``TeamModel``."""

    wide = BooleanProperty(True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._told = 0
        self._sheet = Sheet()
        self._sheet.bind(
            on_chosen=lambda _, choice: self.emit(Chosen(choice=choice)),
            on_typed=lambda _, key, text: self.emit(Typed(key=key, text=text)),
            on_acted=lambda _, key: self.emit(
                Kept(absence_id=fresh_id()) if key == "keep" else SheetClosed()
            ),
            on_closed=lambda _: self.emit(SheetClosed()),
        )

    def show(self, model: TeamModel) -> None:
        """Put everything in words; rows are kept and refilled."""
        self._model = model
        ids, agenda = self.ids, model.work.agenda
        manages, read = model.manages, model.read
        ids.title.text = tr("The store today") if manages else tr("Who is away")
        ids.day.text = long_day(agenda.today) if read else ""
        ids.back.a11y = tr("Back")
        ids.away.text = tr("I will be away")
        refill(ids.counts, counts(model) if manages else (), CountTile, self._fill_count)
        people = shares(model.work) if manages else ()
        ids.people_title.text = tr("By colleague") if people else ""
        refill(ids.people, people, self._person, self._fill_person)
        ids.absences_title.text = tr("Away") if model.absences or not manages else ""
        ids.calm.text = "" if model.absences or manages or not read else tr("No absence is noted.")
        refill(ids.absences, model.absences, self._absence, self._fill_absence)
        comes = tuple(each for each in here(agenda, agenda.comes) if each.day == agenda.today)
        ids.comes_title.text = tr("Appointments today") if manages and comes else ""
        refill(ids.comes, comes if manages else (), self._comes, self._fill_comes)
        to_own = model.work.to_own[:MOST_CUSTOMERS] if manages else ()
        ids.unowned_title.text = tr("Customers without an associate") if to_own else ""
        refill(ids.unowned, to_own, self._customer, self._fill_customer)
        fresh = model.work.fresh[:MOST_CUSTOMERS] if manages else ()
        ids.fresh_title.text = tr("New this week") if fresh else ""
        refill(ids.fresh, fresh, self._customer, self._fill_customer)
        self._sheet.show(ids.layer, sheet_content(model))
        self._say_what_was_done(model)

    def left(self) -> None:
        """A sheet goes with its screen."""
        self.emit(SheetClosed())

    def go_back(self) -> None:
        """The arrow was pressed."""
        self.emit(BackPressed())

    def be_away(self) -> None:
        """The reader will be away."""
        self.emit(AwayPressed(associate_id=self._model.work.agenda.me))

    def press_count(self, key: str) -> None:
        """A figure was pressed that leads somewhere."""
        if key == "decide":
            self.emit(DecidePressed())
        elif key:
            self.emit(FollowUpsPressed())

    def _fill_count(self, tile: CountTile, count: Count) -> None:
        tile.key, tile.icon_name, tile.figure, tile.text, tile.late = count
        tile.a11y = f"{count.figure} {count.text}"
        tile.unbind(on_release=self._counted)
        tile.bind(on_release=self._counted)

    def _counted(self, tile: CountTile) -> None:
        self.press_count(tile.key)

    def _person(self) -> TeamRow:
        row = TeamRow()
        row.bind(
            on_act=lambda pressed: self.emit(AwayPressed(associate_id=pressed.key)),
            on_release=lambda _: self.emit(FollowUpsPressed()),
        )
        return row

    def _fill_person(self, row: TeamRow, share: Share) -> None:
        row.key = share.associate_id
        row.name, row.about = share_words(self._model.work.agenda.directory, share)
        row.late = share.late > 0
        colleague = share.associate_id in self._model.work.agenda.colleagues
        row.act_words = tr("Away…") if colleague and share.away is None else ""

    def _absence(self) -> TeamRow:
        row = TeamRow()
        row.bind(on_act=lambda pressed: self.emit(CallOffPressed(absence_id=pressed.key)))
        return row

    def _fill_absence(self, row: TeamRow, absence: Absence) -> None:
        row.key = absence.absence_id
        row.name, row.about = absence_words(self._model.work.agenda.directory, absence)
        row.act_words = tr("Call it off")

    def _comes(self) -> ComesRow:
        row = ComesRow()
        row.bind(on_release=lambda pressed: self.emit(CustomerPressed(record_id=pressed.record_id)))
        return row

    def _fill_comes(self, row: ComesRow, item: Item) -> None:
        directory = self._model.work.agenda.directory
        row.record_id, row.key = item.record_id, item.what.key
        row.time = clock(item.what.starts)
        row.name = name_of(item.who.given_name, item.who.family_name)
        owner = directory.person(item.what.owner)
        row.what = f"{what_words(item)} · {owner}" if owner else what_words(item)

    def _customer(self) -> TeamRow:
        row = TeamRow()
        row.bind(on_release=lambda pressed: self.emit(CustomerPressed(record_id=pressed.key)))
        return row

    def _fill_customer(self, row: TeamRow, who: Summary) -> None:
        row.key = who.record_id
        row.name, row.about = customer_words(who)

    def _say_what_was_done(self, model: TeamModel) -> None:
        if model.makes == self._told:
            return
        self._told = makes = model.makes
        if model.made is not None:
            undo = tr("Undo")
            self.ids.bar.say(made_words(model.made), action=undo, undo=lambda: self.emit(UndoPressed()))
            Clock.schedule_once(lambda _: self.emit(UndoOver(makes=makes)), SHOWN_S)


Builder.load_file(str(Path(__file__).with_name("view.kv")))
