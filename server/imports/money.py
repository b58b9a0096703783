"""Sums of money as sources write them, in the minor units of their currency."""

from decimal import ROUND_HALF_EVEN, Decimal

LARGEST_PRICE = Decimal(10) ** 12

# Decimal places of a currency where they are not two. Source: ISO 4217.
PLACES = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "XOF": 0, "XAF": 0, "XPF": 0}
PLACES |= {"BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}


def minor_units(amount: Decimal, currency: str) -> int:
    """Return an amount in the currency's minor units; what is smaller is rounded half to even."""
    places = PLACES.get(currency, 2)
    return int(amount.scaleb(places).to_integral_value(rounding=ROUND_HALF_EVEN))
