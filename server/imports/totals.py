"""What an import counts, so that its closing report can be held against the file."""

from decimal import Decimal
from typing import Any

import msgspec

from server.imports.parcels import Parcel


class Totals(msgspec.Struct):
    """Sums over the lines dealt with so far; kept with the batch, for an import that is resumed."""

    lines: int = 0  # read, whatever became of them
    imported: int = 0  # of orders that this import brought in
    known: int = 0  # of orders that were in before
    refused: int = 0
    anonymous: int = 0  # accepted lines without a customer
    cancelled: int = 0  # accepted lines of cancelled orders
    duplicates: int = 0  # accepted lines equal to another line of their order
    orders: int = 0
    orders_imported: int = 0
    orders_known: int = 0
    orders_cancelled: int = 0
    orders_anonymous: int = 0
    customers: int = 0  # distinct ones of the accepted orders
    customers_new: int = 0
    quantity: int = 0
    amount: dict[str, Decimal] = {}  # currency -> exact sum of quantity times price
    stored: dict[str, int] = {}  # currency -> sum of what was kept, in minor units

    def add(self, parcel: Parcel, *, new: bool) -> None:
        """Count an accepted order."""
        size = len(parcel.numbers)
        self.lines += size
        self.orders += 1
        if new:
            self.imported += size
            self.orders_imported += 1
        else:
            self.known += size
            self.orders_known += 1
        if parcel.customer is None:
            self.anonymous += size
            self.orders_anonymous += 1
        if parcel.cancelled:
            self.cancelled += size
            self.orders_cancelled += 1
        self.duplicates += parcel.duplicates
        self.quantity += parcel.quantity
        currency = parcel.currency
        self.amount[currency] = self.amount.get(currency, Decimal(0)) + parcel.amount
        self.stored[currency] = self.stored.get(currency, 0) + parcel.stored

    def refuse(self, lines: int) -> None:
        """Count refused lines."""
        self.lines += lines
        self.refused += lines


def to_document(totals: Totals) -> Any:
    """Return totals as they are kept with a batch."""
    return msgspec.to_builtins(totals)


def from_document(document: Any) -> Totals:
    """Return totals kept with a batch; those of a new one are zero."""
    return msgspec.convert(document, Totals)
