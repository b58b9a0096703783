"""The pane of what she owns, with pictures, of what she wishes for and what she looked at."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import NumericProperty, StringProperty

from mobile_app.i18n import day, language, tr
from mobile_app.screens.article_picture import Pictured
from mobile_app.screens.card.advice_words import price_words
from mobile_app.screens.card.history_panes import Pane
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.card.wardrobe import Piece, seen_online, wardrobe, wishes
from mobile_app.screens.card.words import channel_words
from mobile_app.screens.forms import refill
from mobile_app.screens.shelf import name_of
from mobile_app.widgets import Pressable
from schemas.advice import wear

WORN_ENOUGH = 10  # percent from which wear is worth a word


class PieceTile(Pictured):
    """Something she owns or wishes for."""

    needs = NumericProperty(0)  # height
    title = StringProperty()
    about = StringProperty()
    when = StringProperty()
    worn = NumericProperty(-1)  # percent of its usual life; below 0 when nobody can say
    worn_words = StringProperty()


class PressedPiece(Pressable, PieceTile):
    """One that may be tapped to change it, and held to hear where it comes from."""

    path = StringProperty()


class WardrobePane(Pane):
    """Tiles of what she owns, wishes for and looked at."""

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
            known = model.shelf.products.get(piece.sku)
            tile.picture_of(piece.sku, known, model.pictures)
            worn = wear(values, known, now_ms=model.now_ms) if known else None
            tile.worn = worn if worn is not None and worn >= WORN_ENOUGH else -1
            tile.worn_words = tr("about {percent} % worn").format(percent=worn) if tile.worn >= 0 else ""

        def fill_wish(tile: PieceTile, piece: Piece) -> None:
            known = model.shelf.products.get(piece.sku)
            if isinstance(tile, PressedPiece):
                tile.path = piece.path
            tile.title = name_of(known, language()) if known else piece.title
            basket = tr("left in the basket") if piece.in_basket else ""
            tile.about = " · ".join(
                part
                for part in (price_words(known) if known else "", channel_words(piece.channel), basket)
                if part
            )
            tile.when = day(piece.at)
            tile.picture_of(piece.sku, known, model.pictures)

        pieces = wardrobe(values)
        refill(ids.pieces, pieces, PieceTile, fill_piece)
        wished, seen = wishes(values), seen_online(values)
        ids.wishes_title.text = tr("Wish list") if wished else ""
        ids.seen_title.text = tr("Looked at online") if seen else ""
        refill(ids.wishes, wished, self._wish, fill_wish)
        refill(ids.seen, seen, PieceTile, fill_wish)
        ids.nothing.text = "" if pieces else tr("Nothing taken home yet, as far as the house knows.")

    def _wish(self) -> PressedPiece:
        tile = PressedPiece()
        self.bind_value(tile)
        return tile

    def _also(self, model: CardModel) -> Any:
        return model.pictures, model.shelf


Builder.load_file(str(Path(__file__).with_name("wardrobe_pane.kv")))
