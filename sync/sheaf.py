"""Many small values in one: bound together once, each of them taken out without looking at the others.

The ends of all but the last come first, 32 bits each: a sheaf of one value is that value.
"""

import struct
from collections.abc import Sequence
from itertools import accumulate, pairwise

_END = 4  # bytes


class SheafBroken(Exception):
    """These bytes hold no such values."""


def bind(values: Sequence[bytes]) -> bytes:
    """Return these values as one, in their order; there is at least one."""
    ends = list(accumulate(map(len, values[:-1])))
    return b"".join([struct.pack(f"<{len(ends)}I", *ends), *values])


def one_of(sheaf: bytes, place: int, count: int) -> bytes:
    """Return the value at a place among ``count``.

    Raises:
        SheafBroken: these bytes hold no such values.
    """
    first = _END * (count - 1)
    try:
        start = struct.unpack_from("<I", sheaf, _END * (place - 1))[0] if place else 0
        end = struct.unpack_from("<I", sheaf, _END * place)[0] if place < count - 1 else len(sheaf) - first
    except struct.error as error:
        raise SheafBroken from error
    if not start <= end <= len(sheaf) - first:
        raise SheafBroken
    return sheaf[first + start : first + end]


def all_of(sheaf: bytes, count: int) -> list[bytes]:
    """Return all values of a sheaf of ``count``.

    Raises:
        SheafBroken: these bytes hold no such values.
    """
    first, ends = _END * (count - 1), ends_of(sheaf, count)
    return [sheaf[first + start : first + end] for start, end in pairwise((0, *ends))]


def ends_of(sheaf: bytes, count: int) -> tuple[int, ...]:
    """Return where each value of a sheaf of ``count`` ends, counted from where the first begins.

    Raises:
        SheafBroken: these bytes hold no such values.
    """
    try:
        ends = (*struct.unpack_from(f"<{count - 1}I", sheaf), len(sheaf) - _END * (count - 1))
    except struct.error as error:
        raise SheafBroken from error
    if ends != tuple(sorted(ends)):
        raise SheafBroken
    return ends
