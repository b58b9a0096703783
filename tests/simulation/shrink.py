"""Leaving out of a failing story what it does not need to fail."""

from collections.abc import Callable, Sequence
from time import monotonic

from tests.simulation.story import Step

Fails = Callable[[Sequence[Step]], bool]


def shrink(story: Sequence[Step], fails: Fails, *, patience_s: float = 60.0) -> list[Step]:
    """Return a part of the story that still fails, from which no single step can be left out.

    Larger parts are tried first. When patience ends the shortest so far is returned.
    """
    deadline = monotonic() + patience_s
    kept = list(story)
    size = max(1, len(kept) // 2)
    while True:
        at, shorter = 0, False
        while at < len(kept):
            tried = kept[:at] + kept[at + size :]
            if monotonic() > deadline:
                return kept
            if fails(tried):
                kept, shorter = tried, True
            else:
                at += size
        if size == 1 and not shorter:
            return kept
        size = max(1, size // 2)
