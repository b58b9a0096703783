"""What a value was before, and whether it may stand again. Pure."""

from typing import Any

from schemas.record import Stamp, Struct
from sync.merge_rules import RULES, Rule

HAS_PAST = frozenset(
    {field for field, rule in RULES.items() if rule in (Rule.PLAIN, Rule.GUARDED, Rule.KEYED)}
)  # fields of which the house keeps what gave way


class PastValue(Struct, frozen=True):
    """A value that once stood."""

    entry_id: int
    path: str  # field or field/entry
    value: Any
    ended_at: int  # wall milliseconds UTC when it gave way
    undo_until: int  # wall milliseconds UTC
    said: Stamp | None = None  # None where nobody said it


class Past(Struct, frozen=True):
    """What a value was before, newest first."""

    path: str
    values: tuple[PastValue, ...] = ()
    problem: str = ""  # why it is not known: a stable code


def restorable(past: PastValue, now_ms: int, *, writes: bool) -> bool:
    """Whether this value may be put back: by who may write the field, within the server's time."""
    return writes and now_ms < past.undo_until and past.value not in (None, "", {}, [])
