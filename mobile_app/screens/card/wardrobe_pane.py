"""The pane of what she owns, with pictures, and of what she spends where and on what."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile_app.i18n import day, money, tr
from mobile_app.screens.card.history_panes import Pane
from mobile_app.screens.card.model import CardModel
from mobile_app.screens.card.wardrobe import Piece, shares, wardrobe
from mobile_app.screens.card.words import channel_words, family_words
from mobile_app.screens.forms import refill
from mobile_app.widgets import Surface


class PieceTile(Surface):
    """Something she owns: its picture, or a hanger where there is none."""

    picture = StringProperty()  # a file
    title = StringProperty()
    about = StringProperty()
    when = StringProperty()
    tone = NumericProperty(0)
    has_picture = BooleanProperty(False)

    def on_picture(self, *_: Any) -> None:
        """Draw the picture once it is here."""
        self.ids.image.source = self.picture
        self.has_picture = bool(self.picture)


class ShareRow(BoxLayout):
    """One part of what was spent, drawn as long as its share of the largest."""

    label = StringProperty()
    amount = StringProperty()
    share = NumericProperty(0)


class WardrobePane(Pane):
    """Tiles, then spending by channel and by category where the reader may see it."""

    def fill(self, model: CardModel) -> None:
        """Set tiles and bars; pictures come when they are here."""
        assert model.card is not None
        ids, values = self.ids, model.card.values

        def fill_piece(tile: PieceTile, piece: Piece) -> None:
            size = tr("size {size}").format(size=piece.size) if piece.size else ""
            count = f"× {piece.quantity}" if piece.quantity > 1 else ""
            tile.title = piece.title
            tile.about = " · ".join(part for part in (piece.colour, size, count) if part)
            tile.when = day(piece.at)
            tile.tone = sum(piece.sku.encode()) % 6
            tile.picture = model.pictures.get(piece.sku, "")

        pieces = wardrobe(values)
        refill(ids.pieces, pieces, PieceTile, fill_piece)
        ids.nothing.text = "" if pieces else tr("Nothing taken home yet, as far as the house knows.")
        spend = values.get("spend") or {}
        currency = spend.get("currency", "EUR")

        def fill_share(row: ShareRow, fact: tuple[str, int, float]) -> None:
            row.label, amount, row.share = fact
            row.amount = money(round(amount / 100) * 100, currency)

        channels = [
            (channel_words(name), sum_, share) for name, sum_, share in shares(spend.get("by_channel"))
        ]
        families = [(family_words(name), sum_, share) for name, sum_, share in shares(spend.get("by_family"))]
        ids.channels_title.text = tr("Spending by channel") if channels else ""
        ids.families_title.text = tr("Spending by category") if families else ""
        refill(ids.channels, channels, ShareRow, fill_share)
        refill(ids.families, families, ShareRow, fill_share)

    def _also(self, model: CardModel) -> Any:
        return model.pictures


Builder.load_file(str(Path(__file__).with_name("wardrobe_pane.kv")))
