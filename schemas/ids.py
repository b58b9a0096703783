"""Identifiers: the NewTypes of the trade, and how an id is made from facts."""

from typing import NewType
from uuid import UUID, uuid5

RecordId = NewType("RecordId", UUID)
CustomerId = NewType("CustomerId", UUID)
AssociateId = NewType("AssociateId", UUID)
DeviceId = NewType("DeviceId", UUID)
MutationId = NewType("MutationId", UUID)
NoteId = NewType("NoteId", UUID)
StoreCode = NewType("StoreCode", str)  # short and stable: "lyon"
BrandCode = NewType("BrandCode", str)
Sku = NewType("Sku", str)

NAMESPACE = UUID("6f0c2b1e-8d5a-5c0e-9b64-1d3f6d1a7c55")
NOBODY = UUID(int=0)  # the record of a purchase that no customer has claimed


def uuid7(wall_ms: int, random: bytes) -> UUID:
    """Return a version 7 UUID for an instant and ten random bytes.

    Args:
        wall_ms: milliseconds since 1970-01-01 UTC, below 2**48.
        random: exactly ten bytes from the caller's source of randomness.

    Raises:
        ValueError: the instant or the number of bytes is out of range.

    Source: RFC 9562 section 5.7.
    """
    if not 0 <= wall_ms < 1 << 48:
        raise ValueError("wall_ms must fit in 48 bits")
    if len(random) != 10:
        raise ValueError("random must be ten bytes")
    noise = int.from_bytes(random, "big")
    high = (noise >> 68) & 0xFFF
    low = noise & ((1 << 62) - 1)
    return UUID(int=wall_ms << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def wall_ms_of(identifier: UUID) -> int:
    """Return the instant inside a version 7 UUID, in milliseconds since 1970-01-01 UTC.

    Raises:
        ValueError: the UUID is of another version.
    """
    if identifier.version != 7:
        raise ValueError("only a version 7 UUID carries an instant")
    return identifier.int >> 80


def id_from(*parts: str) -> UUID:
    """Return the id that these facts always give, so that a repeated delivery names the same thing.

    Parts are joined by a unit separator; ``("a", "bc")`` and ``("ab", "c")`` differ.
    """
    return uuid5(NAMESPACE, "\x1f".join(parts))


def conflict_id_of(mutation_id: UUID) -> UUID:
    """Return the id of the conflict that an edit opens, if it opens one."""
    return id_from("conflict", str(mutation_id))


def record_id_of(kind: str, code: str) -> UUID:
    """Return the record id of a thing that the trade knows by a code: a product's SKU, a store's code."""
    return id_from("record", kind, code)
