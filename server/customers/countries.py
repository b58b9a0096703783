"""The two letters of a country, from the way that files and shops write it in English and French."""

from functools import lru_cache
from importlib.resources import files
from typing import Final

from anyascii import anyascii

LONGEST = 60

# English names are those of the time zone database, which every system keeps fresh. Beside them: French ones,
# names in the country's own words, and three-letter codes, of where customers of a house in Europe come from.
_ALSO: Final = {
    "AD": "andorre", "AE": "emirats arabes unis|uae|eau", "AR": "argentine", "AT": "autriche|aut|osterreich",
    "AU": "australie|aus", "BE": "belgique|bel|belgie", "BG": "bulgarie", "BR": "bresil|bra|brasil",
    "CA": "can", "CH": "suisse|che|schweiz|svizzera", "CI": "cote divoire|ivory coast", "CL": "chili",
    "CM": "cameroun", "CN": "chine|chn", "CO": "colombie", "CY": "chypre",
    "CZ": "czechia|tchequie|republique tcheque",
    "DE": "allemagne|deu|ger|deutschland", "DK": "danemark|dnk", "DZ": "algerie|dza", "EE": "estonie",
    "EG": "egypte", "ES": "espagne|esp|espana", "FI": "finlande|fin", "FR": "fra|france metropolitaine",
    "GB": "uk|gbr|united kingdom|great britain|england|scotland|wales|northern ireland|royaume uni|angleterre"
          "|grande bretagne|ecosse",
    "GR": "grece|grc", "HK": "hkg|hong kong sar", "HR": "croatie", "HU": "hongrie", "IE": "irlande|irl",
    "IL": "isr", "IN": "inde|ind", "IS": "islande", "IT": "italie|ita|italia", "JP": "japon|jpn",
    "KR": "south korea|coree du sud|republic of korea|kor", "LB": "liban|lbn", "LT": "lituanie",
    "LU": "lux", "LV": "lettonie", "MA": "maroc|mar", "MC": "mco", "MT": "malte", "MU": "maurice|ile maurice",
    "MX": "mexique|mex", "NL": "pays bas|the netherlands|holland|hollande|nld", "NO": "norvege|nor",
    "NZ": "nouvelle zelande|nzl", "PE": "perou", "PL": "pologne|pol", "PT": "prt", "RE": "la reunion",
    "RO": "roumanie|rou", "RU": "russie|rus|russian federation", "SA": "arabie saoudite", "SE": "suede|swe",
    "SG": "singapour|sgp", "SI": "slovenie", "SK": "slovaquie", "SN": "senegal", "TH": "thailande",
    "TN": "tunisie|tun", "TR": "turquie|turkiye|tur", "TW": "twn", "UA": "ukr",
    "US": "usa|united states of america|etats unis|etats unis damerique", "VN": "viet nam|vnm",
    "ZA": "afrique du sud|zaf",
}  # fmt: skip


@lru_cache(maxsize=2_048)
def country_code(text: str) -> str | None:
    """Return ISO 3166's two letters of a country as it is written; None when it is none that is known."""
    named = _names()
    plain = _plain(text[:LONGEST])
    upper = plain.upper()
    return upper if upper in _codes() else named.get(plain)


@lru_cache(maxsize=1)
def _listed() -> tuple[tuple[str, str], ...]:
    lines = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return tuple((code, name) for code, name in pairs)


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(code for code, _ in _listed())


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    named = {_plain(name): code for code, name in _listed()}
    return named | {name: code for code, names in _ALSO.items() for name in names.split("|")}


def _plain(text: str) -> str:
    """Return a name without case, accents and marks."""
    kept = "".join(sign if sign.isalnum() else " " for sign in anyascii(text).replace("'", "").casefold())
    return " ".join(kept.replace(" and ", " ").split())
