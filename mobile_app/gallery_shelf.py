# ruff: noqa: E501
"""A made corner of a catalogue, for pictures and tests: the articles around one customer, and their stock."""

from pathlib import Path

from mobile_app.gallery_data import at
from mobile_app.screens.shelf import Shelf
from schemas.product import Money, Product, Stock

# SKU, French name, English name, family, material, euros, size category, sizes, launched, goes with, lasts months
_ARTICLES = (
    ("SA01-SAPI", "Sac Garance vert sapin", "Garance bag, fir green", "bags", "cuir grainé", 1290, "", "", "2016-04-02", "", 60),
    ("SA06-BORD", "Sac à main Hortense bordeaux", "Hortense top-handle bag, burgundy", "bags", "veau box", 2150, "", "", "2021-03-02", "", 60),
    ("PM02-SAUG", "Porte-cartes Lison vert sauge", "Lison card holder, sage green", "small_leather", "cuir lisse", 165, "", "", "2018-02-02", "", 48),
    ("SO03-NOIR", "Mocassin Ariane noir", "Ariane loafer, black", "shoes", "cuir lisse", 495, "shoes", "36 37 38 39 40", "2019-05-02", "AC01-NOIR SA01-SAPI", 24),
    ("SO07-POUD", "Ballerine Lison rose poudré", "Lison ballet flat, powder pink", "shoes", "agneau souple", 380, "shoes", "36 37 38 39 40", "2026-09-12", "", 24),
    ("PP02-CAME", "Manteau Haussmann camel", "Haussmann coat, camel", "ready_to_wear", "laine et cachemire", 1690, "top", "34 36 38 40", "2018-09-02", "SC04-ECRU AC03-CAME", 36),
    ("PP06-SAUG", "Pull Ouessant vert sauge", "Ouessant jumper, sage green", "ready_to_wear", "cashmere", 490, "top", "34 36 38 40 42", "2024-09-02", "", 36),
    ("SC02-NUIT", "Carré Les Toits bleu nuit", "Rooftops square, midnight blue", "scarves", "twill de soie", 345, "", "", "2020-02-02", "", 60),
    ("SC03-BORD", "Carré Grande Volière bordeaux", "Great Aviary square, burgundy", "scarves", "silk twill", 360, "", "", "2024-02-02", "", 60),
    ("SC04-ECRU", "Étole Ouessant écru", "Ouessant stole, ecru", "scarves", "cachemire", 420, "", "", "2017-02-02", "", 60),
    ("AC01-NOIR", "Ceinture Garance noir", "Garance belt, black", "accessories", "cuir lisse", 245, "belt", "75 80 85 90", "2016-02-02", "", 36),
    ("AC03-CAME", "Gants Solférino camel", "Solférino gloves, camel", "accessories", "agneau, doublure soie", 195, "gloves", "6.5 7 7.5", "2017-10-02", "", 36),
    ("PF03-JADE", "Eau de parfum Fleur de figuier 75 ml", "Fig Blossom eau de parfum 75 ml", "fragrance", "figuier, cèdre", 145, "", "", "2018-02-02", "MC02-JADE", 8),
    ("MC02-JADE", "Bougie Figuier 220 g", "Fig Tree candle 220 g", "gifts", "cire végétale", 68, "", "", "2019-02-02", "", 12),
)  # fmt: skip
_NOT_COUNTED = "PP06-SAUG"


def shelf() -> Shelf:
    """Return the made corner, counted this morning save one article that nobody counted."""
    products = {
        sku: Product(
            sku=sku, name={"fr": french, "en": english}, family=family,
            price=Money(amount=euros * 100, currency="EUR"), colour=sku[5:].lower(), material=material,
            size_category=category or None, sizes=tuple(sizes.split()), launched=launched,
            picture=f"{sku}.png", complements=tuple(beside.split()), wear_months=months,
        )
        for sku, french, english, family, material, euros, category, sizes, launched, beside, months
        in _ARTICLES
    }  # fmt: skip
    counted = {
        sku: Stock(
            sku=sku,
            store="saint-honore",
            at=at("2026-11-20", "09:10"),
            sizes={size: (place + number) % 4 for number, size in enumerate(products[sku].sizes or ("",))},
        )
        for place, sku in enumerate(products)
        if sku != _NOT_COUNTED
    }
    return Shelf(products=products, stock=counted, here="saint-honore")


def pictures(folder: Path | None) -> dict[str, str]:
    """Return the files of the articles' pictures, as far as a folder holds them."""
    if folder is None:
        return {}
    return {sku: str(folder / f"{sku}.png") for sku in shelf().products if (folder / f"{sku}.png").is_file()}
