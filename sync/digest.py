"""An order-free checksum of what a replica holds: equal when the stores are equal, and only then."""

from collections.abc import Iterable
from hashlib import blake2b
from uuid import UUID

BUCKETS = 256


def digest(fragments: Iterable[tuple[UUID, str, int]]) -> dict[tuple[int, str], bytes]:
    """Return one checksum per bucket and field group.

    Args:
        fragments: (record, group, revision) of every fragment held, in any order.

    Returns:
        (first byte of the record's id, group) -> 8 bytes; the exclusive-or of a hash per fragment.
    """
    sums: dict[tuple[int, str], int] = {}
    for record_id, group, rev in fragments:
        key = (record_id.bytes[0], group)
        line = record_id.bytes + rev.to_bytes(8, "big") + group.encode()
        sums[key] = sums.get(key, 0) ^ int.from_bytes(blake2b(line, digest_size=8).digest(), "big")
    return {key: value.to_bytes(8, "big") for key, value in sums.items() if value}
