"""The house over a real PostgreSQL, where merging, erasing, sweeping and publishing are the product's own."""

from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from schemas.record import Kind
from schemas.staff import Role
from schemas.visibility import Level
from server.database.pool import Connection
from server.identity import merging
from server.policy import publication
from server.policy.in_force import groups_to_write, publish_default, wall_follows
from server.privacy import erasing, fingerprints
from server.problems import Refusal
from server.replication import lives, publishing, recut, sweeping
from server.scope import pin_scope, tablet_scopes
from tests.simulation.head_office import HeadOffice
from tests.simulation.house import LEASE_S, TOKEN_KEY, House
from tests.simulation.memory import Blocked
from tests.simulation.postgres import Database
from tests.simulation.postgres_glances import Glances, family_of
from tests.simulation.postmaster import Postmaster
from tests.simulation.staff import BRAND, OFFICE, ZONES

T = TypeVar("T")

KEPT = {"alembic_version", "wall"}
_NUMBERED = (("member", "xid"), ("member", "moved"), ("fragment", "xid"), ("erasure", "xid"))
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)  # before anything here: what is swept is departures alone


class PostgresHouse(House):
    """The house over a real PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self.database = database
        super().__init__(page_bytes=1)
        self._glances = Glances(self, feed_key=TOKEN_KEY, lease_s=LEASE_S)
        self.memory: Any = database
        self.office = PostgresOffice(self)
        self.postmaster = PostgresPostmaster(self)

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

    def glance(self, code: str, device: str, body: bytes) -> bytes | None:
        return self.run(self._glances.answer(code, device, body))

    def keep_person(self, code: str) -> None:
        person = self.people[code]
        zone = "south" if person.role is Role.ZONE_MANAGER else None
        self.database.do(
            "update associate set role = $2, stores = $3, zone = $4, epoch = $5 where id = $1",
            person.associate_id,
            person.role.value,
            list(person.stores),
            zone,
            person.epoch,
        )

    def keep_device(self, name: str) -> None:
        device = self.devices[name]
        self.database.do(
            "update device set store = $2, epoch = $3 where id = $1",
            device.device_id,
            device.store,
            device.epoch,
        )

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

    def _open(self) -> None:
        names = self.database.rows("select tablename from pg_tables where schemaname = 'public'")
        tables = ", ".join(row["tablename"] for row in names if row["tablename"] not in KEPT)
        self.database.do(f"truncate {tables} restart identity cascade")
        lives._lives.clear()
        fingerprints.use_secret(b"a secret of the simulation")
        connection = self.database.take()
        self.database.run(self._furnish(connection))
        self.database.put_back(connection)

    async def _furnish(self, connection: Any) -> None:
        await connection.executemany(
            "insert into store (code, name, city, brand, zone) values ($1, $1, $1, $2, $3)",
            [(store, BRAND, zone) for zone, stores in ZONES.items() for store in stores],
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
        await connection.executemany(
            """
            insert into refresh_family (id, associate_id, device_id, expires_at)
            values ($1, $2, $3, 'infinity')
            """,
            [
                (
                    family_of(person.associate_id, device.device_id),
                    person.associate_id,
                    device.device_id,
                )
                for person in self.people.values()
                for device in self.devices.values()
            ],
        )
        await publish_default(connection)
        await wall_follows(connection)


class PostgresOffice(HeadOffice):
    """Head office, by the product's own means."""

    def __init__(self, house: PostgresHouse) -> None:
        super().__init__(house)
        self._database = house.database
        self._run = house.run

    def stamps_of(self, at: Any, record_id: UUID) -> dict[str, int]:
        stamps = self._run(at.connection.fetchval("select stamps from customer where id = $1", record_id))
        return {path: stamp["rev"] for path, stamp in (stamps or {}).items()}

    def erase(self, at: Any, record_id: UUID) -> list[UUID]:
        asked = erasing.erase(at.connection, self._principal(), record_id, reason="asked")
        try:
            return list(self._run(asked).ids)
        except Refusal:
            return []

    def merge(self, at: Any, loser: UUID, winner: UUID) -> bool:
        return self._join(self._merge(at.connection, loser, winner))

    def unmerge(self, at: Any, loser: UUID) -> bool:
        return self._join(self._unmerge(at.connection, loser))

    def unpin(self, at: Any, device: str) -> bool:
        return self._join(self._unpin(at.connection, pin_scope(self._house.devices[device].device_id)))

    def publish_policy(self, at: Any, role: Role, fields: Sequence[str], level: Level) -> None:
        wanted = self._changed(role, fields, level)
        self._run(publication.publish(at.connection, wanted, note="", by=self._principal().associate_id))

    def bring_into_force(self) -> None:
        pool = self._database.pool()
        self._run(recut.finish(pool, grace_s=0))
        connection = self._database.take()
        made = self._run(publication.standing(connection))
        self._database.put_back(connection)
        self._take_up(made)

    def _principal(self) -> Any:
        return self._house.principal(OFFICE, None)

    def _join(self, work: Coroutine[Any, Any, None]) -> bool:
        try:
            self._run(work)
        except Refusal:
            return False
        return True

    async def _merge(self, connection: Connection, loser: UUID, winner: UUID) -> None:
        principal, now = self._principal(), self._house.now
        pair = await merging.lock_pair(connection, principal, loser=loser, winner=winner)
        groups = await groups_to_write(connection)
        await merging.merge(connection, principal, pair, choices={}, reason=None, groups=groups, now=now)

    async def _unmerge(self, connection: Connection, loser: UUID) -> None:
        groups = await groups_to_write(connection)
        await merging.unmerge(connection, self._principal(), loser, groups=groups, now=self._house.now)

    async def _unpin(self, connection: Connection, key: str) -> None:
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


class PostgresPostmaster(Postmaster):
    """What happens to a real PostgreSQL."""

    def __init__(self, house: PostgresHouse) -> None:
        self._house = house
        self._database = house.database
        self._swept = LONG_AGO
        self._place: int | None = None  # in the log, of the backup

    def sweep(self) -> int:
        """Note what is over by now; long after, sweep what had departed by then."""
        pool, gone = self._database.pool(), 0
        for _ in range(2):
            gone += self._house.run(sweeping.sweep(pool, now=self._swept)).departures
            self._swept += sweeping.KEPT_FOR + timedelta(days=1)
        return gone

    def crash(self) -> None:
        self._database.do("delete from boot_marker")
        self._database.undo = []

    def restore_elsewhere(self) -> None:
        """Go on as another system that was loaded with the same rows: its numbers are all new."""
        for table, column in _NUMBERED:
            self._database.do(f"update {table} set {column} = pg_current_xact_id()")
        self._database.do("update boot set system_identifier = 'another'")
        self.crash()

    def backup(self) -> None:
        connection = self._database.take()
        self._place = self._database.run(
            connection.fetchval("select (pg_current_wal_insert_lsn() - '0/0')::bigint")
        )
        self._database.put_back(connection)

    def restore(self) -> bool:
        """Recover to where the log was when the backup was made."""
        if self._place is None:
            return False
        self._go_back(self._place)
        self._place = None
        return True

    def fail_over(self, lost: int) -> None:
        """Go on from a timeline that lacks the latest commits, as a promoted standby does."""
        place = self._database.undo[-lost].lsn
        self._go_back(place)
        if self._place is not None and self._place > place:
            self._place = None

    def _go_back(self, place: int) -> None:
        """Lose what was committed since, but not who works where: that is said again."""
        self._database.go_back(place)
        for code in self._house.people:
            self._house.keep_person(code)
        for name in self._house.devices:
            self._house.keep_device(name)
