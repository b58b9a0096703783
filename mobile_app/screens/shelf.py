"""The catalogue as this tablet holds it: articles, and what its store had of each when counted. Pure."""

from collections.abc import Iterable

from schemas.advice import folded
from schemas.product import Product, Stock
from schemas.record import Struct

LAST_PIECES = 2  # so few are told as the last ones


class Shelf(Struct, frozen=True):
    """Articles by SKU, and stock by SKU where the store told it."""

    products: dict[str, Product] = {}
    stock: dict[str, Stock] = {}
    here: str = ""  # the code of the tablet's store

    def pieces(self, sku: str, size: str | None = None) -> int | None:
        """Return how many the store had, of one size or of all; None when nobody counted."""
        counted = self.stock.get(sku)
        if counted is None:
            return None
        return counted.sizes.get(size, 0) if size is not None else sum(counted.sizes.values())


def name_of(product: Product, language: str) -> str:
    """Return an article's name in a language, else in English, else in any."""
    names = product.name
    return names.get(language) or names.get("en") or next(iter(names.values()), product.sku)


def families_of(products: Iterable[Product]) -> tuple[str, ...]:
    """Return the families there are, the largest first."""
    counts: dict[str, int] = {}
    for product in products:
        counts[product.family] = counts.get(product.family, 0) + 1
    return tuple(sorted(counts, key=lambda family: (-counts[family], family)))


def found(
    shelf: Shelf, query: str, *, family: str = "", in_stock: bool = False, limit: int
) -> tuple[Product, ...]:
    """Return the articles that answer, those whose name begins with the words first, then the newest.

    Every word must begin a word of the name, material, colour or family, or be the SKU's beginning.
    """
    words = folded(query).split()
    ranked = []
    for product in shelf.products.values():
        if family and product.family != family:
            continue
        if in_stock and not shelf.pieces(product.sku):
            continue
        if (rank := _rank(product, words)) is None:
            continue
        ranked.append((rank, product))
    ranked.sort(key=lambda each: (each[1].sku,))
    ranked.sort(key=lambda each: each[1].launched or "", reverse=True)
    ranked.sort(key=lambda each: each[0])
    return tuple(product for _, product in ranked[:limit])


def _rank(product: Product, words: list[str]) -> int | None:
    """Return 0 when the name answers, 1 when something else does, None when a word answers to nothing."""
    if not words:
        return 0
    names = folded(" ".join(product.name.values())).split()
    others = folded(" ".join((product.material or "", product.colour or "", product.family))).split()
    sku = folded(product.sku)
    rank = 0
    for word in words:
        if any(each.startswith(word) for each in names):
            continue
        if not (any(each.startswith(word) for each in others) or sku.startswith(word)):
            return None
        rank = 1
    return rank
