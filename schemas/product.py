"""Products as the catalogue and the tablet know them."""

from typing import Annotated
from uuid import UUID

import msgspec

from schemas.ids import record_id_of
from schemas.record import LAST_INSTANT, Kind, Struct

Size = Annotated[str, msgspec.Meta(max_length=20)]
Pieces = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Money(Struct):
    """An amount in minor units and its currency. 12 € 50 is ``Money(amount=1250, currency="EUR")``."""

    amount: int  # minor units
    currency: str  # ISO 4217


class Product(Struct):
    """One article. Sizes are sold sizes; ``complements`` are SKUs that go with it."""

    sku: str
    name: dict[str, str]  # language -> name; "fr" and "en" at least
    family: str  # "bags", "shoes", ...
    price: Money
    colour: str | None = None
    material: str | None = None
    size_category: str | None = None  # key into a customer's sizes: "shoes", "top", ...
    sizes: tuple[str, ...] = ()
    launched: str | None = None  # ISO date
    picture: str | None = None  # file name under the picture folder
    complements: tuple[str, ...] = ()
    wear_months: int | None = None  # after so long in use it is likely worn out, or used up


class Stock(Struct, omit_defaults=True):
    """What a store had of an article when it was counted last."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    store: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    at: Annotated[int, msgspec.Meta(ge=0, lt=LAST_INSTANT)]  # wall milliseconds UTC of the count
    sizes: Annotated[dict[Size, Pieces], msgspec.Meta(max_length=60)] = {}  # "" for what has no size


def stock_record(store: str, sku: str) -> UUID:
    """Return the record of what a store has of an article."""
    return record_id_of(Kind.STOCK.value, f"{store}/{sku}")
