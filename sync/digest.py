"""An order-free checksum of what a replica holds: equal when the stores are equal, and only then."""

from collections.abc import Iterable
from hashlib import md5
from uuid import UUID

BUCKETS = 256
SUM_BYTES = 8


def digest(fragments: Iterable[tuple[UUID, str, int]]) -> bytes:
    """Return one checksum per bucket of records, one after the other.

    PostgreSQL computes the same in one statement (server.replication.checking). The hash guards against our
    own mistakes, not against an adversary: whoever can write the store can lie about it.

    Args:
        fragments: (record, group, revision) of every fragment held, in any order. A damaged file may hold any
            revision.

    Returns:
        ``BUCKETS`` times ``SUM_BYTES``; a record's bucket is the first byte of its id, and a bucket's sum the
        exclusive-or of a hash per fragment.
    """
    sums = [0] * BUCKETS
    for record_id, group, rev in fragments:
        key = record_id.bytes
        line = md5(key + rev.to_bytes(8, "big", signed=True) + group.encode(), usedforsecurity=False)
        sums[key[0]] ^= int.from_bytes(line.digest()[:SUM_BYTES], "big")
    return b"".join(each.to_bytes(SUM_BYTES, "big") for each in sums)


def differing(ours: bytes, theirs: bytes) -> tuple[int, ...]:
    """Return the buckets whose sums differ.

    Raises:
        ValueError: these are no two digests.
    """
    if len(ours) != len(theirs) or len(ours) != BUCKETS * SUM_BYTES:
        raise ValueError("no digest")
    places = range(0, len(ours), SUM_BYTES)
    return tuple(
        bucket
        for bucket, place in enumerate(places)
        if ours[place : place + SUM_BYTES] != theirs[place : place + SUM_BYTES]
    )
