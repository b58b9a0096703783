"""The panes of what happened: the timeline with the chart beside it, and the purchases."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleview import RecycleView
from kivy.uix.recycleview.views import RecycleDataViewBehavior

from mobile_app.i18n import day, language, money, tr
from mobile_app.screens.card.facts import spend_by_month
from mobile_app.screens.card.model import CardModel, ChannelPressed, ValueHeld, ValuePressed
from mobile_app.screens.card.timeline import Moment, channels_of, kinds_of, through, timeline
from mobile_app.screens.card.words import channel_words, icon_of, kind_words, moment_words, month_letters
from mobile_app.screens.forms import refill
from mobile_app.theme import theme
from mobile_app.widgets import FilterChip, Pressable, Surface, Txt


class Pane(BoxLayout):
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


class PurchaseLineRow(BoxLayout):
    """One line of a ticket."""

    title = StringProperty()
    detail = StringProperty()
    amount = StringProperty()


class PurchaseRow(RecycleDataViewBehavior, Surface):
    """One ticket or order."""

    icon_name = StringProperty("shopping-outline")
    title = StringProperty()
    where = StringProperty()
    when = StringProperty()
    total = StringProperty()
    lines = ListProperty()
    tall = NumericProperty(0)

    def on_lines(self, *_: Any) -> None:
        """Show the lines."""
        refill(self.ids.lines, self.lines, PurchaseLineRow, _fill_line)


class PurchasesPane(Pane):
    """Every purchase with its channel, store and lines."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._model: CardModel | None = None
        theme.bind(font_scale=self._refill)

    def _refill(self, *_: Any) -> None:
        if self._model is not None:
            self.fill(self._model)

    def fill(self, model: CardModel) -> None:
        """Set the rows; each is as high as its lines."""
        assert model.card is not None
        self._model = model
        purchases = model.card.values.get("purchases") or ()
        self.ids.scroll.data = [_purchase_row(purchase, model) for purchase in purchases]
        self.ids.nothing.text = "" if purchases else tr("No purchase yet.")


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


def _purchase_row(purchase: dict[str, Any], model: CardModel) -> dict[str, Any]:
    currency, kind = purchase["currency"], purchase["kind"]
    moment = Moment(at=purchase["at"], kind=kind, channel=purchase["channel"])
    lines = [
        (
            line["title"],
            " · ".join(
                part
                for part in (
                    line.get("colour") or "",
                    tr("size {size}").format(size=line["size"]) if line.get("size") else "",
                    f"× {line['quantity']}" if abs(line["quantity"]) > 1 else "",
                )
                if part
            ),
            money(line["amount"], currency),
        )
        for line in purchase.get("lines") or ()
    ]
    store = model.directory.store(purchase.get("store")) or channel_words(purchase["channel"])
    seller = model.directory.person(purchase.get("author"))
    scale = max(1.0, theme.font_scale)
    return {
        "icon_name": icon_of(moment),
        "title": moment_words(moment, model.directory)[0],
        "where": ", ".join(part for part in (store, seller) if part),
        "when": day(purchase["at"]),
        "total": money(purchase["total"], currency),
        "lines": lines,
        "row_size": (None, dp(24) + dp(48) * scale + dp(28) * scale * len(lines) + dp(12)),
    }


def _fill_line(row: PurchaseLineRow, line: tuple[str, str, str]) -> None:
    row.title, row.detail, row.amount = line


class Hint(Txt):
    """What to do where there is nothing; takes no room otherwise."""


Builder.load_file(str(Path(__file__).with_name("history_panes.kv")))
