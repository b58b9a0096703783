# ruff: noqa: E501
"""Who the made customers are: households, persons, their sizes, tastes and habits."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from schemas.ids import id_from
from server.demo.brand import STORES, sellers_of
from server.demo.catalog import COLOURS, SIZES
from server.demo.names import PersonName, Sex, draw_family_name, draw_name, plain_letters
from server.demo.places import Home, draw_home

Habit = Literal["store", "web", "app", "call_centre", "social"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A made customer before anything happened to her."""

    name: PersonName
    sex: Sex
    birth_date: datetime.date
    home: Home
    language: str
    store: str | None  # home store; None: knows the house from the web only
    associate: str | None  # id of her own associate
    joined: int  # ordinal of the day
    habit: Habit  # where she mostly buys
    origin: Habit
    rate: float  # purchases a year while she comes
    gone: int  # ordinal of the day after which she does not come any more
    budget: float  # 1.0 buys anything, less leans to what is less dear
    families: tuple[str, ...]  # what she mostly buys
    colours: tuple[str, ...]
    sizes: dict[str, str]  # category -> size
    email: str | None
    phone: str | None  # E.164


def draw_household(rng: random.Random, *, since: int, until: int) -> list[Person]:
    """Return the members of one household who are customers: mostly one, at times a couple or a family.

    Args:
        since, until: ordinals of the first and last day on which they may have become customers.
    """
    store = rng.choices([one.code for one in STORES], [one.weight for one in STORES])[0]
    web_only = rng.random() < 0.13
    home = draw_home(rng, near=None if web_only and rng.random() < 0.7 else store)
    family_name = draw_family_name(rng)
    landline = _landline(rng, home) if rng.random() < 0.3 else None
    born = _draw_birth_year(rng)
    sex: Sex = "F" if rng.random() < 0.72 else "M"
    members = [(sex, born, family_name)]
    size = rng.choices((1, 2, 3, 4), (82, 13, 4, 1))[0]
    if size > 1:
        members.append((_other(sex), born + rng.randint(-4, 4), family_name))
    if size > 2 and born < 1980:
        for _child in range(size - 2):
            members.append((rng.choice(("F", "M")), min(born + rng.randint(24, 34), 2006), family_name))
    return [
        _draw_person(
            rng, sex=one, born=year, family_name=name, home=home, store=None if web_only else store,
            landline=landline, since=since, until=until,
        )
        for one, year, name in members
    ]  # fmt: skip


def _draw_person(
    rng: random.Random, *, sex: Sex, born: int, family_name: str, home: Home, store: str | None,
    landline: str | None, since: int, until: int,
) -> Person:  # fmt: skip
    name = draw_name(rng, sex=sex, born=born, family_name=family_name)
    # A third were taken over from the old till in the first months; then they came ever faster.
    joined = since + int(
        (until - since) * (rng.betavariate(1, 9) if rng.random() < 0.34 else rng.random() ** 0.85)
    )
    habit = _draw_habit(rng, store=store, born=born)
    rate = min(rng.lognormvariate(0.15, 1.0), 26.0)
    stays_days = rng.expovariate(1 / (365 * (1.6 + min(rate, 6))))
    return Person(
        name=name,
        sex=sex,
        birth_date=datetime.date(born, 1, 1) + datetime.timedelta(days=int(rng.random() * 365)),
        home=home,
        language=_draw_language(rng, store=store, country=home.town.country),
        store=store,
        associate=_draw_associate(rng, store) if store and rng.random() < 0.1 + min(rate, 6) * 0.12 else None,
        joined=joined,
        habit=habit,
        origin=habit
        if rng.random() < 0.75
        else rng.choices(("store", "web", "social", "app"), (5, 4, 3, 1))[0],
        rate=rate,
        gone=joined + int(stays_days),
        budget=min(rng.lognormvariate(-0.55, 0.55) * (1.1 if born < 1985 else 0.8), 2.0),
        families=tuple(rng.sample(_FAMILIES[sex], 3)),
        colours=tuple(rng.sample(list(COLOURS), 3)),
        sizes=_draw_sizes(rng, sex),
        email=_email(rng, name, born) if habit != "store" or rng.random() < 0.74 else None,
        phone=landline
        if landline and rng.random() < 0.4
        else _mobile(rng, home)
        if rng.random() < 0.86
        else None,
    )


_FAMILIES: Final[dict[Sex, list[str]]] = {
    "F": ["bags", "scarves", "shoes", "ready_to_wear", "jewellery", "fragrance", "small_leather", "accessories", "gifts", "watches"],
    "M": ["shoes", "ready_to_wear", "fragrance", "small_leather", "accessories", "gifts", "watches", "scarves"],
}  # fmt: skip


def _other(sex: Sex) -> Sex:
    return "M" if sex == "F" else "F"


def _draw_birth_year(rng: random.Random) -> int:
    centre, spread = rng.choices(((1958, 8), (1974, 9), (1990, 6), (2000, 4)), (26, 38, 26, 10))[0]
    return min(max(int(rng.gauss(centre, spread)), 1940), 2007)


def _draw_habit(rng: random.Random, *, store: str | None, born: int) -> Habit:
    if store is None:
        return rng.choices(("web", "app", "social", "call_centre"), (70, 18, 7, 5))[0]
    young = max(0, born - 1975) / 10
    return rng.choices(
        ("store", "web", "app", "social", "call_centre"), (74, 12 + young, 3 + 2 * young, 1 + young, 4)
    )[0]


def _draw_language(rng: random.Random, *, store: str | None, country: str) -> str:
    dice = rng.random()
    if country == "BE":
        return "fr" if dice < 0.68 else "nl" if dice < 0.9 else "en"
    if dice < 0.90:
        return "fr"
    abroad = ("en", "en", "en", "en", "it", "es", "de", "zh", "ja", "pt")
    return rng.choice(abroad) if store else "fr"


def _draw_associate(rng: random.Random, store: str) -> str:
    team = sellers_of(store)
    return associate_id(rng.choices([one.code for one in team], [3] * (len(team) - 1) + [1])[0])


@cache
def associate_id(code: str) -> str:
    """Return the id of a made associate."""
    return str(id_from("demo-associate", code))


def _draw_sizes(rng: random.Random, sex: Sex) -> dict[str, str]:
    build = rng.gauss(0, 1)
    sizes = {}
    for category, wobble in (
        ("top", 0.35),
        ("bottom", 0.45),
        ("shoes", 0.9),
        ("ring", 0.8),
        ("belt", 0.4),
        ("gloves", 0.8),
    ):
        scale = SIZES.get(f"{category}_{sex.lower()}") or SIZES[category]
        middle = (len(scale) - 1) / 2 + (0.8 if sex == "M" and category in {"ring", "belt", "gloves"} else 0)
        place = round(middle + (build + rng.gauss(0, wobble)) * len(scale) / 6)
        sizes[category] = scale[min(max(place, 0), len(scale) - 1)]
    return sizes


_MAIL_HOSTS: Final = (
    "courriel.example.com",
    "boite.example.org",
    "poste.example.net",
    "mail.example.com",
    "lettre.example.org",
)


def _email(rng: random.Random, name: PersonName, born: int) -> str:
    """Return an address at a host reserved for examples: nothing can ever be delivered to anybody."""
    given, family = plain_letters(name.given_name), plain_letters(name.family_name)
    pattern = rng.randint(0, 5)
    local = (
        f"{given}.{family}", f"{given[0]}.{family}", f"{family}.{given}", f"{given}{born % 100:02d}",
        f"{given}.{family}{rng.randint(1, 99)}", f"{given}-{family[0]}{rng.randint(1, 999)}",
    )[pattern]  # fmt: skip
    if pattern == 3:
        local += f".{family[:3]}{rng.randint(1, 99)}"
    return f"{local}@{rng.choice(_MAIL_HOSTS)}"


def _mobile(rng: random.Random, home: Home) -> str:
    if home.town.country == "BE":
        return f"+32470{rng.randrange(1_000_000):06d}"
    return f"+33{rng.choice((6, 6, 6, 7))}{rng.randint(30, 38) if rng.random() < 0.5 else rng.randint(60, 88)}{rng.randrange(1_000_000):06d}"


def _landline(rng: random.Random, home: Home) -> str:
    if home.town.country == "BE":
        return f"+322555{rng.randrange(10_000):04d}"
    # The blocks the French regulator keeps for fiction.
    area = {"7": "19900", "9": "19900", "2": "35301", "5": "35301", "6": "46571", "3": "53649"}.get(
        home.town.postcode[0], "26191"
    )
    return f"+33{area}{rng.randrange(10_000):04d}"
