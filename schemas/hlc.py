"""One reading of a hybrid logical clock: 48 bits of milliseconds and 16 bits of counter in one integer.

Source: Kulkarni et al., "Logical Physical Clocks", 2014.
"""

from typing import NewType

Hlc = NewType("Hlc", int)

COUNTER_BITS = 16
MAX_COUNTER = (1 << COUNTER_BITS) - 1
ZERO = Hlc(0)


def pack(wall_ms: int, counter: int) -> Hlc:
    """Return the reading of an instant (milliseconds since 1970 UTC) and a counter.

    Raises:
        ValueError: either part is out of range.
    """
    if not 0 <= wall_ms < 1 << 47 or not 0 <= counter <= MAX_COUNTER:
        raise ValueError("a reading holds 47 bits of milliseconds and 16 bits of counter")
    return Hlc(wall_ms << COUNTER_BITS | counter)


def wall_ms_of(reading: Hlc) -> int:
    """Return the milliseconds since 1970 UTC of a reading."""
    return reading >> COUNTER_BITS


def counter_of(reading: Hlc) -> int:
    """Return the counter of a reading."""
    return reading & MAX_COUNTER
