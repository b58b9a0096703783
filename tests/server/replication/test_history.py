"""A database that crashes, is restored or is promoted: what its tablets are told, and that no edit goes."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import msgspec
import psutil
import pytest

from schemas.mutations import AddElement
from schemas.protocol import PullReply, PullRequest, PushRequest, encode
from server.auth.principal import Principal
from server.database.embedded import Cluster, _environment, _identity, _program
from server.database.migrate import migrate
from server.database.pool import Connection, prepare
from server.policy.in_force import Policies
from server.replication.lives import OnStandby
from server.replication.tablet_pull import pull
from server.replication.tablet_push import push
from sync.replica.database import open_store
from sync.replica.engine import Exchange, Tally, decoded, sync_round
from sync.replica.store import Store
from tests.server.people import (
    customer_id,
    give_tablet,
    hire_everybody,
    make_customer,
    principal_named,
)
from tests.sync.replica.test_real_server import wall_ms

KEY = bytes(32)
CUSTOMERS = 20


@asynccontextmanager
async def connected(cluster: Cluster) -> AsyncIterator[Connection]:
    opened = await asyncpg.connect(cluster.dsn("house"))
    await prepare(opened)
    await opened.execute("set synchronous_commit = on")  # what was committed survives a kill
    try:
        yield opened
    finally:
        await opened.close()


class Seller:
    """One person's tablet, and a line that leads to whatever database is there."""

    def __init__(self, path: Path, cluster: Cluster, principal: Principal) -> None:
        assert principal.device_id is not None
        self.cluster = cluster
        self.principal = principal
        self.store = Store(open_store(path), app_version="1.0")
        self.store.set_up(
            device_id=principal.device_id, author=str(principal.associate_id), shop=principal.device_store
        )
        self.rows = 0
        self.reconciled: list[str] = []

    def like(self, element: str) -> None:
        self.store.submit(customer_id(1), AddElement(field="likes", element=element), wall_ms=wall_ms())

    def likes(self) -> set[str]:
        card = self.store.card(customer_id(1))
        assert card is not None
        return set(card.values.get("likes", {}))

    async def sync(self) -> None:
        steps = sync_round(self.store, Tally(), wall_ms=wall_ms, entropy=os.urandom)
        self.rows, self.reconciled = 0, []
        async with connected(self.cluster) as connection:
            try:
                asked = next(steps)
                while True:
                    reply = decoded(await self._answer(connection, asked), asked.reply)
                    if isinstance(reply, PullReply):
                        self.rows += len(reply.rows)
                        self.reconciled += [reply.reconcile] if reply.reconcile else []
                    asked = steps.send(reply)
            except StopIteration:
                return

    async def _answer(self, connection: Connection, asked: Exchange) -> bytes:
        given = {"now": datetime.now(UTC), "policies": Policies(), "lease_s": 60}
        async with connection.transaction():
            if asked.reply is PullReply:
                request = msgspec.msgpack.decode(asked.body, type=PullRequest)
                return encode(await pull(connection, self.principal, request, token_key=KEY, **given))
            said = msgspec.msgpack.decode(asked.body, type=PushRequest)
            return encode(await push(connection, self.principal, said, **given))


@pytest.fixture
async def primary(open_path: Path) -> AsyncIterator[Cluster]:
    cluster = Cluster(open_path / "primary", durable=False)
    with cluster:
        await migrate(cluster.ensure_database("house"))
        async with connected(cluster) as connection:
            await hire_everybody(connection)
            marie = await principal_named(connection, "marie")
            for number in range(1, CUSTOMERS + 1):
                await make_customer(connection, marie, number)
        yield cluster


@pytest.fixture
async def seller(primary: Cluster, tmp_path: Path) -> Seller:
    async with connected(primary) as connection:
        tablet = await give_tablet(connection)
        principal = await principal_named(connection, "ines", tablet)
    made = Seller(tmp_path / "seller.db", primary, principal)
    await made.sync()
    assert made.rows >= CUSTOMERS
    return made


def in_agreement(seller: Seller, likes: set[str]) -> bool:
    return seller.likes() == likes and not seller.store.pending() and not seller.store.problems()


async def truth(cluster: Cluster) -> set[str]:
    async with connected(cluster) as connection:
        return set(await connection.fetchval("select likes from customer where id = $1", customer_id(1)))


def copied(cluster: Cluster, place: Path, *, live: bool) -> Cluster:
    """Take a base backup: of the running server, or of its files while it is stopped."""
    place.mkdir()
    shutil.copy2(cluster.directory / "password", place / "password")
    if not live:
        shutil.copytree(cluster.directory / "data", place / "data")
        return Cluster(place, durable=False)
    for folder in (place, place.parent):
        shutil.chown(folder, *owner(cluster))
    run(
        "pg_basebackup",
        "-D",
        str(place / "data"),
        "-X",
        "stream",
        "-c",
        "fast",
        "-d",
        cluster.dsn("postgres"),
    )
    return Cluster(place, durable=False)


def owner(cluster: Cluster) -> tuple[int, int]:
    found = (cluster.directory / "data").stat()
    return found.st_uid, found.st_gid


def run(program: str, *arguments: str) -> None:
    subprocess.run(
        [_program(program), *arguments],
        check=True,
        capture_output=True,
        cwd="/",
        env=_environment(),
        **_identity(),
    )


def take_place_of(backup: Cluster, cluster: Cluster) -> None:
    """Put a backup's files where the stopped server's were."""
    whose = owner(cluster)
    shutil.rmtree(cluster.directory / "data")
    shutil.copytree(backup.directory / "data", cluster.directory / "data", copy_function=shutil.copy2)
    for path in (cluster.directory / "data", *(cluster.directory / "data").rglob("*")):
        os.chown(path, *whose)


async def kill_postmaster(cluster: Cluster) -> None:
    """End it without a word, and wait until its children have noticed: till then nobody may start another."""
    pid = int((cluster.directory / "data" / "postmaster.pid").read_text().splitlines()[0])
    children = psutil.Process(pid).children()
    os.kill(pid, signal.SIGKILL)
    assert not psutil.wait_procs(children, timeout=60)[1]
    cluster.stop()


@pytest.mark.anyio
class TestHistory:
    async def test_goes_on_after_the_postmaster_was_killed(self, primary: Cluster, seller: Seller) -> None:
        seller.like("lin")
        await seller.sync()
        async with connected(primary) as connection:
            before = await connection.fetchval("select boot_id from boot_marker")
        await kill_postmaster(primary)
        primary.start()
        seller.like("soie")
        await seller.sync()
        assert seller.reconciled == [] and seller.rows < CUSTOMERS / 2
        assert in_agreement(seller, {"lin", "soie"}) and await truth(primary) == {"lin", "soie"}
        async with connected(primary) as connection:
            assert await connection.fetchval("select boot_id from boot_marker") != before

    @pytest.mark.parametrize("live", [True, False], ids=["base backup", "cold copy"])
    async def test_sends_again_what_a_restored_backup_forgot(
        self, primary: Cluster, seller: Seller, open_path: Path, live: bool
    ) -> None:
        seller.like("lin")
        await seller.sync()
        if not live:
            primary.stop()
        backup = copied(primary, open_path / "backup", live=live)
        if not live:
            primary.start()
        seller.like("soie")
        seller.like("cuir")
        await seller.sync()
        assert await truth(primary) == {"lin", "soie", "cuir"}
        primary.stop()
        take_place_of(backup, primary)
        primary.start()
        assert await truth(primary) == {"lin"}
        async with connected(primary) as connection:  # others came first, and used up the same numbers
            marie = await principal_named(connection, "marie")
            for number in range(100, 130):
                await make_customer(connection, marie, number)
        everything = {"lin", "soie", "cuir"}
        if live:  # his push is told first, else his pull
            seller.like("or")
            everything.add("or")
        await seller.sync()
        assert seller.rows >= CUSTOMERS and seller.reconciled == ([] if live else ["history"])
        assert in_agreement(seller, everything) and await truth(primary) == everything
        assert seller.store.status().customers == CUSTOMERS + 30

    async def test_is_not_served_from_a_standby_and_goes_on_once_it_is_promoted(
        self, primary: Cluster, seller: Seller, open_path: Path
    ) -> None:
        standby = copied(primary, open_path / "standby", live=True)
        data = standby.directory / "data"
        (data / "standby.signal").touch()
        os.chown(data / "standby.signal", *owner(primary))
        with open(data / "postgresql.auto.conf", "a", encoding="ascii") as settings:
            settings.write(f"\nprimary_conninfo = '{primary.dsn('postgres')}'\n")
        with standby:
            seller.like("lin")
            await seller.sync()
            await caught_up(primary, standby)
            seller.cluster = standby
            with pytest.raises((OnStandby, asyncpg.ReadOnlySQLTransactionError)):
                await seller.sync()
            seller.like("soie")
            with pytest.raises((OnStandby, asyncpg.ReadOnlySQLTransactionError)):
                await seller.sync()
            primary.stop()
            run("pg_ctl", "promote", "-D", str(data), "-w")
            await seller.sync()
            assert seller.reconciled == [] and seller.rows < CUSTOMERS / 2
            assert in_agreement(seller, {"lin", "soie"}) and await truth(standby) == {"lin", "soie"}


async def caught_up(primary: Cluster, standby: Cluster) -> None:
    async with connected(primary) as here, connected(standby) as there:
        end = await here.fetchval("select pg_current_wal_insert_lsn()::text")
        for _ in range(1200):
            if await there.fetchval("select pg_last_wal_replay_lsn() >= $1::text::pg_lsn", end):
                return
            await asyncio.sleep(0.05)
    raise AssertionError("the standby does not follow")
