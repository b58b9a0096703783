"""Fragments told by what changed in them, in columns: a page of small changes is mostly ids and instants.

``sync.patching`` makes and reads it.
"""

from typing import Any
from uuid import UUID

from schemas.record import Struct

PATCHES = 1  # the format written here; 0: none, whole fragments


class Teller(Struct, array_like=True):
    """From whom and where values came."""

    channel: str
    author: str
    store: str | None
    device: UUID | None


class Patches(Struct, array_like=True):
    """Changes of fragments that the replica holds; a column has one place for each fragment or each change.

    A fragment is (record, group, revision) and how many changes are its own. A change is a path, and flags:
    1 with a value, 2 with a stamp, 4 the value is gone, 8 its instant is told apart. Values, stamps and
    instants stand in columns of their own, one for each change that has one. In a value bytes are a UUID
    without its leading zeros, written as text.
    """

    groups: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    tellers: tuple[Teller, ...] = ()
    record: bytes = b""  # sixteen each
    group: tuple[int, ...] = ()
    rev: tuple[int, ...] = ()
    changes: tuple[int, ...] = ()
    path: tuple[int, ...] = ()
    flags: bytes = b""  # one each
    value: tuple[Any, ...] = ()
    teller: tuple[int, ...] = ()
    value_rev: tuple[int, ...] = ()
    wall_ms: tuple[int, ...] = ()  # of the reading, each after the one before
    counter: tuple[int, ...] = ()  # of the reading
    at: tuple[int, ...] = ()
    sum: bytes = b""  # of all bodies that come of it: sync.patching.sum_of
