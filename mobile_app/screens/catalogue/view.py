"""Draws the catalogue: a search, families, and the articles with their pictures."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from mobile_app.i18n import language, tr
from mobile_app.screens.article_picture import Pictured
from mobile_app.screens.card.advice_words import facts_words, price_words, stock_words
from mobile_app.screens.card.words import family_words
from mobile_app.screens.catalogue.model import (
    ArticlePressed,
    BackPressed,
    CatalogueModel,
    Closed,
    FamilyPressed,
    InStockPressed,
    MorePressed,
    Typed,
    WishPressed,
)
from mobile_app.screens.content import Act, Content, Told
from mobile_app.screens.forms import FormView, refill
from mobile_app.screens.sheet import Sheet
from mobile_app.screens.shelf import families_of, name_of
from mobile_app.widgets import FilterChip, Pressable
from schemas.product import Product

IN_STOCK = "in_stock"


class ArticleTile(Pressable, Pictured):
    """An article."""

    sku = StringProperty()
    needs = NumericProperty(0)  # height
    title = StringProperty()
    price = StringProperty()
    stock = StringProperty()


class CatalogueView(FormView):
    """Shows a ``CatalogueModel``. ``layer`` is where its sheet goes, ``bar`` says what was kept."""

    layer = ObjectProperty(None, allownone=True)
    bar = ObjectProperty(None, allownone=True)
    narrow = BooleanProperty(False)
    _wished = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._sheet = Sheet()
        self._sheet.bind(
            on_acted=lambda _, key: self.emit(WishPressed() if key == "wish" else Closed()),
            on_closed=lambda _: self.emit(Closed()),
        )
        self.ids.search.bind(on_query=lambda _, text: self.emit(Typed(text=text)))

    def show(self, model: CatalogueModel) -> None:
        """Put articles and chips on the screen; tiles are kept and refilled."""
        ids = self.ids
        ids.title.text = tr("Catalogue")
        ids.back.a11y = tr("Back to the list")
        ids.search.hint = tr("Article, material, colour or reference")
        if ids.search.text != model.query:
            ids.search.ids.ti.text = model.query
        chips = [(IN_STOCK, tr("In this store"), model.in_stock)]
        families = families_of(model.shelf.products.values())
        chips += [(family, family_words(family), family == model.family) for family in families]
        refill(ids.families, chips, self._chip, _fill_chip)

        def fill(tile: ArticleTile, product: Product) -> None:
            tile.sku = product.sku
            tile.title, tile.price = name_of(product, language()), price_words(product)
            tile.stock = stock_words(model.shelf, product.sku, model.now_ms)
            tile.picture_of(product.sku, product, model.pictures)

        refill(ids.articles, model.articles, self._tile, fill)
        nothing = model.read and not model.articles
        ids.nothing.text = tr("No article answers. Try fewer words, or another family.") if nothing else ""
        ids.more.text = tr("Show more") if model.more else ""
        self._sheet.show(self.layer, article_content(model))
        if self.bar is not None and model.wished and model.wished != self._wished:
            self.bar.say(tr("On the wish list of {name}.").format(name=model.wisher_name))
        self._wished = model.wished

    def back(self) -> None:
        """The arrow."""
        self.emit(BackPressed())

    def more(self) -> None:
        """The button below the articles."""
        self.emit(MorePressed())

    def _tile(self) -> ArticleTile:
        tile = ArticleTile()
        tile.bind(on_release=lambda pressed: self.emit(ArticlePressed(sku=pressed.sku)))
        return tile

    def _chip(self) -> FilterChip:
        chip = FilterChip()
        chip.bind(
            on_release=lambda pressed: self.emit(
                InStockPressed() if pressed.key == IN_STOCK else FamilyPressed(family=pressed.key)
            )
        )
        return chip


def article_content(model: CatalogueModel) -> Content | None:
    """Return the sheet of the article that is looked at, or None."""
    product = model.shelf.products.get(model.opened)
    if product is None:
        return None
    shelf, now_ms = model.shelf, model.now_ms
    sizes = product.sizes if product.size_category else ()
    told = [
        Told("ruler", stock_words(shelf, product.sku, now_ms, size=size))
        for size in sizes
        if shelf.pieces(product.sku, size)
    ]
    if not told:
        told = [Told("store-outline", stock_words(shelf, product.sku, now_ms))]
    beside = [shelf.products[sku] for sku in product.complements if sku in shelf.products]
    if beside:
        names = ", ".join(name_of(each, language()) for each in beside)
        told.append(Told("link-variant", tr("Goes with: {articles}").format(articles=names)))
    told.append(Told("tag-outline", product.sku))
    acts = [Act("close", tr("Close"))]
    if model.wisher is not None:
        words = tr("Wish of {name}").format(name=model.wisher_name)
        acts.append(Act("wish", words, "filled", "heart-outline"))
    return Content(
        title=name_of(product, language()),
        lead=f"{price_words(product)} · {facts_words(product)}",
        told=tuple(told),
        acts=tuple(acts),
    )


def _fill_chip(chip: FilterChip, fact: tuple[str, str, bool]) -> None:
    chip.key, chip.text, chip.on = fact


Builder.load_file(str(Path(__file__).with_name("view.kv")))
