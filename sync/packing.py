"""All fragments of a record in one small piece: heads to be looked at often, bodies deflated together.

Records of one part look alike, so they are deflated against what many of them share, the part's dictionary: a
customer of 1.5 kB takes some 400 bytes, and is inflated in ten microseconds when her card is opened.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

DICTIONARY_BYTES = 32_000  # what deflate can look back at
COUNTED = 400  # records looked at for it
SHARED_BY = 20  # records of them
LARGEST = 16 << 20  # bytes of a record, inflated
LEVEL = 6
_RAW = -15  # deflate without header and sum: the store and the part have their own

Head = tuple[int, int, int]  # the number of the group's name, the revision, how many bytes the body has
Fragment = tuple[str, int, bytes]  # group, revision, body

_WORD = re.compile(rb"[^\s{}\[\]\":,]+")
_heads = msgspec.msgpack.Decoder(list[Head])
_encoder = msgspec.msgpack.Encoder()


class PackBroken(Exception):
    """These bytes are no pack."""


def dictionary_of(records: Sequence[bytes]) -> bytes:
    """Return what records are deflated against: their shape, and words that many of them share.

    It outlives each of its records, so nothing is in it that fewer than ``SHARED_BY`` of them hold.
    """
    counted = records[:: max(1, len(records) // COUNTED)]
    held = Counter(word for record in counted for word in set(_WORD.findall(record)))
    shared = {word for word, count in held.items() if count >= SHARED_BY}
    shapes: list[bytes] = []
    size = 0
    for record in counted:
        shape = _WORD.sub(lambda found: found[0] if found[0] in shared else b"", record)
        shapes.append(shape)
        size += len(shape)
        if size >= DICTIONARY_BYTES:
            break
    return b"".join(shapes)[:DICTIONARY_BYTES]


def pack(
    fragments: Iterable[tuple[str, int, bytes]], numbers: dict[str, int], dictionary: bytes
) -> tuple[bytes, bytes]:
    """Return the heads and the deflated bodies of a record's fragments.

    Args:
        numbers: of the groups' names; new ones are added.
    """
    heads = []
    deflating = zlib.compressobj(LEVEL, zlib.DEFLATED, _RAW, 8, zlib.Z_DEFAULT_STRATEGY, dictionary)
    parts = []
    for group, rev, body in fragments:
        heads.append((numbers.setdefault(group, len(numbers)), rev, len(body)))
        parts.append(deflating.compress(body))
    parts.append(deflating.flush())
    return _encoder.encode(heads), b"".join(parts)


def heads_of(heads: bytes, groups: Sequence[str]) -> list[tuple[str, int]]:
    """Return (group, revision) of a record's fragments.

    Raises:
        PackBroken: these are no heads.
    """
    try:
        return [(groups[number], rev) for number, rev, _ in _heads.decode(heads)]
    except (msgspec.DecodeError, IndexError) as error:
        raise PackBroken(type(error).__name__) from error


def unpack(heads: bytes, bodies: bytes, groups: Sequence[str], dictionary: bytes) -> list[Fragment]:
    """Return a record's fragments.

    Raises:
        PackBroken: these bytes are no pack.
    """
    try:
        inflating = zlib.decompressobj(_RAW, zdict=dictionary)
        whole = inflating.decompress(bodies, LARGEST)
        found: list[Fragment] = []
        at = 0
        for number, rev, size in _heads.decode(heads):
            found.append((groups[number], rev, whole[at : at + size]))
            at += size
    except (zlib.error, msgspec.DecodeError, IndexError) as error:
        raise PackBroken(type(error).__name__) from error
    if not inflating.eof or at != len(whole):
        raise PackBroken("cut")
    return found
