"""The pane of her purchases: each with its lines, and beside them what she spent over the year."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.recycleview.views import RecycleDataViewBehavior

from mobile_app.i18n import day, money, tr
from mobile_app.screens.card.events import PartPressed, SumsPressed
from mobile_app.screens.card.history_panes import Pane
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.card.spent import Part, Spent, spent
from mobile_app.screens.card.spent_words import about_words, month_by_month, part_words, whole
from mobile_app.screens.card.timeline import Moment
from mobile_app.screens.card.words import channel_words, icon_of, moment_words, month_letters
from mobile_app.screens.forms import refill
from mobile_app.theme import theme
from mobile_app.widgets import FilterChip, Pressable, Surface
from mobile_app.widgets.layouts import Box


class PurchaseLineRow(Box):
    """One line of a ticket."""

    title = StringProperty()
    detail = StringProperty()
    tight = BooleanProperty(False)
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
    tight = BooleanProperty(False)  # its words are too large for one line each

    def on_lines(self, *_: Any) -> None:
        """Show the lines."""
        refill(self.ids.lines, self.lines, PurchaseLineRow, _fill_line)
        self.on_tight()

    def on_tight(self, *_: Any) -> None:
        """Show each line in one, or in two."""
        for row in self.ids.lines.children:
            row.tight = self.tight


BESIDE_DP = 304  # wide; the chart of the timeline is as wide


class PartRow(Pressable):
    """A channel or a category, as long as its share of the largest. Pressed, the chart shows it apart."""

    part = StringProperty()
    label = StringProperty()
    amount = StringProperty()
    share = NumericProperty(0)
    on = BooleanProperty(False)


class PurchasesPane(Pane):
    """Every purchase with its channel, store and lines; and the chart, by channel and by category.

    Both where there is room, else one of them at a time.
    """

    beside = BooleanProperty(True)
    tight = BooleanProperty(False)  # a line of a ticket takes two
    has_sums = BooleanProperty(False)
    shows_sums = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._model: CardModel | None = None
        theme.bind(font_scale=self._refill)
        self.bind(beside=self._place, has_sums=self._place, shows_sums=self._place)
        self.bind(tight=self._refill)
        self._place()

    def _place(self, *_: Any) -> None:
        """Give the room to both, or to the one that is looked at."""
        tickets, sums = self.ids.tickets, self.ids.sums
        alone = not self.beside and self.has_sums
        for pane, shown in (
            (tickets, not (alone and self.shows_sums)),
            (sums, self.shows_sums if alone else self.has_sums),
        ):
            pane.opacity = 1 if shown else 0
            pane.size_hint_x = 1 if shown else None
            if not shown:
                pane.width = 0
        if self.has_sums and self.beside:
            sums.size_hint_x = None
            sums.width = dp(BESIDE_DP) * max(1.0, theme.font_scale)

    def _refill(self, *_: Any) -> None:
        self._place()
        if self._model is not None:
            self.fill(self._model)

    def fill(self, model: CardModel) -> None:
        """Set the rows; each is as high as its lines."""
        assert model.card is not None
        self._model = model
        purchases = model.card.values.get("purchases") or ()
        self.ids.scroll.data = [_purchase_row(each, model, tight=self.tight) for each in purchases]
        self.ids.nothing.text = "" if purchases else tr("No purchase yet.")
        self._draw(spent(model.card.values, model.today, model.part), model)

    def to_top(self) -> None:
        """Scroll both to the beginning: another customer."""
        super().to_top()
        self.ids.sums.scroll_y = 1

    def _draw(self, known: Spent, model: CardModel) -> None:
        """Draw what she spent, and as much of it as falls to the part that was chosen."""
        ids = self.ids
        self.has_sums, self.shows_sums = bool(known.months), model.sums
        ways = [(False, tr("Purchases")), (True, tr("Spending"))] if known.months else []

        def fill_way(chip: FilterChip, way: tuple[bool, str]) -> None:
            chip.key, chip.text = way
            chip.on = chip.key == model.sums

        refill(ids.ways, ways, self._way, fill_way)
        ids.chart_title.text = tr("Spending, last 12 months")
        ids.chart.labels = month_letters(tuple(number for number, _ in known.months))
        ids.chart.values = [amount for _, amount in known.months]
        ids.chart.parts = list(known.part)
        peak = max(known.part or [amount for _, amount in known.months], default=0)
        ids.chart.peak = whole(peak, known.currency) if peak > 0 else ""
        ids.chart.a11y = month_by_month(known)
        ids.about.text = about_words(known, model.part if known.part else "")

        def fill_part(row: PartRow, part: Part) -> None:
            row.part, row.share = part.key, part.share
            row.label, row.amount = (
                part_words(part.key),
                money(round(part.amount / 100) * 100, known.currency),
            )
            row.on = bool(known.part) and part.key == model.part
            row.disabled = not known.of_the_year

        year = known.of_the_year
        channels = tr("By channel") if year else tr("By channel, since the beginning")
        families = tr("By category") if year else tr("By category, since the beginning")
        ids.channels_title.text = channels if known.channels else ""
        ids.families_title.text = families if known.families else ""
        refill(ids.channels, known.channels, self._part, fill_part)
        refill(ids.families, known.families, self._part, fill_part)

    def _way(self) -> FilterChip:
        chip = FilterChip()
        chip.bind(on_release=lambda pressed: self.emit(SumsPressed(shown=pressed.key)))
        return chip

    def _part(self) -> PartRow:
        row = PartRow()
        row.bind(on_release=lambda pressed: self.emit(PartPressed(part=pressed.part)))
        return row

    def _also(self, model: CardModel) -> Any:
        return model.part, model.sums


def _purchase_row(purchase: dict[str, Any], model: CardModel, *, tight: bool) -> dict[str, Any]:
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
    head, line_height = (dp(84), dp(56)) if tight else (dp(48), dp(28))
    return {
        "tight": tight,
        "icon_name": icon_of(moment),
        "title": moment_words(moment, model.directory)[0],
        "where": ", ".join(part for part in (store, seller) if part),
        "when": day(purchase["at"]),
        "total": money(purchase["total"], currency),
        "lines": lines,
        "row_size": (None, dp(24) + head * scale + line_height * scale * len(lines) + dp(12)),
    }


def _fill_line(row: PurchaseLineRow, line: tuple[str, str, str]) -> None:
    row.title, row.detail, row.amount = line


Builder.load_file(str(Path(__file__).with_name("purchases_pane.kv")))
