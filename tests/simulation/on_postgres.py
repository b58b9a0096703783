"""The same stories on a real PostgreSQL: every statement runs for real, one transaction beside another.

A transaction that would wait for another's row is told whom to wait for, as in memory. Merging, unmerging and
erasing are the product's own here.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, process_time
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from schemas.customer import FIELDS
from schemas.record import Kind
from server.database.embedded import cluster
from server.database.migrate import migrate
from server.database.pool import prepare
from server.identity import merging
from server.policy.in_force import groups_to_write, publish_default
from server.privacy import erasing, fingerprints
from server.problems import Refusal
from server.replication import lives, publishing, tablet_pull
from server.replication.fragments import is_empty
from server.scope import pin_scope, tablet_scopes
from tests.simulation.house import OFFICE, STORES, House
from tests.simulation.memory import Blocked
from tests.simulation.runs import Block, Progress, Tally
from tests.simulation.simulation import ending
from tests.simulation.story import Step, draw, steps_of
from tests.simulation.world import World

T = TypeVar("T")

# What needs a server of another kind, or is done to PostgreSQL itself in other proofs.
LEFT_OUT = {
    "policy_changed", "standby_asked", "history_lost", "server_backup_made", "server_restored", "failed_over",
    "feed_swept", "held_edit_decided",
}  # fmt: skip
KEPT = {"alembic_version"}


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
        self._end(self._real.commit())

    def rollback(self) -> None:
        """Roll back, and give the connection back."""
        self._end(self._real.rollback())

    def _end(self, ending: Coroutine[Any, Any, None]) -> None:
        self.database.run(ending)
        self.database.give(self)


class Database:
    """A PostgreSQL as the scheduler sees it: transactions that are open, and tables to read."""

    def __init__(self, url: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.url = url
        self.standby = False
        self.lsn = 0  # the place in the log is PostgreSQL's business, too
        self.committed: list[int] = []
        self._idle: list[Any] = []
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

    def give(self, ended: Transaction) -> None:
        """Take a connection back."""
        self.open.remove(ended)
        self._idle.append(ended.connection)

    def rows(self, statement: str, *arguments: Any) -> list[Any]:
        """Return the rows of a statement outside any transaction."""
        connection = self.take()
        try:
            return list(self.run(connection.fetch(statement, *arguments)))
        finally:
            self._idle.append(connection)

    def do(self, statement: str) -> None:
        """Run statements outside any transaction."""
        connection = self.take()
        self.run(connection.execute(statement))
        self._idle.append(connection)

    def close(self) -> None:
        """Close every connection."""
        for each in [*self.open]:
            each.rollback()
        for connection in self._idle:
            self.run(connection.close())
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


class PostgresHouse(House):
    """The house over a real PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self.database = database
        super().__init__(page_bytes=1)
        self.memory: Any = database

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self.database.run(work)
        except asyncpg.LockNotAvailableError as error:
            others = self.database.open[:-1]
            if not others:
                raise
            raise Blocked(others[0]) from error  # type: ignore[arg-type]

    def connect(self, at: Any) -> Any:
        return at.connection

    def edit(self, at: Any, record_id: UUID, mutation: Any, mid: UUID) -> str:
        stamps = self.run(at.connection.fetchval("select stamps from customer where id = $1", record_id))
        self._seen = {path: stamp["rev"] for path, stamp in (stamps or {}).items()}
        return super().edit(at, record_id, mutation, mid)

    def stamps_of(self, at: Any, record_id: UUID) -> dict[str, int]:
        return self._seen

    def erase(self, at: Any, record_id: UUID) -> list[UUID]:
        asked = erasing.erase(at.connection, self.principal(OFFICE, None), record_id, reason="asked")
        try:
            return list(self.run(asked).ids)
        except Refusal:
            return []

    def merge(self, at: Any, loser: UUID, winner: UUID) -> bool:
        return self._join(at, self._merge(at.connection, loser, winner))

    def unmerge(self, at: Any, loser: UUID) -> bool:
        return self._join(at, self._unmerge(at.connection, loser))

    def unpin(self, at: Any, device: str) -> bool:
        return self._join(at, self._unpin(at.connection, pin_scope(self.devices[device].device_id)))

    def crash(self) -> None:
        self.database.do("delete from boot_marker")

    def expected(self, code: str, device: str) -> set[tuple[UUID, str, int]]:
        principal = self.principal(code, device)
        rows = self.database.rows(
            """
            select f.record_id, f.grp, f.rev from fragment f
            where f.grp = any($2) and exists (
              select 1 from member m join scope s on s.id = m.scope
              where m.record_id = f.record_id and m.state = 1 and s.key = any($1))
            """,
            list(tablet_scopes(principal)),
            list(self.lens(code).groups),
        )
        return {(row["record_id"], row["grp"], row["rev"]) for row in rows}

    def expected_members(self, code: str, device: str) -> set[tuple[UUID, str]]:
        rows = self.database.rows(
            """
            select m.record_id, s.key from member m join scope s on s.id = m.scope
            where m.state = 1 and s.key = any($1)
            """,
            list(tablet_scopes(self.principal(code, device))),
        )
        return {(row["record_id"], row["key"]) for row in rows}

    def _join(self, at: Any, work: Coroutine[Any, Any, None]) -> bool:
        try:
            self.run(work)
        except Refusal:
            return False
        return True

    async def _merge(self, connection: Any, loser: UUID, winner: UUID) -> None:
        principal = self.principal(OFFICE, None)
        pair = await merging.lock_pair(connection, principal, loser=loser, winner=winner)
        groups = await groups_to_write(connection)
        await merging.merge(connection, principal, pair, choices={}, reason=None, groups=groups, now=self.now)

    async def _unpin(self, connection: Any, key: str) -> None:
        rows = await connection.fetch(
            """
            select c.id from customer c where exists (
              select 1 from member m join scope s on s.id = m.scope
              where m.record_id = c.id and m.state = 1 and s.key = $1)
            order by c.id for update of c
            """,
            key,
        )
        leaving = [(key, row["id"]) for row in rows]
        await publishing.move_members(connection, Kind.CUSTOMER, entering=[], leaving=leaving)

    async def _unmerge(self, connection: Any, loser: UUID) -> None:
        groups = await groups_to_write(connection)
        principal = self.principal(OFFICE, None)
        await merging.unmerge(connection, principal, loser, groups=groups, now=self.now)

    def _open(self) -> None:
        names = self.database.rows("select tablename from pg_tables where schemaname = 'public'")
        tables = ", ".join(row["tablename"] for row in names if row["tablename"] not in KEPT)
        self.database.do(f"truncate {tables} restart identity cascade")
        lives._lives.clear()
        fingerprints.use_secret(b"a secret of the simulation")
        connection = self.database.take()
        self.database.run(self._furnish(connection))
        self.database._idle.append(connection)

    async def _furnish(self, connection: Any) -> None:
        await connection.executemany(
            "insert into store (code, name, city, brand, zone) values ($1, $1, $1, 'maison', 'south')",
            [(store,) for store in STORES],
        )
        await connection.executemany(
            """
            insert into associate (id, code, given_name, family_name, role, stores, brand, password_hash)
            values ($1, $2, $2, 'Martin', $3, $4, 'maison', '')
            """,
            [
                (person.associate_id, person.code, person.role.value, list(person.stores))
                for person in self.people.values()
            ],
        )
        await connection.executemany(
            "insert into device (id, store, name, secret_hash, enrolled_by) values ($1, $2, $2, $3, $4)",
            [
                (device.device_id, device.store, b"", self.people[OFFICE].associate_id)
                for device in self.devices.values()
            ],
        )
        await publish_default(connection)

    def _new_boot(self) -> None:
        return None


@contextmanager
def small_pages() -> Iterator[None]:
    """Let pages be small inside the block."""
    smallest, tablet_pull.SMALLEST_PAGE = tablet_pull.SMALLEST_PAGE, 1
    try:
        yield
    finally:
        tablet_pull.SMALLEST_PAGE = smallest


def play_on(database: Database, story: Sequence[Step]) -> tuple[World, tuple[str, ...]]:
    """Tell a story to a world whose server is on this database."""
    with small_pages():
        world = World(PostgresHouse(database))
        world.write(said="merges are the product's own")
        broken = ending(world, [step for step in story if step.name not in LEFT_OUT])
        for each in [*database.open]:
            each.rollback()
        return world, broken


def play_many_on_postgres(
    blocks: Iterable[range], steps: int | None, *, progress: Progress = lambda tally, block: None
) -> Tally:
    """Run seeds one after the other on a PostgreSQL that is thrown away."""
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-simulation-") as folder,
        cluster(Path(folder) / "postgres", durable=False) as running,
    ):
        url = running.ensure_database("simulation")
        asyncio.run(migrate(url))
        return play_all_on(url, blocks, steps, progress=progress)


def play_all_on(
    url: str,
    blocks: Iterable[range],
    steps: int | None,
    *,
    progress: Progress = lambda tally, block: None,
    tell: Callable[[str], None] = lambda line: None,
) -> Tally:
    """Run seeds one after the other on a migrated database, whose rows are lost."""
    started, tally = monotonic(), Tally()
    database = Database(url)
    try:
        for seeds in blocks:
            block = _play_block(database, seeds, steps, tell)
            tally.add(block)
            progress(tally, block)
    except KeyboardInterrupt:
        tally.stopped = True
    finally:
        database.close()
    tally.wall_s = monotonic() - started
    return tally


def _play_block(database: Database, seeds: range, steps: int | None, tell: Callable[[str], None]) -> Block:
    faults: Counter[str] = Counter()
    broken: dict[int, tuple[str, ...]] = {}
    told, before = 0, process_time()
    for seed in seeds:
        story = draw(seed, steps_of(seed) if steps is None else steps)
        world, why = play_on(database, story)
        world.close()
        told += len(story)
        faults.update(world.faults)
        if why:
            broken[seed] = why
            tell("\n".join(world.told))
    return Block(
        first=seeds.start,
        seeds=len(seeds),
        steps=told,
        cpu_s=process_time() - before,
        faults=dict(sorted(faults.items())),
        broken=broken,
    )
