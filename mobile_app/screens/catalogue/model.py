"""The catalogue: what is searched, which articles answer, and the one that is looked at."""

from uuid import UUID

import msgspec

from mobile_app.effects import GoTo, ReadShelf, Submit, WantPictures
from mobile_app.screens.shelf import Shelf, found
from schemas.mutations import PutEntry
from schemas.product import Product
from schemas.record import Channel, Struct

A_PAGE = 18  # articles shown at first, and with each wish for more


class CatalogueModel(Struct, frozen=True):
    """What the catalogue shows."""

    shelf: Shelf = Shelf()
    now_ms: int = 0  # when it was read, wall milliseconds UTC
    read: bool = False
    query: str = ""
    family: str = ""
    in_stock: bool = False
    most: int = A_PAGE
    articles: tuple[Product, ...] = ()
    more: bool = False
    opened: str = ""  # the SKU that is looked at
    pictures: dict[str, str] = {}  # SKU -> file
    wisher: UUID | None = None  # whose card is open, and who may wish for something
    wisher_name: str = ""
    wished: str = ""  # the SKU put on her list last


class Entered(Struct, frozen=True):
    """The screen comes to the front, from the card of a customer or from nobody's."""

    wisher: UUID | None = None
    name: str = ""


class ShelfRead(Struct, frozen=True):
    """The catalogue as the tablet holds it."""

    shelf: Shelf
    now_ms: int


class PictureKnown(Struct, frozen=True):
    sku: str
    file: str


class Typed(Struct, frozen=True):
    text: str


class FamilyPressed(Struct, frozen=True):
    family: str


class InStockPressed(Struct, frozen=True):
    pass


class MorePressed(Struct, frozen=True):
    pass


class ArticlePressed(Struct, frozen=True):
    sku: str


class WishPressed(Struct, frozen=True):
    """Put the article that is looked at on the list of whose card is open."""


class Closed(Struct, frozen=True):
    """The sheet goes."""


class BackPressed(Struct, frozen=True):
    """Back to the customers."""


class Changed(Struct, frozen=True):
    """The tablet received something: read again."""


class Emptied(Struct, frozen=True):
    """The person left."""


CatalogueEvent = (
    Entered
    | ShelfRead
    | PictureKnown
    | Typed
    | FamilyPressed
    | InStockPressed
    | MorePressed
    | ArticlePressed
    | WishPressed
    | Closed
    | BackPressed
    | Changed
    | Emptied
)
CatalogueEffect = ReadShelf | WantPictures | Submit | GoTo
Decided = tuple[CatalogueModel, list[CatalogueEffect]]


def update(model: CatalogueModel, event: CatalogueEvent) -> Decided:
    """Decide what the catalogue shows."""
    change = msgspec.structs.replace
    match event:
        case Entered(wisher=wisher, name=name):
            return change(model, wisher=wisher, wisher_name=name, wished=""), [ReadShelf()]
        case Changed():
            return model, [ReadShelf()]
        case ShelfRead(shelf=shelf, now_ms=now_ms):
            return _searched(change(model, shelf=shelf, now_ms=now_ms, read=True))
        case PictureKnown(sku=sku, file=file):
            return change(model, pictures={**model.pictures, sku: file}), []
        case Typed(text=text) if text != model.query:
            return _searched(change(model, query=text, most=A_PAGE))
        case FamilyPressed(family=family):
            chosen = "" if family == model.family else family
            return _searched(change(model, family=chosen, most=A_PAGE))
        case InStockPressed():
            return _searched(change(model, in_stock=not model.in_stock, most=A_PAGE))
        case MorePressed() if model.more:
            return _searched(change(model, most=model.most + A_PAGE))
        case ArticlePressed(sku=sku) if sku in model.shelf.products:
            return change(model, opened=sku), []
        case WishPressed() if model.opened and model.wisher is not None:
            return _wished(model, model.wisher)
        case Closed():
            return change(model, opened=""), []
        case BackPressed():
            return change(model, opened=""), [GoTo(screen="find")]
        case Emptied():
            return CatalogueModel(), []
        case _:
            return model, []


def _searched(model: CatalogueModel) -> Decided:
    """Let the articles answer, and ask for the pictures that are not here."""
    answers = found(
        model.shelf, model.query, family=model.family, in_stock=model.in_stock, limit=model.most + 1
    )
    shown = answers[: model.most]
    wanted = tuple(each.sku for each in shown if each.sku not in model.pictures)
    changed = msgspec.structs.replace(model, articles=shown, more=len(answers) > len(shown))
    return changed, [WantPictures(skus=wanted)] if wanted else []


def _wished(model: CatalogueModel, wisher: UUID) -> Decided:
    sku = model.opened
    names = model.shelf.products[sku].name
    wish = {
        "sku": sku,
        "title": names.get("fr") or next(iter(names.values()), sku),
        "at": model.now_ms,
        "channel": Channel.STORE.value,
    }
    edit = Submit(record_id=wisher, mutation=PutEntry(field="wish_list", key=sku, value=wish))
    return msgspec.structs.replace(model, opened="", wished=sku), [edit]
