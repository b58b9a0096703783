# ruff: noqa: E501
"""The made brand itself: Maison Valmère, its zones, its stores and the people who work there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BRAND_CODE: Final = "valmere"
BRAND_NAME: Final = "Maison Valmère"
PASSWORD: Final = "comptoir-demo"  # noqa: S105 (of every made associate; the demo prints it)


@dataclass(frozen=True, kw_only=True)
class MadeStore:
    """A store with what the directory shows of it."""

    code: str
    name: str
    zone: str
    lines: tuple[str, ...]
    postcode: str
    town: str
    country: str
    phone: str  # E.164
    email: str
    opened: str  # ISO date
    weight: int  # share of store customers


@dataclass(frozen=True, kw_only=True)
class MadeAssociate:
    """A member of staff with the code he signs in with."""

    code: str
    given_name: str
    family_name: str
    role: str
    stores: tuple[str, ...] = ()
    zone: str | None = None
    language: str = "fr"


STORES: Final = (
    MadeStore(
        code="marais", name="Paris Le Marais", zone="paris", lines=("27 rue de Turenne",), postcode="75003",
        town="Paris", country="FR", phone="+33199000301", email="marais@maison-valmere.example",
        opened="2014-09-12", weight=30,
    ),
    MadeStore(
        code="saint-honore", name="Paris Saint-Honoré", zone="paris", lines=("214 rue Saint-Honoré",),
        postcode="75001", town="Paris", country="FR", phone="+33199000101",
        email="saint-honore@maison-valmere.example", opened="2017-03-30", weight=27,
    ),
    MadeStore(
        code="lyon", name="Lyon Bellecour", zone="regions", lines=("11 rue Auguste-Comte",), postcode="69002",
        town="Lyon", country="FR", phone="+33199000201", email="lyon@maison-valmere.example",
        opened="2018-10-05", weight=21,
    ),
    MadeStore(
        code="bordeaux", name="Bordeaux Grands-Hommes", zone="regions", lines=("5 rue Mably",), postcode="33000",
        town="Bordeaux", country="FR", phone="+33199000401", email="bordeaux@maison-valmere.example",
        opened="2019-05-17", weight=14,
    ),
    MadeStore(
        code="bruxelles", name="Bruxelles Châtelain", zone="benelux", lines=("42 rue du Page",), postcode="1050",
        town="Ixelles", country="BE", phone="+3225550042", email="bruxelles@maison-valmere.example",
        opened="2021-09-24", weight=8,
    ),
)  # fmt: skip

STAFF: Final = (
    MadeAssociate(code="ines", given_name="Inès", family_name="Carpentier", role="seller", stores=("lyon",)),
    MadeAssociate(code="hugo", given_name="Hugo", family_name="Delmas", role="seller", stores=("lyon",)),
    MadeAssociate(code="salome", given_name="Salomé", family_name="Brandt", role="seller", stores=("lyon",)),
    MadeAssociate(code="claire", given_name="Claire", family_name="Vasseur", role="store_manager", stores=("lyon",)),
    MadeAssociate(code="awa", given_name="Awa", family_name="Ndiaye", role="seller", stores=("marais",)),
    MadeAssociate(code="theo", given_name="Théo", family_name="Lacombe", role="seller", stores=("marais",)),
    MadeAssociate(code="mei", given_name="Mei", family_name="Zhou", role="seller", stores=("marais",), language="en"),
    MadeAssociate(code="bastien", given_name="Bastien", family_name="Roussel", role="store_manager", stores=("marais",)),
    MadeAssociate(code="victoire", given_name="Victoire", family_name="de Saint-Alban", role="seller", stores=("saint-honore",)),
    MadeAssociate(code="karim", given_name="Karim", family_name="Haddad", role="seller", stores=("saint-honore",)),
    MadeAssociate(code="emily", given_name="Emily", family_name="Hart", role="seller", stores=("saint-honore",), language="en"),
    MadeAssociate(code="odile", given_name="Odile", family_name="Marchetti", role="store_manager", stores=("saint-honore",)),
    MadeAssociate(code="maelle", given_name="Maëlle", family_name="Le Goff", role="seller", stores=("bordeaux",)),
    MadeAssociate(code="inaki", given_name="Iñaki", family_name="Etchegaray", role="seller", stores=("bordeaux",)),
    MadeAssociate(code="sylvie", given_name="Sylvie", family_name="Castaing", role="store_manager", stores=("bordeaux",)),
    MadeAssociate(code="joris", given_name="Joris", family_name="Peeters", role="seller", stores=("bruxelles",)),
    MadeAssociate(code="lea", given_name="Léa", family_name="Vermeulen", role="seller", stores=("bruxelles",)),
    MadeAssociate(code="anneke", given_name="Anneke", family_name="Claes", role="store_manager", stores=("bruxelles",)),
    MadeAssociate(code="gabriel", given_name="Gabriel", family_name="Fontanel", role="zone_manager", zone="paris"),
    MadeAssociate(code="nadia", given_name="Nadia", family_name="Benali", role="zone_manager", zone="regions"),
    MadeAssociate(code="solene", given_name="Solène", family_name="Kermarrec", role="call_centre"),
    MadeAssociate(code="tom", given_name="Tom", family_name="Whitfield", role="call_centre", language="en"),
    MadeAssociate(code="agathe", given_name="Agathe", family_name="Lindon", role="head_office_crm"),
    MadeAssociate(code="pierre", given_name="Pierre", family_name="Thévenot", role="loyalty_manager"),
    MadeAssociate(code="helene", given_name="Hélène", family_name="Quesnel", role="privacy_officer"),
    MadeAssociate(code="marc", given_name="Marc", family_name="Ottavi", role="administrator"),
    MadeAssociate(code="webshop", given_name="Boutique", family_name="en ligne", role="integration"),
)  # fmt: skip


def sellers_of(store: str) -> list[MadeAssociate]:
    """Return who may own customers in a store: its sellers and its manager, sellers first."""
    return [one for one in STAFF if store in one.stores]
