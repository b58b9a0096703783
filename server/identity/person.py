"""A person as identity resolution compares her: folded names, parts of a date, comparable contacts."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from anyascii import anyascii

from schemas.identity import digits, fold
from schemas.record import Struct

GENERATIONS = {
    "jr": 2,
    "junior": 2,
    "fils": 2,
    "sr": 1,
    "senior": 1,
    "pere": 1,
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
}
PARTICLES = frozenset(
    {
        "de",
        "du",
        "des",
        "d",
        "la",
        "le",
        "les",
        "l",
        "van",
        "von",
        "der",
        "den",
        "di",
        "da",
        "do",
        "dos",
        "del",
        "y",
        "e",
        "el",
        "al",
        "bin",
        "ben",
    }
)
_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "m", "mme", "mlle", "monsieur", "madame", "mademoiselle", "prof", "me"}
)
_STREET_WORDS = {
    "street": "st", "saint": "st", "avenue": "av", "ave": "av", "boulevard": "bd", "blvd": "bd", "boul": "bd",
    "road": "rd", "drive": "dr", "lane": "ln", "place": "pl", "court": "ct", "crescent": "cr", "cres": "cr",
    "square": "sq", "allee": "all", "chemin": "ch", "route": "rte", "impasse": "imp", "faubourg": "fg",
    "apartment": "apt", "appartement": "apt", "appt": "apt", "suite": "apt",
    "building": "bld", "batiment": "bld",
    "strasse": "str", "close": "cl", "terrace": "tce", "circuit": "cct", "parade": "pde", "north": "n",
    "south": "s", "east": "e", "west": "w", "quai": "q", "rue": "r", "way": "wy", "parkway": "pkwy",
}  # fmt: skip
_EMAIL = re.compile(r"(?<![^\s<>\"',;])[^\s<>\"',;]+@[^\s<>\"',;]+")
_STREET_KINDS = frozenset(_STREET_WORDS.values()) - {"n", "s", "e", "w"}


class Born(Struct):
    """A birth date, whole or in parts."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


class Person(Struct):
    """One record of a person in comparable forms. Empty means not known."""

    given: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    generation: int | None = None  # 1 senior, 2 junior
    gender: str | None = None  # "f" or "m"
    born: Born = Born()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()  # last nine digits
    house: str = ""  # number in the street
    street: tuple[str, ...] = ()  # words of the street, in the short forms of the house
    postcode: str = ""
    town: str = ""
    region: str = ""
    ids: frozenset[str] = frozenset()  # "card:123", "shop:web:77": kind before the last colon


def person_of(values: Mapping[str, Any], *, ids: Iterable[str] = ()) -> Person:
    """Return the comparable forms of a customer's values as ``schemas.customer`` names them."""
    address = values.get("address") or {}
    others = values.get("other_contacts") or {}
    kept = others.values() if isinstance(others, Mapping) else ()
    emails = [values.get("email"), *(each.get("value") for each in kept if each.get("kind") == "email")]
    phones = [values.get("phone"), *(each.get("value") for each in kept if each.get("kind") == "phone")]
    card = values.get("loyalty_card")
    return make(
        given=values.get("given_name"),
        family=values.get("family_name"),
        gender=values.get("title"),
        born=values.get("birth_date"),
        emails=[each for each in emails if each],
        phones=[each for each in phones if each],
        street=" ".join(part for part in (address.get("line1"), address.get("line2")) if part),
        postcode=address.get("postal_code"),
        town=address.get("city") or values.get("town"),
        region=address.get("region"),
        ids=[*ids, *([f"card:{card}"] if card else [])],
    )


def make(
    *,
    given: str | None = None,
    family: str | None = None,
    gender: str | None = None,
    born: "str | date | Born | None" = None,
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
    house: str | None = None,
    street: str | None = None,
    postcode: str | None = None,
    town: str | None = None,
    region: str | None = None,
    ids: Iterable[str] = (),
) -> Person:
    """Return a person in comparable forms from values as they were written."""
    given_words, first = _words(given)
    family_words, last = _words(family)
    number, words = _street(street, house)
    return Person(
        given=given_words,
        family=family_words,
        generation=last or first,
        gender=_gender(gender),
        born=born if isinstance(born, Born) else _born(born),
        emails=frozenset(found[0].casefold() for each in emails if (found := _EMAIL.findall(each))),
        phones=frozenset(plain for each in phones if len(plain := digits(each)[-9:]) >= 6),
        house=number,
        street=words,
        postcode=_plain(postcode)[:5],
        town=_plain(town),
        region=_plain(region),
        ids=frozenset(fold_id(each) for each in ids),
    )


def fold_id(text: str) -> str:
    """Return an identifier as it is compared: its kind, and letters and digits of its value."""
    kind, _, value = text.rpartition(":")
    return f"{kind}:{''.join(c for c in value.casefold() if c.isalnum())}"


def _plain(text: str | None) -> str:
    return fold(anyascii(text)).replace(" ", "") if text else ""


def _words(text: str | None) -> tuple[tuple[str, ...], int | None]:
    if not text:
        return (), None
    generation = None
    words = []
    for word in fold(anyascii(text)).split():
        if word in GENERATIONS:
            generation = GENERATIONS[word]
        elif word not in _TITLES:
            words.append(word)
    solid = [word for word in words if word not in PARTICLES] or words
    return tuple(solid), generation


def _street(street: str | None, house: str | None) -> tuple[str, tuple[str, ...]]:
    if not street and not house:
        return "", ()
    words = [_STREET_WORDS.get(word, word) for word in fold(anyascii(street or "")).split()]
    number = fold(house or "")
    if not number:
        number = next((word for word in words if word[0].isdigit()), "")
        words = [word for word in words if word != number]
    return number, tuple(word for word in words if word not in _STREET_KINDS or len(words) == 1)


def _gender(text: str | None) -> str | None:
    match fold(text or ""):
        case "f" | "female" | "femme" | "mrs" | "ms" | "miss" | "mme" | "mlle" | "madame" | "mademoiselle":
            return "f"
        case "m" | "male" | "homme" | "mr" | "monsieur":
            return "m"
        case _:
            return None


def _born(value: "str | date | None") -> Born:
    if isinstance(value, date):
        return Born(year=value.year, month=value.month, day=value.day)
    if not value:
        return Born()
    plain = digits(value)
    try:
        day = date.fromisoformat(value if "-" in value else plain)
    except ValueError:
        if len(plain) == 8:  # a slip made it no date: its digits still compare
            return Born(year=int(plain[:4]), month=int(plain[4:6]), day=int(plain[6:]))
        return Born()
    return Born(year=day.year, month=day.month, day=day.day)
