"""The counter: Today, the follow-ups, or the list and the card: side by side where there is room, else one of
them and a bar below."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout

from mobile_app.i18n import tr
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.card.view import CardView
from mobile_app.screens.catalogue.model import CatalogueModel
from mobile_app.screens.catalogue.view import CatalogueView
from mobile_app.screens.find.model import BackPressed, Entered, FindModel
from mobile_app.screens.find.newcomer import NewPressed
from mobile_app.screens.find.view import FindView
from mobile_app.screens.follow_ups.model import FollowUpsModel
from mobile_app.screens.follow_ups.view import FollowUpsView
from mobile_app.screens.sheet import BACK_KEY
from mobile_app.screens.today.model import TodayModel
from mobile_app.screens.today.view import TodayView
from mobile_app.theme import theme

WIDE_DP = 900
LIST_DP = 396
Clock.max_iteration = 30  # a card is nested so deep that its layout takes more than Kivy's 20 rounds


class Desk(FloatLayout):
    """Rail, list and card. It owns the layer of sheets and the bar that offers to undo."""

    find_emit = ObjectProperty(lambda event: None)
    card_emit = ObjectProperty(lambda event: None)
    today_emit = ObjectProperty(lambda event: None)
    follow_ups_emit = ObjectProperty(lambda event: None)
    catalogue_emit = ObjectProperty(lambda event: None)
    go = ObjectProperty(lambda screen: None)  # "today", "find", "catalogue", "outbox", "settings", "lock"
    mode = StringProperty("find")  # what is in the panes
    narrow = BooleanProperty(False)
    open = BooleanProperty(False)
    waiting = NumericProperty(0)
    person = StringProperty()
    today: Callable[[], date]

    def __init__(self, *, today: Callable[[], date], **kwargs: Any) -> None:
        """Build both panes once; turning the tablet only moves them.

        Args:
            today: the day whose month the birthdays are looked for in.
        """
        super().__init__(**kwargs)
        self.today = today
        ids = self.ids
        self.find = FindView(emit=self.find_emit, layer=self)
        self.card = CardView(emit=self.card_emit, layer=self, bar=ids.bar)
        self.card.bind(on_back=lambda _: self.find_emit(BackPressed()))
        self.day = TodayView(emit=self.today_emit, bar=ids.bar)
        self.catalogue = CatalogueView(emit=self.catalogue_emit, layer=self, bar=ids.bar)
        self.follow_ups = FollowUpsView(emit=self.follow_ups_emit, layer=self, bar=ids.bar)
        # A widget that is out of the tree is only held by what holds it here.
        self._frame, self._panes = ids.frame.__self__, ids.panes.__self__
        self._rail, self._bottom = ids.rail.__self__, ids.bottom.__self__
        self._arranged: Any = None
        self._arrange_soon = Clock.create_trigger(self._arrange, -1)
        self.bind(size=self._arrange_soon, open=self._arrange_soon, mode=self._arrange_soon)
        theme.bind(left_handed=self._arrange_soon, font_scale=self._arrange_soon)
        self._arrange()

    def show_find(self, model: FindModel) -> None:
        """Show the list, and the pane it asks for."""
        self.find.show(model)
        self.open = model.open
        self._say()

    def show_card(self, model: CardModel) -> None:
        """Show the card."""
        self.card.show(model)

    def show_today(self, model: TodayModel) -> None:
        """Show whom to think of."""
        self.day.show(model)
        self._say()

    def show_follow_ups(self, model: FollowUpsModel) -> None:
        """Show what is to be done."""
        self.follow_ups.show(model)

    def show_catalogue(self, model: CatalogueModel) -> None:
        """Show the articles."""
        self.catalogue.show(model)

    def entered(self) -> None:
        """Called when the screen comes to the front."""
        Window.bind(on_key_down=self._key)
        if self.mode == "find":
            self.find_emit(Entered(today=self.today()))

    def left(self) -> None:
        """Called when the screen goes."""
        Window.unbind(on_key_down=self._key)
        self.follow_ups.left()

    def new_customer(self) -> None:
        """The button of the rail."""
        if self.mode != "find":
            self.go("find")
        self.find_emit(NewPressed())

    def see_customers(self) -> None:
        """Customers in the rail: the list, from wherever one is."""
        if self.mode == "find":
            self.find_emit(BackPressed())
        else:
            self.go("find")

    def _key(self, _: Any, code: int, *__: Any) -> bool:
        """Go back to the list at Escape, where the card hides it."""
        if code != BACK_KEY or not (self.mode == "find" and self.narrow and self.open):
            return False
        self.find_emit(BackPressed())
        return True

    def _say(self) -> None:
        ids = self.ids
        for item, text in (
            (ids.day, tr("Today")),
            (ids.follow_ups, tr("Follow-ups")),
            (ids.day_below, tr("Today")),
            (ids.follow_ups_below, tr("Follow-ups")),
            (ids.clients, tr("Customers")),
            (ids.catalogue, tr("Catalogue")),
            (ids.outbox, tr("Waiting")),
            (ids.settings, tr("Settings")),
            (ids.clients_below, tr("Customers")),
            (ids.catalogue_below, tr("Catalogue")),
            (ids.outbox_below, tr("Waiting")),
            (ids.settings_below, tr("Settings")),
            (ids.lock_below, tr("Hand over")),
        ):
            item.text = text
        ids.new.a11y = tr("New customer")
        ids.lock.a11y = tr("Hand over the tablet")

    def _arrange(self, *_: Any) -> None:
        """Put the panes where they belong, without building anything."""
        # With large text two panes need more room.
        narrow = self.width < dp(WIDE_DP) * max(1.0, theme.font_scale * 0.75)
        list_dp = LIST_DP * max(1.0, 0.5 + 0.5 * theme.font_scale)
        arranged = (narrow, narrow and self.open, self.mode, theme.left_handed, list_dp)
        if arranged == self._arranged:
            return
        self._arranged = arranged
        self.narrow = self.find.narrow = self.card.narrow = narrow
        self.day.narrow = self.follow_ups.narrow = self.catalogue.narrow = narrow
        panes: list[Any] = [self.find, self.card]
        if narrow:
            outer = [self._panes, self._bottom]
            panes = [self.card if self.open else self.find]
            self.find.size_hint_x = 1
        else:
            outer = [self._rail, self._panes]
            self.find.size_hint_x, self.find.width = None, dp(list_dp)
            if theme.left_handed:
                outer.reverse()
                panes.reverse()
        if self.mode != "find":
            panes = [{"today": self.day, "catalogue": self.catalogue}.get(self.mode, self.follow_ups)]
        self._frame.clear_widgets()
        self._panes.clear_widgets()
        self._frame.orientation = "vertical" if narrow else "horizontal"
        for widget in outer:
            self._frame.add_widget(widget)
        for pane in panes:
            self._panes.add_widget(pane)


Builder.load_file(str(Path(__file__).with_name("desk.kv")))
