# ruff: noqa: E501
"""The made catalogue: ten families of a leather and fashion house, each model in its colours."""

from __future__ import annotations

import dataclasses
import datetime
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Final

import msgspec

from schemas.product import Money, Product, Stock

CURRENCY: Final = "EUR"


@dataclass(frozen=True, kw_only=True)
class Colour:
    """A colour of the house: its name in two languages and how it looks."""

    code: str
    french: str
    english: str
    rgb: tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class MadeProduct:
    """A product with what only its maker knows: for whom, how it is drawn, how it wears."""

    product: Product
    audience: str  # "F", "M" or "A" for all
    shape: str  # what ``pictures`` draws
    colour: Colour
    popularity: float
    care: dict[str, str]  # language -> how to keep it well
    months_of_wear: int  # after which a repair or another one is likely


@cache
def catalogue() -> tuple[MadeProduct, ...]:
    """Return every product of the house, always the same, ordered by SKU."""
    made = [
        _make(family, row, number, colour_code)
        for family, rows in _MODELS.items()
        for number, row in enumerate(rows.strip().splitlines(), start=1)
        for colour_code in row.split("|")[7].split()
    ]
    complements = _complements(made)
    return tuple(
        sorted(
            (_with_complements(one, complements[one.product.sku]) for one in made),
            key=lambda one: one.product.sku,
        )
    )


def stock_of(store: str, at_ms: int) -> tuple[Stock, ...]:
    """Return what a store has of every article, always the same, by SKU; counted within the last day."""
    counted = []
    for one in catalogue():
        sku = one.product.sku
        sizes = {
            size: max(0, zlib.crc32(f"{store}/{sku}/{size}".encode()) % 7 - 2)
            for size in one.product.sizes or ("",)
        }
        hours = zlib.crc32(f"{store}/{sku}".encode()) % 20 + 1
        counted.append(Stock(sku=sku, store=store, at=at_ms - hours * 3_600_000, sizes=sizes))
    return tuple(counted)


FAMILY_NAMES: Final[dict[str, dict[str, str]]] = {
    "bags": {"fr": "Sacs", "en": "Bags"},
    "small_leather": {"fr": "Petite maroquinerie", "en": "Small leather goods"},
    "shoes": {"fr": "Souliers", "en": "Shoes"},
    "ready_to_wear": {"fr": "Prêt-à-porter", "en": "Ready-to-wear"},
    "scarves": {"fr": "Soie et cachemire", "en": "Silk and cashmere"},
    "jewellery": {"fr": "Bijoux", "en": "Jewellery"},
    "watches": {"fr": "Montres", "en": "Watches"},
    "fragrance": {"fr": "Parfums", "en": "Fragrance"},
    "accessories": {"fr": "Ceintures et gants", "en": "Belts and gloves"},
    "gifts": {"fr": "Maison et cadeaux", "en": "Home and gifts"},
}

SIZES: Final[dict[str, tuple[str, ...]]] = {
    "shoes_f": ("35", "36", "36.5", "37", "37.5", "38", "38.5", "39", "40", "41"),
    "shoes_m": ("40", "41", "41.5", "42", "42.5", "43", "44", "45", "46"),
    "top_f": ("34", "36", "38", "40", "42", "44", "46"),
    "top_m": ("46", "48", "50", "52", "54", "56"),
    "bottom_f": ("34", "36", "38", "40", "42", "44", "46"),
    "bottom_m": ("38", "40", "42", "44", "46", "48"),
    "ring": ("48", "49", "50", "51", "52", "53", "54", "55", "56", "58", "60"),
    "belt": ("75", "80", "85", "90", "95", "100", "105"),
    "gloves": ("6.5", "7", "7.5", "8", "8.5", "9"),
}

COLOURS: Final = {
    one.code: one
    for one in (
        Colour(code="noir", french="noir", english="black", rgb=(38, 35, 33)),
        Colour(code="ecru", french="écru", english="ecru", rgb=(232, 222, 203)),
        Colour(code="camel", french="camel", english="camel", rgb=(184, 137, 88)),
        Colour(code="cognac", french="cognac", english="cognac", rgb=(154, 88, 46)),
        Colour(code="bordeaux", french="bordeaux", english="burgundy", rgb=(104, 34, 45)),
        Colour(code="sapin", french="vert sapin", english="fir green", rgb=(31, 77, 69)),
        Colour(code="sauge", french="vert sauge", english="sage", rgb=(146, 160, 132)),
        Colour(code="nuit", french="bleu nuit", english="midnight blue", rgb=(33, 45, 74)),
        Colour(code="ciel", french="bleu ciel", english="sky blue", rgb=(158, 184, 201)),
        Colour(code="poudre", french="rose poudré", english="powder pink", rgb=(220, 181, 171)),
        Colour(code="terre", french="terre cuite", english="terracotta", rgb=(189, 98, 68)),
        Colour(code="taupe", french="taupe", english="taupe", rgb=(132, 117, 104)),
        Colour(code="gris", french="gris perle", english="pearl grey", rgb=(174, 172, 168)),
        Colour(code="safran", french="safran", english="saffron", rgb=(214, 158, 54)),
        Colour(code="prune", french="prune", english="plum", rgb=(88, 48, 78)),
        Colour(code="blanc", french="blanc", english="white", rgb=(246, 243, 238)),
        Colour(code="or", french="or jaune", english="yellow gold", rgb=(207, 165, 86)),
        Colour(code="orrose", french="or rose", english="rose gold", rgb=(212, 158, 134)),
        Colour(code="argent", french="argent", english="silver", rgb=(186, 188, 190)),
        Colour(code="ambre", french="ambre", english="amber", rgb=(200, 132, 52)),
        Colour(code="jade", french="jade", english="jade", rgb=(120, 168, 142)),
    )
}

# One model a line: French name | English name | material FR | material EN | price in euros | for whom + size category
# | shape | colours | popularity | year of launch
_MODELS: Final[dict[str, str]] = {
    "bags": """
Sac Garance|Garance bag|cuir grainé|grained leather|1290|F|bag_flap|noir cognac sapin bordeaux|9|2016
Cabas Rivoli|Rivoli tote|veau souple|supple calfskin|980|F|bag_tote|noir camel ecru nuit|8|2017
Sac Lison|Lison bag|cuir lisse|smooth leather|890|F|bag_moon|cognac noir poudre sauge|8|2020
Sac seau Odette|Odette bucket bag|cuir grainé|grained leather|940|F|bag_bucket|camel bordeaux terre|6|2019
Pochette Nocturne|Nocturne clutch|satin de soie|silk satin|520|F|bag_clutch|noir or prune|4|2018
Sac à main Hortense|Hortense top-handle bag|veau box|box calf|2150|F|bag_handle|noir bordeaux nuit sapin|5|2021
Porte-documents Vendôme|Vendôme briefcase|cuir lisse|smooth leather|1480|M|bag_brief|noir cognac|4|2017
Sac week-end Aubenas|Aubenas weekender|toile et cuir|canvas and leather|1190|A|bag_weekend|nuit taupe|4|2018
Besace Canal|Canal messenger bag|cuir grainé|grained leather|870|A|bag_flap|sapin camel taupe|5|2019
Sac baguette Lucie|Lucie baguette bag|cuir lisse|smooth leather|760|F|bag_clutch|poudre noir safran|6|2024
Sac à dos Ménil|Ménil backpack|veau souple|supple calfskin|1050|A|bag_backpack|noir sapin|3|2023
""",
    "small_leather": """
Portefeuille Garance|Garance wallet|cuir grainé|grained leather|390|F|wallet_long|noir cognac sapin bordeaux|9|2016
Porte-cartes Lison|Lison card holder|cuir lisse|smooth leather|165|A|card_holder|noir cognac sauge poudre nuit|10|2018
Portefeuille Vendôme|Vendôme wallet|cuir lisse|smooth leather|320|M|wallet_fold|noir cognac nuit|7|2017
Porte-monnaie Odette|Odette coin purse|cuir grainé|grained leather|190|F|purse|terre camel safran|5|2019
Étui à lunettes Mazarine|Mazarine glasses case|cuir lisse|smooth leather|175|A|case_glasses|noir taupe|4|2020
Porte-clés Feuille|Leaf key ring|cuir lisse|smooth leather|85|A|key_ring|sapin cognac noir|8|2016
Pochette zippée Ariane|Ariane zip pouch|cuir grainé|grained leather|230|F|bag_clutch|ecru terre nuit|6|2022
Étui à passeport Aubenas|Aubenas passport cover|cuir lisse|smooth leather|210|A|passport|nuit bordeaux|5|2018
""",
    "shoes": """
Escarpin Clémence|Clémence pump|veau velours|suede|590|F shoes|shoe_pump|noir poudre bordeaux|7|2017
Mocassin Jules|Jules loafer|veau box|box calf|520|M shoes|shoe_loafer|noir cognac|7|2016
Mocassin Ariane|Ariane loafer|cuir lisse|smooth leather|495|F shoes|shoe_loafer|noir bordeaux ecru|8|2019
Bottine Solferino|Solferino ankle boot|veau velours|suede|690|F shoes|shoe_boot|noir taupe|7|2018
Richelieu Matignon|Matignon oxford|veau box|box calf|640|M shoes|shoe_oxford|noir cognac|5|2016
Sandale Calvi|Calvi sandal|cuir lisse|smooth leather|430|F shoes|shoe_sandal|camel or|6|2020
Ballerine Lison|Lison ballet flat|agneau souple|soft lambskin|380|F shoes|shoe_flat|noir poudre or|8|2020
Basket Canal|Canal sneaker|cuir et daim|leather and suede|350|F shoes|shoe_sneaker|blanc sauge|8|2021
Basket Quai|Quai sneaker|cuir et daim|leather and suede|360|M shoes|shoe_sneaker|blanc nuit|7|2021
Bottine Chelsea Varenne|Varenne Chelsea boot|veau velours|suede|590|M shoes|shoe_boot|taupe noir|4|2022
""",
    "ready_to_wear": """
Trench Deauville|Deauville trench coat|gabardine de coton|cotton gabardine|1390|F top|coat_trench|camel nuit|5|2016
Manteau Haussmann|Haussmann coat|laine et cachemire|wool and cashmere|1690|F top|coat_long|camel noir gris|5|2018
Caban Saint-Malo|Saint-Malo pea coat|drap de laine|wool cloth|1190|M top|coat_pea|nuit noir|5|2017
Chemise Colette|Colette blouse|soie lavée|washed silk|390|F top|shirt|ecru ciel noir|8|2017
Chemise Anatole|Anatole shirt|popeline de coton|cotton poplin|220|M top|shirt|blanc ciel|9|2016
Pull Ouessant|Ouessant jumper|cachemire|cashmere|490|F top|knit|ecru sauge terre gris|9|2019
Pull Belle-Île|Belle-Île jumper|laine mérinos|merino wool|340|M top|knit|nuit sapin taupe|8|2019
Robe Apolline|Apolline dress|crêpe de soie|silk crêpe|790|F top|dress|noir bordeaux|6|2020
Jupe Sidonie|Sidonie skirt|laine vierge|virgin wool|420|F bottom|skirt|noir camel|5|2021
Pantalon Ferdinand|Ferdinand trousers|flanelle|flannel|380|M bottom|trousers|gris nuit|5|2018
Pantalon Simone|Simone trousers|crêpe de laine|wool crêpe|410|F bottom|trousers|noir ecru|6|2022
Veste Marcel|Marcel jacket|laine froide|cool wool|980|M top|jacket|nuit gris|4|2023
""",
    "scarves": """
Carré Jardin d'hiver|Winter Garden square|twill de soie|silk twill|345|F|square|sapin terre ciel|9|2018
Carré Les Toits|Rooftops square|twill de soie|silk twill|345|F|square|nuit poudre safran|9|2020
Carré Grande Volière|Great Aviary square|twill de soie|silk twill|360|F|square|bordeaux jade|7|2024
Étole Ouessant|Ouessant stole|cachemire|cashmere|420|A|stole|ecru gris camel|8|2017
Écharpe Saint-Malo|Saint-Malo scarf|laine mérinos|merino wool|180|A|stole|nuit bordeaux safran|8|2016
Carré Marée basse|Low Tide square|twill de soie|silk twill|345|F|square|ciel taupe|7|2023
Étole Brume|Mist stole|soie et laine|silk and wool|310|F|stole|poudre sauge|6|2025
Foulard Petit Pont|Petit Pont neckerchief|soie|silk|145|F|neckerchief|terre ciel prune|7|2022
Cravate Vendôme|Vendôme tie|soie tissée|woven silk|150|M|tie|nuit bordeaux sapin|6|2016
""",
    "jewellery": """
Bague Anneau d'eau|Water Ring|or 18 carats|18-carat gold|1450|F ring|ring|or orrose|5|2019
Bague Chevalière Nina|Nina signet ring|argent massif|sterling silver|390|F ring|ring_signet|argent or|5|2021
Alliance Lien|Lien band|or 18 carats|18-carat gold|1180|A ring|ring|or orrose|4|2017
Collier Feuille|Leaf necklace|vermeil|gold vermeil|420|F|necklace|or argent|7|2018
Sautoir Garance|Garance long necklace|vermeil et jade|vermeil and jade|640|F|necklace_bead|jade ambre|4|2022
Boucles Goutte|Drop earrings|vermeil|gold vermeil|290|F|earrings|or argent orrose|8|2018
Créoles Manège|Manège hoops|argent massif|sterling silver|260|F|hoops|argent or|7|2020
Jonc Rivoli|Rivoli bangle|vermeil|gold vermeil|480|F|bangle|or argent|6|2019
Boutons de manchette Matignon|Matignon cufflinks|argent et onyx|silver and onyx|320|M|cufflinks|argent or|3|2017
""",
    "watches": """
Montre Méridienne|Méridienne watch|acier, bracelet veau|steel, calf strap|1850|F|watch_round|cognac noir bordeaux|4|2018
Montre Quart d'heure|Quart d'heure watch|acier, bracelet veau|steel, calf strap|2400|M|watch_round|noir nuit cognac|4|2017
Montre Cadran|Cadran watch|acier doré|gilt steel|1650|F|watch_square|noir sapin ecru|3|2021
Chronographe Régate|Régate chronograph|acier|steel|3200|M|watch_chrono|nuit noir|2|2023
""",
    "fragrance": """
Eau de parfum Vétiver gris 75 ml|Vétiver gris eau de parfum 75 ml|vétiver, pamplemousse|vetiver, grapefruit|145|M|flacon_square|gris|7|2016
Eau de parfum Vétiver gris 30 ml|Vétiver gris eau de parfum 30 ml|vétiver, pamplemousse|vetiver, grapefruit|78|M|flacon_small|gris|6|2019
Eau de parfum Fleur de figuier 75 ml|Fig Blossom eau de parfum 75 ml|figuier, cèdre|fig, cedar|145|F|flacon_round|jade|9|2018
Eau de parfum Fleur de figuier 30 ml|Fig Blossom eau de parfum 30 ml|figuier, cèdre|fig, cedar|78|F|flacon_small|jade|8|2019
Eau de parfum Rose de craie 75 ml|Chalk Rose eau de parfum 75 ml|rose, musc|rose, musk|155|F|flacon_round|poudre|7|2022
Eau de parfum Encre et santal 75 ml|Ink and Sandalwood eau de parfum 75 ml|santal, encre|sandalwood, ink|165|A|flacon_square|nuit|6|2021
Eau de parfum Ambre d'octobre 75 ml|October Amber eau de parfum 75 ml|ambre, tabac blond|amber, tobacco|165|A|flacon_square|ambre|5|2024
Cologne du matin 100 ml|Morning Cologne 100 ml|agrumes, menthe|citrus, mint|98|A|flacon_tall|ciel|7|2017
Cologne du soir 100 ml|Evening Cologne 100 ml|bergamote, thé|bergamot, tea|98|A|flacon_tall|safran|5|2023
Crème pour les mains Iris|Iris hand cream|tube de 50 ml|50 ml tube|32|A|tube|poudre|9|2019
Crème pour les mains Figuier|Fig hand cream|tube de 50 ml|50 ml tube|32|A|tube|jade|8|2020
""",
    "accessories": """
Ceinture Garance|Garance belt|cuir lisse|smooth leather|245|F belt|belt|noir cognac|7|2016
Ceinture Vendôme|Vendôme belt|veau box|box calf|260|M belt|belt|noir cognac nuit|7|2016
Gants Solférino|Solférino gloves|agneau, doublure soie|lambskin, silk lining|195|F gloves|gloves|noir bordeaux camel|5|2017
Gants Varenne|Varenne gloves|agneau, doublure cachemire|lambskin, cashmere lining|215|M gloves|gloves|noir cognac|4|2017
Chapeau Deauville|Deauville hat|feutre de laine|wool felt|240|F|hat|noir camel|3|2020
Parapluie Belleville|Belleville umbrella|toile et hêtre|cloth and beech|160|A|umbrella|nuit sapin|5|2018
Lunettes Cassis|Cassis sunglasses|acétate|acetate|270|A|sunglasses|noir ambre|6|2021
""",
    "gifts": """
Bougie Bois de Sologne 220 g|Sologne Wood candle 220 g|cire végétale|vegetable wax|68|A|candle|sapin|9|2018
Bougie Figuier 220 g|Fig Tree candle 220 g|cire végétale|vegetable wax|68|A|candle|jade|8|2019
Bougie Ambre d'octobre 220 g|October Amber candle 220 g|cire végétale|vegetable wax|68|A|candle|ambre|7|2024
Bougie Linge au soleil 220 g|Sun-dried Linen candle 220 g|cire végétale|vegetable wax|68|A|candle|ciel|6|2021
Carnet de papier pur|Pure paper notebook|papier et veau|paper and calfskin|95|A|notebook|cognac nuit sapin|6|2017
Vide-poche Mazarine|Mazarine valet tray|cuir lisse|smooth leather|180|A|tray|camel taupe|4|2019
Plaid Ouessant|Ouessant throw|cachemire|cashmere|890|A|throw|ecru gris|3|2021
""",
}

_NAMED_BY_SCENT: Final = frozenset(
    {"flacon_square", "flacon_round", "flacon_tall", "flacon_small", "tube", "candle"}
)

_PREFIX: Final = {
    "bags": "SA", "small_leather": "PM", "shoes": "SO", "ready_to_wear": "PP", "scarves": "SC",
    "jewellery": "BJ", "watches": "MO", "fragrance": "PF", "accessories": "AC", "gifts": "MC",
}  # fmt: skip

_CARE: Final[dict[str, tuple[str, str, int]]] = {
    "bags": ("Nourrir le cuir deux fois par an, ranger dans sa housse.", "Feed the leather twice a year, keep in its dust bag.", 60),
    "small_leather": ("Essuyer avec un chiffon doux et sec.", "Wipe with a soft, dry cloth.", 48),
    "shoes": ("Embauchoirs après chaque port, patin conseillé.", "Shoe trees after each wear; a protective sole is advised.", 24),
    "ready_to_wear": ("Nettoyage à sec, suspendre sur cintre large.", "Dry clean, keep on a wide hanger.", 36),
    "scarves": ("Nettoyage à sec, ne pas vaporiser de parfum.", "Dry clean, do not spray perfume on it.", 60),
    "jewellery": ("Retirer avant le bain, polir avec la chamoisine.", "Take off before bathing, polish with the cloth.", 120),
    "watches": ("Révision tous les quatre ans, bracelet à changer selon l'usage.", "Service every four years, change the strap as needed.", 48),
    "fragrance": ("Tenir à l'abri de la lumière.", "Keep away from light.", 8),
    "accessories": ("Éviter l'eau, laisser sécher à plat.", "Keep from water, dry flat.", 36),
    "gifts": ("Lire la notice jointe.", "See the leaflet inside.", 12),
}  # fmt: skip


def _make(family: str, row: str, number: int, colour_code: str) -> MadeProduct:
    french, english, material_fr, _material_en, euros, whom, shape, colours, weight, year = row.split("|")
    colour = COLOURS[colour_code]
    audience, _, category = whom.partition(" ")
    sku = f"{_PREFIX[family]}{number:02d}-{colour_code[:4].upper()}"
    dice = zlib.crc32(sku.encode())
    late = 0 if colours.startswith(colour_code) else dice % 3  # further colours come with later seasons
    launched = datetime.date(min(int(year) + late, 2026), dice // 7 % 10 + 1, 1 + dice // 91 % 27)
    care_fr, care_en, months = _CARE[family]
    sized = "" if not category else category if category in SIZES else f"{category}_{audience.lower()}"
    return MadeProduct(
        product=Product(
            sku=sku,
            name=(
                {"fr": french, "en": english}
                if shape in _NAMED_BY_SCENT
                else {"fr": f"{french} {colour.french}", "en": f"{english}, {colour.english}"}
            ),
            family=family,
            price=Money(amount=int(euros) * 100, currency=CURRENCY),
            colour=colour_code,
            material=material_fr,
            size_category=category or None,
            sizes=SIZES[sized] if sized else (),
            launched=launched.isoformat(),
            picture=f"{sku}.png",
            wear_months=months,
        ),
        audience=audience,
        shape=shape,
        colour=colour,
        popularity=float(weight) * (0.7 + dice % 61 / 100),
        care={"fr": care_fr, "en": care_en},
        months_of_wear=months,
    )


def _complements(made: list[MadeProduct]) -> dict[str, tuple[str, ...]]:
    """Return, for each product, up to four others: the same colour in other families first."""
    result = {}
    for one in made:
        others = [
            other for other in made
            if other.product.family != one.product.family and ({one.audience, other.audience} != {"F", "M"})
        ]  # fmt: skip
        others.sort(
            key=lambda other: (
                other.colour.code != one.colour.code,
                -other.popularity,
                zlib.crc32((one.product.sku + other.product.sku).encode()),
            )
        )
        result[one.product.sku] = tuple(other.product.sku for other in others[:4])
    return result


def _with_complements(one: MadeProduct, skus: tuple[str, ...]) -> MadeProduct:
    product = msgspec.structs.replace(one.product, complements=skus)
    return dataclasses.replace(one, product=product)
