"""A tablet restored from a backup, and two copies of one tablet: no edit is doubled and none swallowed."""

import os
import shutil
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from schemas.mutations import AddElement, AdjustPoints
from server.database.pool import Connection
from sync.replica.database import open_store
from sync.replica.engine import Engine
from sync.replica.store import Store
from tests.server.people import hire_everybody
from tests.server.replication.test_wire import people
from tests.sync.replica.test_real_server import Replica, replica_of, wall_ms


@pytest.fixture
async def her(connection: Connection) -> UUID:
    await hire_everybody(connection)
    (made,) = await people(connection, 1)
    return made


@pytest.fixture
async def tablet(client: httpx.AsyncClient, her: UUID, tmp_path: Path) -> Replica:
    made = await replica_of(client, tmp_path / "first.db", "marie")
    await made.sync()
    return made


def copy_of(replica: Replica, path: Path) -> Replica:
    """Copy the file of a tablet, and run the copy beside it."""
    replica.store.connection.execute("pragma wal_checkpoint(truncate)")
    source = replica.store.connection.execute("pragma database_list").fetchone()[2]
    shutil.copy2(source, path)
    twin = Replica(replica.client, Store(open_store(path), app_version="1.0"), replica.tablet, replica.code)
    twin.engine = Engine(twin.store, twin.line, wall_ms=wall_ms, chance=lambda: 0.5, entropy=os.urandom)
    return twin


def like(replica: Replica, her: UUID, word: str) -> None:
    replica.store.submit(her, AddElement(field="likes", element=word), wall_ms=wall_ms())


async def additions(connection: Connection, her: UUID) -> dict[str, int]:
    likes = await connection.fetchval("select likes from customer where id = $1", her)
    return {word: len(added) for word, added in likes.items()}


@pytest.mark.anyio
class TestTwoCopies:
    async def test_end_as_two_tablets_with_every_edit_once(
        self, connection: Connection, tablet: Replica, her: UUID, tmp_path: Path
    ) -> None:
        like(tablet, her, "made before the copy")
        twin = copy_of(tablet, tmp_path / "second.db")
        for number in range(3):
            like(tablet, her, f"first {number}")
            like(twin, her, f"second {number}")
            await tablet.sync()
            await twin.sync()
        words = {"made before the copy", *(f"{who} {n}" for who in ("first", "second") for n in range(3))}
        assert await additions(connection, her) == dict.fromkeys(words, 1)
        assert tablet.store.identity.incarnation != twin.store.identity.incarnation
        incarnations = {tablet.store.identity.incarnation, twin.store.identity.incarnation}
        settled = (tablet.store.identity.fence, twin.store.identity.fence)
        for each in (tablet, twin):
            await each.sync()
            assert each.store.status().pending == 0 and each.store.problems() == []
            card = each.store.card(her)
            assert card is not None and set(card.values["likes"]) == words
        assert incarnations == {tablet.store.identity.incarnation, twin.store.identity.incarnation}
        assert settled == (tablet.store.identity.fence, twin.store.identity.fence)

    async def test_are_told_apart_when_a_backup_comes_back(
        self, connection: Connection, tablet: Replica, her: UUID, tmp_path: Path
    ) -> None:
        like(tablet, her, "kept")
        backup = copy_of(tablet, tmp_path / "backup.db")
        tablet.store.submit(her, AdjustPoints(points=5, reason="geste"), wall_ms=wall_ms())
        await tablet.sync()
        like(backup, her, "after the restore")
        await backup.sync()  # its first edit is known under its number: it may be a reply that got lost
        like(tablet, her, "by the original")
        await tablet.sync()
        words = ("kept", "after the restore", "by the original")
        assert await additions(connection, her) == dict.fromkeys(words, 1)
        assert backup.store.status().pending == tablet.store.status().pending == 0
        assert backup.store.identity.incarnation != tablet.store.identity.incarnation
        assert {each.op for each in backup.store.problems()} <= {"points.adjust@1"}
