"""Getting around: the rail, the search bar, tabs."""

from pathlib import Path
from typing import Any

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.widget import Widget

from mobile_app.theme import theme
from mobile_app.widgets.layouts import Box
from mobile_app.widgets.surfaces import Pressable, Surface

PAD, CLOSEST_PAD = dp(16), dp(6)


class RailItem(Pressable):
    """One place to go, on the rail or the bottom bar; a badge counts what waits there."""

    text = StringProperty()
    icon_name = StringProperty()
    active = BooleanProperty(False)
    badge = NumericProperty(0)
    most = NumericProperty(10)  # how large its word may grow where there is no more room for it


class SearchBar(Surface):
    """Where a name, a number or a scan goes: ``on_query`` at each change, ``on_submit`` at Enter."""

    hint = StringProperty()
    text = StringProperty()
    scans = BooleanProperty(False)  # whether a scanner can be asked for
    __events__ = ("on_query", "on_submit", "on_scan")

    def on_query(self, text: str) -> None: ...

    def on_submit(self, text: str) -> None: ...

    def on_scan(self) -> None: ...


class TabItem(Pressable):
    """One tab."""

    key = StringProperty()
    text = StringProperty()
    icon_name = StringProperty()
    active = BooleanProperty(False)
    pad = NumericProperty(dp(16))  # beside the word


class TabBar(Box):
    """Tabs with a sliding mark. ``tabs`` is a list of (key, icon, text); ``current`` is a key.

    Where ``room`` is a little too narrow for all, they move closer together before one is cut off.
    """

    tabs = ListProperty()
    current = StringProperty()
    room = NumericProperty(0)
    ind_x = NumericProperty(0)
    ind_w = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        self._fit_soon = Clock.create_trigger(self._fit, -1)
        super().__init__(**kwargs)

    def on_room(self, *_: Any) -> None:
        """Move the tabs closer together or apart."""
        self._fit_soon()

    def _fit(self, *_: Any) -> None:
        items = [each for each in self.children if isinstance(each, TabItem)]
        if not items or not self.room:
            return
        words = sum(item.width - 2 * item.pad for item in items)
        pad = min(PAD, (self.room - words) / (2 * len(items)))
        for item in items:
            item.pad = pad if pad >= CLOSEST_PAD else PAD  # too much is scrolled anyway

    def on_tabs(self, *_: Any) -> None:
        """Keep one item per tab; a new language only changes the words."""
        held = [each for each in self.children[::-1] if isinstance(each, TabItem)]
        if [each.key for each in held] == [key for key, _, _ in self.tabs]:
            for item, (_, _, text) in zip(held, self.tabs, strict=True):
                item.text = text
            return
        self.clear_widgets()
        for key, icon_name, text in self.tabs:
            item = TabItem(key=key, icon_name=icon_name, text=text)
            item.bind(on_release=self._choose, pos=self._follow, size=self._follow)
            item.ids.txt.bind(texture_size=self._fit_soon)
            self.add_widget(item)
        self.add_widget(Widget())
        if self.tabs and self.current not in [key for key, _, _ in self.tabs]:
            self.current = self.tabs[0][0]
        self._follow()

    def on_current(self, *_: Any) -> None:
        """Slide the mark."""
        self._mark(slide=not theme.still)

    def _choose(self, item: TabItem) -> None:
        self.current = item.key

    def _follow(self, *_: Any) -> None:
        self._mark(slide=False)

    def _mark(self, *, slide: bool) -> None:
        for item in self.children:
            if not isinstance(item, TabItem):
                continue
            item.active = item.key == self.current
            if item.active:
                beside = item.pad - dp(4)
                x, width = item.x + beside, item.width - 2 * beside
                Animation.cancel_all(self, "ind_x", "ind_w")
                if slide and self.ind_w:
                    Animation(ind_x=x, ind_w=width, d=0.18, t="out_cubic").start(self)
                else:
                    self.ind_x, self.ind_w = x, width


Builder.load_file(str(Path(__file__).with_name("navigation.kv")))
