"""The pane of what to show her next: a picture, one reason, her answer."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from mobile_app.i18n import language, tr
from mobile_app.screens.article_picture import Pictured
from mobile_app.screens.card.advice_words import (
    answered_words,
    price_words,
    stock_words,
    why_icon,
    why_words,
)
from mobile_app.screens.card.events import AdviceAnswered, CataloguePressed
from mobile_app.screens.card.history_panes import Pane
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.card.wardrobe_pane import PressedPiece
from mobile_app.screens.forms import refill
from mobile_app.screens.shelf import name_of
from schemas.advice import Answer, Suggestion, size_of

MOST_ANSWERS = 8


class SuggestionTile(Pictured):
    """An article to show her."""

    sku = StringProperty()
    needs = NumericProperty(0)  # height
    title = StringProperty()
    price = StringProperty()
    why = StringProperty()
    why_icon = StringProperty("star-outline")
    stock = StringProperty()
    yes = StringProperty()
    no = StringProperty()
    answers = BooleanProperty(True)
    __events__ = ("on_answer",)

    def on_answer(self, answer: Answer) -> None: ...


class AdvicePane(Pane):
    """Suggestions, then what she said to earlier ones."""

    def fill(self, model: CardModel) -> None:
        """Set the tiles; the reasons are made of what this reader sees of her."""
        assert model.card is not None
        ids, values, shelf = self.ids, model.card.values, model.shelf

        def fill_tile(tile: SuggestionTile, one: Suggestion) -> None:
            product = shelf.products[one.sku]
            size = size_of(values, product.size_category) if product.size_category else None
            tile.sku = one.sku
            tile.title, tile.price = name_of(product, language()), price_words(product)
            tile.why, tile.why_icon = why_words(one, shelf), why_icon(one)
            tile.stock = stock_words(shelf, one.sku, model.now_ms, size=size)
            tile.yes, tile.no = tr("Likes it"), tr("No")
            tile.answers = model.writes("advice")
            tile.picture_of(one.sku, product, model.pictures)

        refill(ids.tiles, model.advised, self._tile, fill_tile)
        limited = set(values.get("limits") or ()) & {"profiling", "restriction"}
        if limited:
            ids.nothing.text = tr("She does not want suggestions drawn from what is known of her.")
        elif not model.advised:
            ids.nothing.text = tr("Nothing to suggest yet. A like, a size or a purchase changes that.")
        else:
            ids.nothing.text = ""
        waiting = model.card.pending_paths
        said = sorted((values.get("advice") or {}).items(), key=lambda each: (-each[1]["at"], each[0]))

        def fill_said(tile: PressedPiece, each: tuple[str, dict[str, Any]]) -> None:
            sku, answer = each
            known = shelf.products.get(sku)
            tile.path = f"advice/{sku}"
            tile.title = name_of(known, language()) if known else sku
            tile.about = answered_words(answer)
            tile.when = tr("not sent yet") if tile.path in waiting else ""
            tile.picture_of(sku, known, model.pictures)

        ids.catalogue.text = tr("The whole catalogue")
        ids.said_title.text = tr("What she said") if said else ""
        refill(ids.said, said[:MOST_ANSWERS], self._piece, fill_said)

    def see_catalogue(self) -> None:
        """A button was pressed."""
        self.emit(CataloguePressed())

    def _tile(self) -> SuggestionTile:
        tile = SuggestionTile()
        tile.bind(on_answer=lambda pressed, answer: self.emit(AdviceAnswered(sku=pressed.sku, answer=answer)))
        return tile

    def _piece(self) -> PressedPiece:
        tile = PressedPiece()
        self.bind_value(tile)
        return tile

    def _also(self, model: CardModel) -> Any:
        return model.pictures, model.advised, model.shelf


Builder.load_file(str(Path(__file__).with_name("advice_pane.kv")))
