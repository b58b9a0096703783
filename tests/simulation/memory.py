"""PostgreSQL as far as replication asks it: transactions with numbers, snapshots, row locks, savepoints.

Rows of a table are held by key. A transaction writes over what is committed and nobody else sees it before it
commits; its number is drawn at its first write, so that commits come in another order than numbers. Row locks
are the records': who meets one is told whom to wait for, because a simulation must not wait.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

Row = tuple[Any, ...] | dict[str, Any] | str | int
_GONE: Any = object()


MOST_LOST = 8  # commits that a standby may lack


@dataclass(frozen=True, slots=True)
class _Undo:
    """What a commit took the place of."""

    xid: int
    lsn: int
    rows: dict[str, dict[Any, Any]]


class Blocked(Exception):
    """Another transaction holds the row; it has to end first."""

    def __init__(self, holder: "Transaction") -> None:
        super().__init__("row locked")
        self.holder = holder


@lru_cache(maxsize=1024)
def snapshot_parts(text: str) -> tuple[int, int, frozenset[int]]:
    """Return xmin, xmax and the transactions in progress of a snapshot's text."""
    low, high, running = text.split(":")
    return int(low), int(high), frozenset(int(each) for each in running.split(",") if each)


def visible(xid: int, text: str) -> bool:
    """What ``pg_visible_in_snapshot`` says."""
    low, high, running = snapshot_parts(text)
    return xid < low or (xid < high and xid not in running)


class Memory:
    """The committed state, and the transactions in progress."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Any, Any]] = {}
        self.next_xid = 10
        self.running: list[Transaction] = []
        self.committed: list[int] = []  # in the order of commits
        self.locks: dict[Any, Transaction] = {}
        self.standby = False
        self.lsn = 1  # how far the log was written
        self.gc_floor = 0  # departures below this number may have been swept
        self.undo: list[_Undo] = []  # the latest commits, for a standby that did not get them

    def twin(self) -> "Memory":
        """Return another memory with the same past. Nothing may be under way."""
        made = Memory()
        made.tables = {name: dict(rows) for name, rows in self.tables.items()}
        made.next_xid, made.committed, made.lsn = self.next_xid, list(self.committed), self.lsn
        made.gc_floor, made.undo = self.gc_floor, list(self.undo)
        return made

    def begin(self) -> "Transaction":
        """Open a transaction."""
        opened = Transaction(self)
        self.running.append(opened)
        return opened

    def snapshot(self) -> str:
        """Return the text of ``pg_current_snapshot()``."""
        open_now = sorted(each.xid for each in self.running if each.xid is not None)
        low = open_now[0] if open_now else self.next_xid
        return f"{low}:{self.next_xid}:{','.join(map(str, open_now))}"

    def crash(self) -> None:
        """Lose what is not committed. Numbers that left no trace on disk are handed out again."""
        for each in list(self.running):
            each.rollback()
        self.next_xid = max(self.committed, default=9) + 1
        self.gc_floor = min(self.gc_floor, self.next_xid)

    def lose(self, commits: int) -> None:
        """Go on from a standby that lacks the latest commits: their numbers are given out again."""
        self.crash()
        for _ in range(commits):
            last = self.undo.pop()
            for table, rows in last.rows.items():
                held = self.table(table)
                for key, row in rows.items():
                    if row is _GONE:
                        held.pop(key, None)
                    else:
                        held[key] = row
            self.committed.remove(last.xid)
            self.lsn = last.lsn
        self.next_xid = max(self.committed, default=9) + 1
        self.gc_floor = min(self.gc_floor, self.next_xid)

    def table(self, name: str) -> dict[Any, Any]:
        """Return the committed rows of a table by key. Read only."""
        return self.tables.setdefault(name, {})


class Transaction:
    """One transaction: its own view, its locks and its number once it writes."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.xid: int | None = None
        self.writes: dict[str, dict[Any, Any]] = {}
        self.locked: list[Any] = []
        self.open = True

    def number(self) -> int:
        """What ``pg_current_xact_id`` says: draws the number if none was drawn."""
        if self.xid is None:
            self.xid = self.memory.next_xid
            self.memory.next_xid += 1
        return self.xid

    def lock(self, key: Any) -> None:
        """Hold a row until the end.

        Raises:
            Blocked: another transaction holds it.
        """
        holder = self.memory.locks.get(key)
        if holder is not None and holder is not self:
            raise Blocked(holder)
        if holder is None:
            self.memory.locks[key] = self
            self.locked.append(key)

    def get(self, table: str, key: Any) -> Any:
        """Return a row, or None."""
        own = self.writes.get(table)
        if own is not None and key in own:
            value = own[key]
            return None if value is _GONE else value
        return self.memory.table(table).get(key)

    def put(self, table: str, key: Any, row: Any) -> None:
        """Write a row."""
        self.number()
        self.writes.setdefault(table, {})[key] = row

    def delete(self, table: str, key: Any) -> None:
        """Delete a row."""
        self.put(table, key, _GONE)

    def rows(self, table: str) -> Iterator[tuple[Any, Any]]:
        """Yield the rows this transaction sees, with their keys, in no promised order."""
        own = self.writes.get(table)
        if not own:
            yield from self.memory.table(table).items()
            return
        for key, row in self.memory.table(table).items():
            if key not in own:
                yield key, row
        for key, row in own.items():
            if row is not _GONE:
                yield key, row

    def savepoint(self) -> dict[str, dict[Any, Any]]:
        """Return what to give to ``rollback_to``."""
        return {table: dict(rows) for table, rows in self.writes.items()}

    def rollback_to(self, point: dict[str, dict[Any, Any]]) -> None:
        """Undo what was written since. The number stays drawn, as in PostgreSQL."""
        self.writes = point

    def commit(self) -> None:
        """Show everything at once."""
        before: dict[str, dict[Any, Any]] = {}
        for table, rows in self.writes.items():
            held = self.memory.table(table)
            before[table] = {key: held.get(key, _GONE) for key in rows}
            for key, row in rows.items():
                if row is _GONE:
                    held.pop(key, None)
                else:
                    held[key] = row
        if self.xid is not None:
            self.memory.committed.append(self.xid)
            undo = _Undo(xid=self.xid, lsn=self.memory.lsn, rows=before)
            self.memory.undo = [*self.memory.undo[1 - MOST_LOST :], undo]
            self.memory.lsn += 1
        self._end()

    def rollback(self) -> None:
        """Undo everything."""
        self._end()

    def _end(self) -> None:
        self.open = False
        self.memory.running.remove(self)
        for key in self.locked:
            del self.memory.locks[key]


def first_uuid() -> UUID:
    """The least of all ids."""
    return UUID(int=0)
