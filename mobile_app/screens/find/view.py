"""Draws the list of customers: search bar, filters, rows."""

from pathlib import Path
from typing import Any
from uuid import UUID

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.recycleview import RecycleView
from kivy.uix.recycleview.views import RecycleDataViewBehavior

from mobile_app.i18n import language, tr
from mobile_app.screens.find.further import BeyondPressed, HitPressed, NotesPressed
from mobile_app.screens.find.model import (
    EveryonePressed,
    FilterPressed,
    FiltersChosen,
    FiltersClosed,
    FiltersKept,
    FiltersPressed,
    FiltersTyped,
    FindEvent,
    FindModel,
    RowPressed,
    Scanned,
    Typed,
)
from mobile_app.screens.find.newcomer import NewClosed, NewHanded, NewKept, NewLinked, NewTyped, TwinPressed
from mobile_app.screens.find.words import (
    beyond_words,
    count_words,
    filter_chips,
    filters_sheet,
    hit_about,
    initials_of,
    line_about,
    name_of,
    new_customer_sheet,
    notes_words,
    nothing_words,
    tier_words,
)
from mobile_app.screens.forms import FormView, refill
from mobile_app.screens.fresh import fresh_id
from mobile_app.screens.sheet import Sheet
from mobile_app.theme import theme
from mobile_app.widgets import FilterChip, Pressable
from mobile_app.widgets.layouts import Box
from sync.summary import Summary

TYPING_S = 0.12  # a pause this long in typing asks the tablet


class CustomerRow(RecycleDataViewBehavior, Pressable):
    """One customer of the list."""

    record_id = ObjectProperty(None, allownone=True)
    name = StringProperty()
    initials = StringProperty()
    about = StringProperty()
    tier = StringProperty()
    tier_name = StringProperty()
    waits = StringProperty()  # says that an edit awaits its answer
    tone = NumericProperty(0)
    selected = BooleanProperty(False)
    _list: Any = None

    def refresh_view_attrs(self, rv: Any, index: int, data: dict[str, Any]) -> Any:
        """Take another customer's facts; rows are reused while scrolling."""
        self._list = rv
        self.selected = data["record_id"] == rv.selected
        self.layer = 0
        return super().refresh_view_attrs(rv, index, data)

    def on_release(self) -> None:
        """Tell the list."""
        if self._list is not None:
            self._list.dispatch("on_choice", self.record_id)


class HitRow(RecycleDataViewBehavior, Pressable):
    """Somebody found beyond the tablet."""

    record_id = ObjectProperty(None, allownone=True)
    name = StringProperty()
    about = StringProperty()
    _list: Any = None

    def refresh_view_attrs(self, rv: Any, index: int, data: dict[str, Any]) -> Any:
        """Take another person's facts."""
        self._list = rv
        self.layer = 0
        return super().refresh_view_attrs(rv, index, data)

    def on_release(self) -> None:
        """Tell the list."""
        if self._list is not None:
            self._list.dispatch("on_hit", self.record_id)


class BeyondRow(RecycleDataViewBehavior, Pressable):
    """The way to a search beyond the tablet, or what came of it."""

    record_id = ObjectProperty(None, allownone=True)
    icon_name = StringProperty("magnify")
    text = StringProperty()
    asks = BooleanProperty(False)  # whether pressing it searches
    place = StringProperty("house")  # where: house, notes
    _list: Any = None

    def refresh_view_attrs(self, rv: Any, index: int, data: dict[str, Any]) -> Any:
        """Take another text."""
        self._list = rv
        self.layer = 0
        return super().refresh_view_attrs(rv, index, data)

    def on_release(self) -> None:
        """Tell the list."""
        if self._list is not None and self.asks:
            self._list.dispatch("on_further", self.place)


class RowHeading(Box):
    """A word over some rows."""

    text = StringProperty()
    record_id = ObjectProperty(None, allownone=True)


class CustomerList(RecycleView):
    """The rows, drawn as far as they are on the screen."""

    selected = ObjectProperty(None, allownone=True)
    __events__ = ("on_choice", "on_hit", "on_further")

    def on_selected(self, *_: Any) -> None:
        """Mark the row without touching the others."""
        for row in self.children[0].children if self.children else ():
            if isinstance(row, CustomerRow):
                row.selected = row.record_id == self.selected

    def on_choice(self, record_id: UUID) -> None: ...

    def on_hit(self, record_id: UUID) -> None: ...

    def on_further(self, place: str) -> None: ...


class FindView(FormView):
    """Shows a ``FindModel``. ``layer`` is where its sheet goes."""

    layer = ObjectProperty(None, allownone=True)
    narrow = BooleanProperty(False)
    empty = BooleanProperty(False)
    above = NumericProperty(0)  # height of the rows that stand over what is said when nobody is found
    reader = ObjectProperty(None, allownone=True)  # what reads cards by a camera; no key for it without one

    def on_reader(self, *_: Any) -> None:
        """Show the key where there is a camera that reads cards."""
        self.ids.search.scans = self.reader is not None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._drawn: Any = None
        self._typing = Clock.create_trigger(self._ask, TYPING_S)
        self._sheet = Sheet()
        self._sheet.bind(
            on_typed=lambda _, key, text: self.emit(NewTyped(field=key, text=text)),
            on_acted=lambda _, key: self.emit(_act_of(key)),
            on_chosen=lambda _, key: self.emit(TwinPressed(record_id=UUID(key))),
            on_closed=lambda _: self.emit(NewClosed()),
        )
        self._filters = Sheet()
        self._filters.bind(
            on_typed=lambda _, key, text: self.emit(FiltersTyped(key=key, text=text)),
            on_chosen=lambda _, key: self.emit(FiltersChosen(choice=key)),
            on_acted=lambda _, key: self.emit(FiltersKept() if key == "keep" else FiltersClosed()),
            on_closed=lambda _: self.emit(FiltersClosed()),
        )
        self.ids.search.bind(on_scan=lambda _: self._read_card())
        self.ids.rows.bind(
            on_hit=lambda _, record_id: self.emit(HitPressed(record_id=record_id)),
            on_further=lambda _, place: self.emit(NotesPressed() if place == "notes" else BeyondPressed()),
        )
        self.ids.rows.bind(on_choice=lambda _, record_id: self.emit(RowPressed(record_id=record_id)))
        theme.bind(font_scale=self._size_rows)
        self._size_rows()

    def _read_card(self) -> None:
        """Let the camera look for a card."""
        if self.reader is not None:
            self.reader.begin(lambda code: self.emit(Scanned(text=code)))

    def show(self, model: FindModel) -> None:
        """Put the list in words. Rows are set anew only when they are others."""
        ids = self.ids
        ids.search.hint = tr("Name, town, phone, card")
        if model.scanned:  # what was typed before is no longer asked, and may not take the scan's place
            ids.search.ids.ti.text = model.query
            self._typing.cancel()
        elif not model.query and ids.search.ids.ti.text and not self._typing.is_triggered:
            ids.search.ids.ti.text = ""
        refill(ids.filters, filter_chips(model.filters), self._chip, _fill_chip)
        ids.count.text = count_words(model)
        ids.new.a11y = ids.add.text = tr("New customer")
        ids.new.disabled = ids.add.disabled = not model.may_create
        self._show_rows(model)
        further = [each for each in (model.beyond, model.notes) if each is not None and each.hits]
        self.empty = model.answered and not model.rows and not further
        ids.nothing.icon_name, ids.nothing.title, ids.nothing.text = nothing_words(model)
        ids.rows.selected = model.selected
        links = bool(model.links_of)
        self._sheet.show(self.layer, new_customer_sheet(model.new, links=links) if model.new else None)
        self._filters.show(self.layer, filters_sheet(model.asking) if model.asking else None)

    def _chip(self) -> FilterChip:
        chip = FilterChip()
        chip.bind(on_release=lambda pressed: self.emit(_event_of(pressed.key)))
        return chip

    def typed(self, text: str) -> None:
        """Ask when the typing pauses."""
        self._typing.cancel()
        self._typing()

    def submitted(self) -> None:
        """Ask at once."""
        self._typing.cancel()
        self._ask()

    def _ask(self, *_: Any) -> None:
        self.emit(Typed(query=self.ids.search.text))

    def _show_rows(self, model: FindModel) -> None:
        recent = model.recent if model.asks_nothing else ()
        drawn = (
            model.rows,
            recent,
            language(),
            model.beyond,
            model.notes,
            model.may_look_beyond,
            model.query,
        )
        if drawn == self._drawn:
            return
        other_question = self._drawn is None or [row.record_id for row in self._drawn[0]] != [
            row.record_id for row in model.rows
        ]
        self._drawn = drawn
        rows: list[dict[str, Any]] = []
        if recent and model.rows:
            rows.append(_heading(tr("Recently seen")))
            rows += [_row(summary) for summary in recent]
            rows.append(_heading(tr("Everyone")))
        rows += [_row(summary) for summary in model.rows]
        rows += _notes_rows(model)
        rows += _beyond_rows(model)
        self.ids.rows.data = rows
        self._size_rows()
        if other_question:
            self.ids.rows.scroll_y = 1

    def _size_rows(self, *_: Any) -> None:
        height = dp(24) + dp(48) * max(1.0, theme.font_scale)
        self.ids.rows.children[0].default_size = (None, height)
        self.above = len(self.ids.rows.data) * height


def _notes_rows(model: FindModel) -> list[dict[str, Any]]:
    """Return the way to a search in the notes, and what it found."""
    hits = model.notes.hits if model.notes is not None else ()
    rows: list[dict[str, Any]] = [_heading(tr("In the notes"))] if hits else []
    rows += [_row(hit.who) | {"about": hit.excerpt, "waits": ""} for hit in hits]
    return [*rows, *_further_row("notes", *notes_words(model))]


def _further_row(place: str, icon_name: str, text: str, asks: bool) -> list[dict[str, Any]]:
    if not text:
        return []
    row = {"record_id": None, "icon_name": icon_name, "text": text, "asks": asks, "place": place}
    return [{"viewclass": "BeyondRow", **row}]


def _beyond_rows(model: FindModel) -> list[dict[str, Any]]:
    """Return the way to a search by the network, and what it found."""
    beyond = model.beyond
    rows: list[dict[str, Any]] = []
    if beyond is not None and beyond.hits:
        rows.append(_heading(tr("Elsewhere in the house, by the network")))
    for hit in beyond.hits if beyond is not None else ():
        given, family = hit.values.get("given_name"), hit.values.get("family_name")
        rows.append(
            {
                "viewclass": "HitRow",
                "record_id": hit.record_id,
                "name": name_of(given, family),
                "about": hit_about(hit),
            }
        )
    return [*rows, *_further_row("house", *beyond_words(model))]


def _row(summary: Summary) -> dict[str, Any]:
    given, family = summary.given_name, summary.family_name
    return {
        "viewclass": "CustomerRow",
        "record_id": summary.record_id,
        "name": name_of(given, family),
        "initials": initials_of(given, family),
        "about": line_about(summary),
        "tier": summary.tier or "",
        "tier_name": tier_words(summary.tier),
        "waits": tr("not sent yet") if summary.pending else "",
        "tone": summary.record_id.int % 6,
    }


def _heading(text: str) -> dict[str, Any]:
    return {"viewclass": "RowHeading", "record_id": None, "text": text, "row_size": (None, dp(40))}


def _event_of(key: str) -> FindEvent:
    match key:
        case "":
            return EveryonePressed()
        case "more":
            return FiltersPressed()
        case _:
            return FilterPressed(name=key)


def _act_of(key: str) -> FindEvent:
    match key:
        case "keep":
            return NewKept(record_id=fresh_id())
        case "hand":
            return NewHanded(record_id=fresh_id())
        case "link":
            return NewLinked(record_id=fresh_id(), message_id=fresh_id(), language=language())
        case _:
            return NewClosed()


def _fill_chip(chip: FilterChip, fact: tuple[str, str, bool]) -> None:
    chip.key, chip.text, chip.on = fact


Builder.load_file(str(Path(__file__).with_name("view.kv")))
