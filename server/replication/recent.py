"""What changed in a fragment lately, kept beside it: enough to tell a replica that alone.

A line for each write, the latest first: the revision it made, the transaction of the write before it, and a
mark for each path it changed. Paths may be a person's words, so they are not kept here.
"""

from collections.abc import Iterable
from uuid import UUID

from server.replication.fragments import Content
from sync.patching import MARK_LETTERS, DoesNotFit, Patch, changed_paths, cut, mark_of

KEPT = 480  # characters; a line that is cut there says nothing
MOST_PATHS = 24  # of one write; a larger one is sent whole
UNKNOWN = "?"  # in place of marks


def marks_between(before: Content | None, after: Content) -> str:
    """Return the marks of the paths at which two states of a fragment differ, or ``UNKNOWN``."""
    if before is None:
        return UNKNOWN
    paths = changed_paths(before, after)
    return "".join(sorted(map(mark_of, paths))) if 0 < len(paths) <= MOST_PATHS else UNKNOWN


class Seen:
    """What a snapshot sees, as ``pg_visible_in_snapshot`` would say."""

    def __init__(self, snapshot: str) -> None:
        low, high, running = snapshot.split(":")
        self._low, self._high = int(low), int(high)
        self._running = {int(number) for number in running.split(",") if number}

    def holds(self, xid: int) -> bool:
        """Whether this transaction is over in the snapshot."""
        return xid < self._low or (xid < self._high and xid not in self._running)


def patch_since(
    seen: Seen, *, record_id: UUID, group: str, rev: int, body: bytes, recent: str
) -> Patch | None:
    """Return what changed in a fragment that a replica holds as of a snapshot; None if that is not known."""
    marks = _marks_since(seen, rev, recent)
    if not marks:
        return None
    try:
        return Patch(record_id=record_id, group=group, rev=rev, changes=cut(body, marks), body=body)
    except DoesNotFit:
        return None


def _marks_since(seen: Seen, rev: int, recent: str) -> set[str]:
    """Return the marks of all writes that the snapshot does not see; nothing where one of them is missing."""
    found: set[str] = set()
    for line in recent.split("\n")[:-1]:
        made, before, marks = line.split(" ")
        if int(made) != rev or marks == UNKNOWN:
            return set()
        found.update(_cut_up(marks))
        if seen.holds(int(before)):
            return found
        rev -= 1
    return set()


def _cut_up(marks: str) -> Iterable[str]:
    return (marks[at : at + MARK_LETTERS] for at in range(0, len(marks), MARK_LETTERS))
