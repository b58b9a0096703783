"""The hybrid logical clock: readings that grow on one device and follow what it has heard from others.

Source: Kulkarni et al., "Logical Physical Clocks", 2014, figure 5.
"""

from schemas.hlc import MAX_COUNTER, Hlc, counter_of, pack, wall_ms_of

MAX_AHEAD_MS = 60_000  # a reading further ahead of the judge's clock is clamped, never refused


def tick(last: Hlc, wall_ms: int) -> Hlc:
    """Return the next reading for something that happens now. Always greater than ``last``."""
    if wall_ms > wall_ms_of(last):
        return pack(wall_ms, 0)
    return _after(last)


def hear(last: Hlc, heard: Hlc, wall_ms: int) -> Hlc:
    """Return the next reading after hearing somebody else's. Greater than both, save a clamped one."""
    return tick(max(last, clamp(heard, wall_ms)), wall_ms)


def clamp(reading: Hlc, wall_ms: int) -> Hlc:
    """Return the reading, or *now* when it claims to be more than a minute ahead."""
    if wall_ms_of(reading) > wall_ms + MAX_AHEAD_MS:
        return pack(wall_ms, 0)
    return reading


def _after(reading: Hlc) -> Hlc:
    if counter_of(reading) < MAX_COUNTER:
        return Hlc(reading + 1)
    return pack(wall_ms_of(reading) + 1, 0)
