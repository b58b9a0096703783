"""Products as the catalogue and the tablet know them."""

from schemas.record import Struct


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
