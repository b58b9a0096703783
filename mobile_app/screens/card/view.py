"""Draws the card: who she is, three facts, and the tabs with their panes."""

import math
import time
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from mobile_app.i18n import tr
from mobile_app.screens.card.advice_pane import AdvicePane
from mobile_app.screens.card.contacting import Means, means
from mobile_app.screens.card.events import (
    AboutPressed,
    Answered,
    CasePressed,
    ConsentPressed,
    EditPressed,
    PromisePressed,
    PutBackPressed,
    RemovePressed,
    SheetChosen,
    SheetClosed,
    SheetKept,
    SheetTyped,
    TabPressed,
    ThingPressed,
    TurnPressed,
    UndoOver,
    UndoPressed,
    WritePressed,
)
from mobile_app.screens.card.facts import Fact, first_facts
from mobile_app.screens.card.history_panes import Pane, TimelinePane
from mobile_app.screens.card.loyalty_pane import LoyaltyPane
from mobile_app.screens.card.profile_panes import DetailsPane, NotesPane, TastePane
from mobile_app.screens.card.promising import Open, may_open_case, may_promise, open_things
from mobile_app.screens.card.promising_words import icon_of
from mobile_app.screens.card.purchases_pane import PurchasesPane
from mobile_app.screens.card.revealing import RevealPressed, SecondsPassed
from mobile_app.screens.card.sheet_words import done_words, sheet_content
from mobile_app.screens.card.sheets import Ask
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.card.wardrobe_pane import WardrobePane
from mobile_app.screens.card.words import (
    about_words,
    contact_channel_words,
    fact_words,
    standing_words,
    today_ms,
)
from mobile_app.screens.card.writing import may_write
from mobile_app.screens.find.words import initials_of, name_of, tier_words
from mobile_app.screens.forms import FormView, refill
from mobile_app.screens.fresh import fresh_id
from mobile_app.screens.promise_words import thing_words
from mobile_app.screens.sheet import Sheet
from mobile_app.theme import theme
from mobile_app.widgets import Pressable, Surface
from mobile_app.widgets.feedback import SHOWN_S
from schemas.messages import UNDO_MS
from schemas.mutations import SendMessage
from sync.replica.draft import Card, in_clear

LARGE_TEXT = 1.35  # from here on a phone has room for the word of one button only; the others are icons

_PANES: dict[str, type[Pane]] = {
    "timeline": TimelinePane,
    "advice": AdvicePane,
    "wardrobe": WardrobePane,
    "purchases": PurchasesPane,
    "taste": TastePane,
    "notes": NotesPane,
    "loyalty": LoyaltyPane,
    "details": DetailsPane,
}


class FactTile(Surface):
    """One of the first facts."""

    label = StringProperty()
    value = StringProperty()
    note = StringProperty()


class ConsentChip(Pressable):
    """A means of contact: whether she may be reached by it."""

    channel = StringProperty()
    text = StringProperty()
    ok = BooleanProperty(False)
    refused = BooleanProperty(False)
    waits = BooleanProperty(False)
    liked = BooleanProperty(False)  # how she likes to be reached


class PromiseChip(Pressable):
    """Something promised to her, or a case: what and by when."""

    path = StringProperty()
    icon_name = StringProperty("circle-outline")
    text = StringProperty()
    when = StringProperty()
    late = BooleanProperty(False)
    waits = BooleanProperty(False)


class CardView(FormView):
    """Shows a ``CardModel``. ``layer`` is where its sheets go, ``bar`` says what was kept."""

    layer = ObjectProperty(None, allownone=True)
    bar = ObjectProperty(None, allownone=True)
    narrow = BooleanProperty(False)
    has_card = BooleanProperty(False)
    name = StringProperty()
    initials = StringProperty()
    tier = StringProperty()
    tier_name = StringProperty()
    points = StringProperty()
    about = StringProperty()
    name_width = NumericProperty(0)
    tone = NumericProperty(0)
    promises = BooleanProperty(False)  # the reader may promise something
    opens_cases = BooleanProperty(False)
    writes = BooleanProperty(False)  # the reader may write to her
    __events__ = ("on_back",)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # A widget that is out of the tree is only held by what holds it here.
        self._empty, self._card = self.ids.empty.__self__, self.ids.card.__self__
        self._panes: dict[str, Pane] = {}
        self._told = 0
        self._hide_at = 0.0  # on the monotonic clock; 0 while nothing is revealed
        self._sheet = Sheet()
        self._sheet.bind(
            on_typed=lambda _, key, text: self.emit(SheetTyped(key=key, text=text)),
            on_chosen=lambda _, choice: self._chosen(choice),
            on_acted=lambda _, key: self._act(key),
            on_answered=lambda _, key, yes: self.emit(Answered(key=key, granted=yes)),
            on_closed=lambda _: self.emit(SheetClosed()),
        )
        self.bind(narrow=lambda *_: self._narrow_panes())
        self.bind(name=self._measure_name, narrow=self._measure_name)
        theme.bind(font_scale=self._measure_name)
        self._model = CardModel()
        self.ids.tabs.bind(current=lambda _, key: self._tab(key))
        self.clear_widgets()
        self.add_widget(self._empty)

    def on_back(self) -> None: ...

    def show(self, model: CardModel) -> None:
        """Put the card in words; only the tab that is looked at is filled."""
        self._model = model
        ids = self.ids
        ids.nobody.title = tr("Nobody chosen yet")
        ids.nobody.text = tr("Choose a customer in the list, or search by name, town or phone.")
        self._say_what_was_kept(model)
        self._sheet.show(self.layer, sheet_content(model))
        self._count_down(model)
        if (model.card is not None) != self.has_card:
            self.has_card = model.card is not None
            self.clear_widgets()
            self.add_widget(self._card if self.has_card else self._empty)
        if model.card is None:
            return
        self._show_head(model)
        ids.tabs.tabs = [
            ("timeline", "timeline-clock-outline", tr("Timeline")),
            ("advice", "star-outline", tr("Advise")),
            ("wardrobe", "hanger", tr("Wardrobe")),
            ("purchases", "shopping-outline", tr("Purchases")),
            ("taste", "heart-outline", tr("Taste")),
            ("notes", "note-text-outline", tr("Notes")),
            ("loyalty", "crown-outline", tr("Loyalty")),
            ("details", "card-account-details-outline", tr("Details")),
        ]
        ids.tabs.current = model.tab
        self._show_pane(model)
        self._bring_tab_to_sight()

    def _show_head(self, model: CardModel) -> None:
        card = model.card
        assert card is not None
        values, ids = card.values, self.ids
        given, family = values.get("given_name"), values.get("family_name")
        self.name, self.initials = name_of(given, family), initials_of(given, family)
        self.tone = card.record_id.int % 6
        loyalty = values.get("loyalty") or {}
        self.tier, self.tier_name = loyalty.get("tier") or "", tier_words(loyalty.get("tier"))
        self.points = standing_words(values)
        birthday = {"birth_date": values.get("birth_date")}  # its mask still names the day
        self.about = about_words(in_clear(values, card.levels) | birthday)
        ids.back.a11y = tr("Back to the list")
        waiting = {path.split("/")[2] for path in card.pending_paths if path.startswith("consents/")}

        def fill_channel(chip: ConsentChip, by: Means) -> None:
            chip.channel, chip.ok, chip.refused = by.channel, by.allowed, by.refused
            chip.liked = chip.channel == values.get("contact_preference")
            chip.text = contact_channel_words(chip.channel)
            if chip.liked:
                chip.text = tr("{channel}, preferred").format(channel=chip.text)
            chip.waits = chip.channel in waiting

        liked = values.get("contact_preference")
        by_liking = sorted(means(model), key=lambda each: each.channel != liked)
        refill(ids.consents, by_liking, self._consent, fill_channel)
        self._show_promises(model, card)
        now_ms = today_ms(model.today)

        def fill_fact(tile: FactTile, fact: Fact) -> None:
            tile.label, tile.value, tile.note = fact_words(fact, now_ms)

        refill(ids.facts, first_facts(values, model.today), FactTile, fill_fact)

    def _show_promises(self, model: CardModel, card: Card) -> None:
        """What is promised and not ended, and the buttons that promise more."""
        ids = self.ids
        ids.promise.text = tr("Promise")
        brief = self.narrow and theme.font_scale > LARGE_TEXT
        for button, word in ((ids.write, tr("Write")), (ids.case, tr("Case"))):
            button.a11y, button.text = word, "" if brief else word
        self.promises, self.opens_cases = may_promise(card), may_open_case(card)
        self.writes = may_write(model)

        def fill(chip: PromiseChip, held: Open) -> None:
            chip.path, chip.icon_name = held.path, icon_of(held.field, held.thing["kind"])
            chip.text, chip.when = thing_words(held.field, held.thing, model.today)
            chip.late = held.day() < model.today.isoformat()
            chip.waits = held.path in card.pending_paths

        refill(ids.promised, open_things(card.values), self._promise_chip, fill)

    def _promise_chip(self) -> PromiseChip:
        chip = PromiseChip()
        chip.bind(on_release=lambda pressed: self.emit(ThingPressed(path=pressed.path)))
        return chip

    def promise(self) -> None:
        """The button."""
        self.emit(PromisePressed())

    def write(self) -> None:
        """The button."""
        self.emit(WritePressed())

    def open_case(self) -> None:
        """The button."""
        self.emit(CasePressed())

    def _measure_name(self, *_: Any) -> None:
        """Say how wide the name is in one line."""
        label = self.ids.name
        line = CoreLabel(text=self.name, font_name=label.font_name, font_size=label.font_size)
        line.refresh()
        self.name_width = (line.texture.width if line.texture else 0) + dp(2)

    def _show_pane(self, model: CardModel) -> None:
        pane = self._panes.get(model.tab)
        if pane is None:
            pane = self._panes[model.tab] = _PANES[model.tab](emit=self.emit, narrow=self.narrow)
        if pane.parent is None:
            self.ids.pane.clear_widgets()
            self.ids.pane.add_widget(pane)
        pane.show(model)

    def _bring_tab_to_sight(self) -> None:
        """Scroll the tabs where not all of them fit."""
        tabs = self.ids.tabs
        if tabs.width > tabs.parent.width:
            item = next(each for each in tabs.children if getattr(each, "active", False))
            tabs.parent.scroll_to(item, animate=False)

    def _narrow_panes(self) -> None:
        for pane in self._panes.values():
            pane.narrow = self.narrow

    def _tab(self, key: str) -> None:
        if key != self._model.tab:
            self.emit(TabPressed(tab=key))

    def _consent(self) -> ConsentChip:
        chip = ConsentChip()
        chip.bind(on_release=lambda pressed: self.emit(ConsentPressed(channel=pressed.channel)))
        return chip

    def _chosen(self, choice: str) -> None:
        sheet = self._model.sheet
        if sheet is not None and sheet.ask is Ask.VALUE:
            self.emit(PutBackPressed(entry_id=int(choice)))
        else:
            self.emit(SheetChosen(choice=choice))

    def _act(self, key: str) -> None:
        sheet = self._model.sheet
        match key:
            case "keep":
                self.emit(SheetKept(fresh=fresh_id()))
            case "about":
                self.emit(AboutPressed())
            case "edit":
                self.emit(EditPressed())
            case "remove":
                self.emit(RemovePressed())
            case "turn":
                self.emit(TurnPressed())
            case "reveal":
                self.emit(RevealPressed())
            case "consent" if sheet is not None:
                self.emit(ConsentPressed(channel=sheet.path.split("/")[2]))
            case _:
                self.emit(SheetClosed())

    def _count_down(self, model: CardModel) -> None:
        """Hide a revealed value when its minute is over, by a clock that nobody sets."""
        left_s = model.sheet.left_s if model.sheet is not None else 0
        if not left_s:
            self._hide_at = 0.0
        elif not self._hide_at:
            self._hide_at = time.monotonic() + left_s
            Clock.schedule_once(self._pass_a_second, 1)

    def _pass_a_second(self, _: float) -> None:
        if self._hide_at:
            self.emit(SecondsPassed(left_s=max(0, math.ceil(self._hide_at - time.monotonic()))))
            Clock.schedule_once(self._pass_a_second, 1)

    def _say_what_was_kept(self, model: CardModel) -> None:
        if self.bar is None or model.makes == self._told:
            return
        self._told = model.makes
        if model.made is not None:
            makes = model.makes
            written = isinstance(model.made.mutation, SendMessage)
            shown_s = UNDO_MS / 1000 if written else SHOWN_S
            self.bar.say(
                done_words(model.made.mutation),
                action=tr("Undo"),
                undo=lambda: self.emit(UndoPressed()),
                shown_s=shown_s,
            )
            Clock.schedule_once(lambda _: self.emit(UndoOver(makes=makes)), shown_s)


Builder.load_file(str(Path(__file__).with_name("view.kv")))
