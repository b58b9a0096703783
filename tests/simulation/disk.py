"""A tablet's disk: a real SQLite connection that can fill up, or stop with the power, at any statement."""

import sqlite3
from typing import Any

from sync.replica.database import open_store

MOST_IDLE = 16  # more than one world uses at once
_idle: list[sqlite3.Connection] = []  # as the first start leaves them: given back, emptied, used again


class PowerCut(BaseException):
    """The tablet stopped. Nobody catches this but the simulation."""


class Disk:
    """Stands where the store expects its connection, and forwards everything to SQLite."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.real = connection
        self.cut_after: int | None = None  # statements until the power goes
        self.full_after: int | None = None  # writes until nothing fits any more
        self.failed = False  # whether the last fault set here came to pass

    def execute(self, statement: str, *arguments: Any) -> sqlite3.Cursor:
        """Run one statement, unless the disk says no."""
        self._spend(statement)
        return self.real.execute(statement, *arguments)

    def executemany(self, statement: str, rows: Any) -> sqlite3.Cursor:
        """Run one statement for many rows, unless the disk says no."""
        self._spend(statement)
        return self.real.executemany(statement, rows)

    def restart(self) -> None:
        """Start again after a power cut: what was not committed is gone."""
        self.cut_after = self.full_after = None
        if self.real.in_transaction:
            self.real.rollback()

    def image(self) -> bytes:
        """Return a copy of the whole file."""
        return self.real.serialize()

    def content(self) -> bytes:
        """Return every value that the file keeps, of every table.

        SQLite leaves copies in the gaps of pages it rebuilt: they are not looked at here.
        """
        kept = []
        for table in _tables(self.real):
            for row in self.real.execute(f"select * from {table}"):
                kept += [each if isinstance(each, bytes) else str(each).encode() for each in row]
        return b"\0".join(kept)

    def give_back(self) -> None:
        """Let another tablet have the connection, with nothing in it."""
        self.restart()
        self.real.execute("begin")
        for table in _tables(self.real):
            self.real.execute(f"delete from {table}")
        self.real.execute("commit")
        if len(_idle) < MOST_IDLE:
            _idle.append(self.real)
        else:  # copies are given back too, and were never taken from here
            self.real.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def _spend(self, statement: str) -> None:
        if self.cut_after is not None:
            self.cut_after -= 1
            if self.cut_after < 0:
                self.failed = True
                raise PowerCut
        if self.full_after is not None and statement.lstrip()[:6].lower() in ("insert", "update", "delete"):
            self.full_after -= 1
            if self.full_after < 0:
                self.failed = True
                full = sqlite3.OperationalError("database or disk is full")
                full.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise full


def new_disk() -> Disk:
    """Return a disk as the first start of the app leaves it."""
    return Disk(_idle.pop() if _idle else open_store(":memory:"))


def disk_of(image: bytes) -> Disk:
    """Return a disk with this file on it."""
    twin = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    twin.deserialize(image)
    twin.execute("pragma secure_delete = on")
    return Disk(twin)


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
