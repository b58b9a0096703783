"""The panes of what happened: the timeline with the chart beside it, and the purchases."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.recycleview import RecycleView
from kivy.uix.recycleview.views import RecycleDataViewBehavior

from mobile_app.i18n import language, money, tr
from mobile_app.screens.card.events import ChannelPressed, ValueHeld, ValuePressed
from mobile_app.screens.card.facts import spend_by_month
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.card.timeline import Moment, channels_of, kinds_of, through, timeline
from mobile_app.screens.card.words import channel_words, icon_of, kind_words, moment_words, month_letters
from mobile_app.screens.forms import refill
from mobile_app.widgets import FilterChip, Pressable, Surface, Txt
from mobile_app.widgets.layouts import Box


class Pane(Box):
    """What one tab shows. It is filled when it is looked at, and kept."""

    emit = ObjectProperty(lambda event: None)
    narrow = BooleanProperty(False)
    _drawn: Any = None

    def show(self, model: CardModel) -> None:
        """Show the card, if it is another one than shown or says something else."""
        drawn = (model.card, model.channel, model.directory, model.today, language(), self._also(model))
        if model.card is None or drawn == self._drawn:
            return
        other_customer = self._drawn is None or self._drawn[0].record_id != model.card.record_id
        self._drawn = drawn
        self.fill(model)
        if other_customer:
            self.to_top()

    def fill(self, model: CardModel) -> None:
        """Set every widget's properties."""
        raise NotImplementedError

    def to_top(self) -> None:
        """Scroll to the beginning: another customer."""
        if "scroll" in self.ids:
            self.ids.scroll.scroll_y = 1

    def bind_value(self, widget: Any) -> None:
        """Let a tap on a widget with a ``path`` change its value, and a long press tell about it."""
        widget.holds = True
        widget.bind(
            on_release=lambda pressed: self.emit(ValuePressed(path=pressed.path)),
            on_hold=lambda pressed: self.emit(ValueHeld(path=pressed.path)),
        )

    def _also(self, model: CardModel) -> Any:
        """What else of the model this pane shows."""
        return None


class MomentRow(RecycleDataViewBehavior, Pressable):
    """Something that happened."""

    icon_name = StringProperty("circle-outline")
    title = StringProperty()
    said = StringProperty()
    when = StringProperty()
    where = StringProperty()
    waits = StringProperty()
    path = StringProperty()
    last = BooleanProperty(False)
    _list: Any = None

    def refresh_view_attrs(self, rv: Any, index: int, data: dict[str, Any]) -> Any:
        """Take another moment's facts."""
        self._list = rv
        self.layer = 0
        return super().refresh_view_attrs(rv, index, data)

    def on_release(self) -> None:
        """Tell where it came from, when that is known."""
        if self.path and self._list is not None:
            self._list.dispatch("on_choice", self.path)


class ChoiceList(RecycleView):
    """Rows of which one may be pressed."""

    __events__ = ("on_choice",)

    def on_choice(self, path: str) -> None: ...


class TimelinePane(Pane):
    """Everything over all channels, newest first, and the spending of the last 12 months."""

    beside = BooleanProperty(True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ids.scroll.bind(on_choice=lambda _, path: self.emit(ValuePressed(path=path)))

    def fill(self, model: CardModel) -> None:
        """Merge what happened and draw what was spent."""
        assert model.card is not None
        ids, card = self.ids, model.card
        moments = timeline(card.values, card.pending_paths)
        channels = channels_of(moments)
        kinds = kinds_of(moments)
        chosen = model.channel if model.channel in (*channels, *kinds) else ""
        shown = through(moments, chosen)
        chips = [("", tr("Everything"))]
        chips += [(kind, kind_words(kind)) for kind in kinds if len(kinds) > 1]
        chips += [(channel, channel_words(channel)) for channel in channels if len(channels) > 1]

        def fill_chip(chip: FilterChip, channel: tuple[str, str]) -> None:
            chip.key, chip.text = channel
            chip.on = chip.key == chosen

        refill(ids.channels, chips if len(chips) > 1 else [], self._chip, fill_chip)
        ids.scroll.data = [
            _moment_row(moment, model, last=at == len(shown) - 1) for at, moment in enumerate(shown)
        ]
        ids.nothing.text = (
            "" if shown else tr("Nothing happened yet. A visit, a note or a purchase will show here.")
        )
        months = spend_by_month(card.values, model.today)
        ids.chart_title.text = tr("Spending, last 12 months") if months else ""
        currency = (card.values.get("spend") or {}).get("currency", "EUR")
        ids.chart.labels = month_letters(tuple(number for number, _ in months))
        ids.chart.values = [amount for _, amount in months]
        peak = max((amount for _, amount in months), default=0)
        ids.chart.peak = money(round(peak / 100) * 100, currency) if peak > 0 else ""
        self.ids.chart_box.shown = bool(months)

    def _chip(self) -> FilterChip:
        chip = FilterChip()
        chip.bind(on_release=lambda pressed: self.emit(ChannelPressed(channel=pressed.key)))
        return chip


class ChartBox(Surface):
    """The chart and its title; takes no room without figures."""

    shown = BooleanProperty(True)
    has_room = BooleanProperty(True)


def _moment_row(moment: Moment, model: CardModel, *, last: bool) -> dict[str, Any]:
    title, said, when, where = moment_words(moment, model.directory)
    return {
        "icon_name": icon_of(moment),
        "title": title,
        "said": said,
        "when": when,
        "where": where,
        "waits": tr("not sent yet") if moment.waits else "",
        "path": moment.path,
        "last": last,
    }


class Hint(Txt):
    """What to do where there is nothing; takes no room otherwise."""


Builder.load_file(str(Path(__file__).with_name("history_panes.kv")))
