"""A tablet's disk: a real SQLite connection that can fill up, or stop with the power, at any statement."""

import sqlite3
from typing import Any


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

    def copy(self) -> sqlite3.Connection:
        """Return a copy of the whole file."""
        twin = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        twin.deserialize(self.real.serialize())
        twin.execute("pragma secure_delete = on")
        return twin

    def content(self) -> bytes:
        """Return every byte that the file keeps.

        SQLite leaves copies in the gaps of pages it rebuilt: they are not looked at here.
        """
        twin = self.copy()
        twin.execute("vacuum")
        kept = twin.serialize()
        twin.close()
        return kept

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
