"""What a value was before, and whether it may stand again. Pure."""

from typing import Any

from schemas.record import Stamp, Struct


class PastValue(Struct, frozen=True):
    """A value that once stood."""

    entry_id: int
    path: str  # field or field/entry
    value: Any
    ended_at: int  # wall milliseconds UTC when it gave way
    undo_until: int  # wall milliseconds UTC
    said: Stamp | None = None  # None where nobody said it


def restorable(past: PastValue, now_ms: int, *, writes: bool) -> bool:
    """Whether this value may be put back: by who may write the field, within the server's time."""
    return writes and now_ms < past.undo_until and past.value not in (None, "", {}, [])
