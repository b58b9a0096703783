"""A real PostgreSQL as the scheduler sees it: one transaction beside another, and tables to read.

A transaction that would wait for another's row is told whom to wait for, as in memory.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import asyncpg

from schemas.customer import FIELDS
from schemas.record import Struct
from server.database.pool import Pool, open_pool, prepare
from server.database.standing import open_walled_pool
from server.replication.fragments import is_empty
from tests.simulation.memory import MOST_LOST
from tests.simulation.point_in_time import PointInTime
from tests.simulation.postgres_glances import settings_of

T = TypeVar("T")


class Place(Struct):
    """Where a commit begins in the log."""

    lsn: int


class Transaction:
    """One open transaction on a connection of its own."""

    xid = None  # numbers are PostgreSQL's business

    def __init__(self, database: "Database") -> None:
        self.database = database
        self.connection = database.take()
        self.writes: dict[str, Any] = {}
        self._real = self.connection.transaction()
        database.run(self._real.start())
        database.run(self.connection.execute("set local lock_timeout = '250ms'"))

    def get(self, _table: str, _key: Any) -> None:
        """Nothing: the server's tables are not looked at from here."""
        return None

    def commit(self) -> None:
        """Commit, and give the connection back."""
        self.database.note_place(self.connection)
        self._end(self._real.commit())

    def rollback(self) -> None:
        """Roll back, and give the connection back."""
        self._end(self._real.rollback())

    def _end(self, ending: Coroutine[Any, Any, None]) -> None:
        self.database.run(ending)
        self.database.give(self)


class Database:
    """A PostgreSQL as the scheduler sees it: transactions that are open, and tables to read."""

    def __init__(self, url: str, *, kept: PointInTime | None = None) -> None:
        self.loop = asyncio.new_event_loop()
        self.url = url
        self.kept = kept  # by which it can be put back; None where others use the same cluster
        self.standby = False
        self.lsn = 0
        self.undo: list[Place] = []  # of the latest commits
        self.committed: list[int] = []
        self._idle: list[Any] = []
        self._pool: Pool | None = None
        self._walled: Pool | None = None
        self.open: list[Transaction] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return self.loop.run_until_complete(work)

    def begin(self) -> Transaction:
        """Open a transaction."""
        opened = Transaction(self)
        self.open.append(opened)
        return opened

    def take(self) -> Any:
        """Return a connection that nobody uses."""
        if not self._idle:
            made = self.run(asyncpg.connect(self.url))
            self.run(prepare(made))
            self._idle.append(made)
        return self._idle.pop()

    def put_back(self, connection: Any) -> None:
        """Take a connection back that nobody uses any more."""
        self._idle.append(connection)

    def give(self, ended: Transaction) -> None:
        """Take the connection of a transaction back."""
        self.open.remove(ended)
        self.put_back(ended.connection)

    def rows(self, statement: str, *arguments: Any) -> list[Any]:
        """Return the rows of a statement outside any transaction."""
        connection = self.take()
        try:
            return list(self.run(connection.fetch(statement, *arguments)))
        finally:
            self.put_back(connection)

    def do(self, statement: str, *arguments: Any) -> None:
        """Run statements outside any transaction."""
        connection = self.take()
        self.run(connection.execute(statement, *arguments))
        self.put_back(connection)

    def pool(self) -> Pool:
        """Return a pool, for what the product does in transactions of its own."""
        if self._pool is None:
            self._pool = self.run(open_pool(self.url, size=2))
        return self._pool

    async def walled(self) -> Pool:
        """Return a pool with the application's own login, behind the wall."""
        if self._walled is None:
            self._walled = await open_walled_pool(settings_of(self.url))
        return self._walled

    def note_place(self, connection: Any) -> None:
        """Keep where in the log a transaction is about to be committed, if it wrote anything."""
        if self.kept is None:
            return
        row = self.run(
            connection.fetchrow(
                "select pg_current_xact_id_if_assigned() is not null as wrote,"
                " (pg_current_wal_insert_lsn() - '0/0')::bigint as lsn"
            )
        )
        if row["wrote"]:
            self.undo = [*self.undo[1 - MOST_LOST :], Place(lsn=row["lsn"])]
            self.lsn = row["lsn"] + 1

    def go_back(self, lsn: int) -> None:
        """Put the cluster back to a place in its log: what was committed after it is lost."""
        assert self.kept is not None
        self.leave()
        self.kept.go_back(lsn)
        self.url = self.kept.url(self.url)
        self.lsn, self.undo = lsn, []

    def leave(self) -> None:
        """Roll back what is open and close every connection."""
        for each in [*self.open]:
            each.rollback()
        for pool in (self._pool, self._walled):
            if pool is not None:
                self.run(pool.close())
        self._pool = self._walled = None
        for connection in self._idle:
            self.run(connection.close())
        self._idle = []

    def close(self) -> None:
        """Leave, for good."""
        self.leave()
        self.loop.close()

    def table(self, name: str) -> dict[Any, Any]:
        """Return what is committed of a table, in the shape that the memory has."""
        match name:
            case "scope":
                return {row["key"]: row["id"] for row in self.rows("select key, id from scope")}
            case "customer":
                return {row["id"]: _customer(row) for row in self.rows("select * from customer")}
            case "receipt":
                return {row["mutation_id"]: row for row in self.rows("select * from receipt")}
            case "held_edit":
                return {row["mutation_id"]: row for row in self.rows("select * from held_edit")}
            case "erasure_ack":
                rows = self.rows("select device_id, associate_id, record_id from erasure_ack")
                return {tuple(row): True for row in rows}
            case "field_past" | "conflict":
                return {row["id"]: row for row in self.rows(f"select * from {name}")}
            case _:
                found = self.rows("select m.* from member m where m.kind = 1")
                return {(row["scope"], row["record_id"]): row for row in found}


def _customer(row: Any) -> dict[str, Any]:
    values = {field: row[field] for field in FIELDS if not is_empty(row[field])}
    return {"values": values, "alias_of": row["alias_of"], "stamps": row["stamps"]}
