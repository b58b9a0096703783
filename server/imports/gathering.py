"""Gathers the orders of one customer, so that her record is written once and not once for each."""

from collections.abc import Callable, Iterator

import msgspec

from server.imports.csv_source import Line
from server.imports.mapping import Mapping
from server.imports.order_lines import Ends, LineReader, Order, orders
from server.imports.parcels import Parcel, parcel_of
from server.imports.refusals import LineRefused, Refusal

MOST_CUSTOMERS = 500  # of one transaction
MOST_LINES = 4_000  # of one transaction: a fraction of a second of work
MOST_HELD = 128 * 1024 * 1024  # bytes of purchases held back; then all of them are let go


class Chunk(msgspec.Struct):
    """What one transaction deals with: whole orders, and lines that were refused on the way."""

    parcels: list[Parcel] = []
    refusals: list[Refusal] = []
    lines: int = 0

    def is_full(self) -> bool:
        """Whether the transaction is long enough."""
        return len(self.parcels) >= MOST_CUSTOMERS or self.lines >= MOST_LINES


def chunks(
    lines: Iterator[Line], reader: LineReader, ends: Ends, mapping: Mapping, *, after: int
) -> Iterator[Chunk]:
    """Yield a file's orders in chunks, a customer's orders together, from the chunk after ``after`` lines on.

    The same file, mapping and limits give the same chunks: that is what makes a position in them a place to
    go on from. Lines count when they are dealt with, in the order of the chunks.
    """
    dealt_with = 0
    for chunk in _all_chunks(lines, reader, ends, mapping):
        dealt_with += chunk.lines
        if dealt_with > after:
            yield chunk


def _all_chunks(lines: Iterator[Line], reader: LineReader, ends: Ends, mapping: Mapping) -> Iterator[Chunk]:
    refused: list[Refusal] = []
    chunk = Chunk()
    for parcel in _released(orders(lines, reader, ends, refused.append), ends, mapping, refused.append):
        chunk.parcels.append(parcel)
        chunk.lines += len(parcel.numbers)
        if chunk.is_full():
            yield _with(chunk, refused)
            chunk = Chunk()
    if chunk.parcels or refused:
        yield _with(chunk, refused)


def _with(chunk: Chunk, refused: list[Refusal]) -> Chunk:
    """Return the chunk with the lines refused since the one before, and forget these."""
    chunk.refusals = list(refused)
    chunk.lines += len(refused)
    refused.clear()
    return chunk


def _released(
    found: Iterator[Order], ends: Ends, mapping: Mapping, refuse: Callable[[Refusal], None]
) -> Iterator[Parcel]:
    """Yield orders: anonymous ones at once, a customer's when her last one has been read."""
    held: dict[str, list[Parcel]] = {}
    size = 0
    for order in found:
        try:
            parcel = parcel_of(order, mapping)
        except LineRefused as error:
            for line, values in zip(order.lines, order.originals, strict=True):
                refuse(Refusal(line=line.number, code=error.code, reason=error.reason, values=values))
            continue
        customer = parcel.customer
        if customer is None:
            yield parcel
            continue
        held.setdefault(customer, []).append(parcel)
        size += len(parcel.purchase)
        if order.closed_at >= ends.customers.get(customer, 0):
            ready = held.pop(customer)
            size -= sum(len(each.purchase) for each in ready)
            yield from ready
        elif size > MOST_HELD:
            for ready in held.values():
                yield from ready
            held.clear()
            size = 0
    for ready in held.values():
        yield from ready
