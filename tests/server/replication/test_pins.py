"""Customers pinned to a tablet: bounded, the least used first, gone after a while, here and there."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from server.database.pool import Connection
from server.replication import pins
from server.replication.pins import PINNED_FOR, expire_pins
from tests.server.people import associate_id, hire_everybody, make_customer, principal_named
from tests.sync.replica.test_real_server import Replica, replica_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def far(
    client: httpx.AsyncClient, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Replica:
    """A seller of Nice, whose tablet may pin three; all customers are in Lyon."""
    monkeypatch.setattr(pins, "MOST_PINNED", 3)
    await hire_everybody(connection)
    replica = await replica_of(client, tmp_path / "far.db", "noe", shop="nice")
    await replica.sync()
    return replica


@pytest.fixture
async def customers(far: Replica, connection: Connection) -> list[UUID]:
    integration = await principal_named(connection, "import")
    return [
        await make_customer(connection, integration, n, family_name=f"Nom{n}", home_store="lyon")
        for n in range(5)
    ]


async def shown(far: Replica) -> set[UUID]:
    await far.sync()
    return {line.record_id for line in far.store.search("nom")}


class TestPins:
    async def test_make_room_for_the_newest_by_the_one_asked_for_longest_ago(
        self, far: Replica, customers: list[UUID]
    ) -> None:
        first, second, third, fourth, _ = customers
        for each in (first, second, third):
            await far.engine.look("", pin=(each,))
        await far.engine.look("", pin=(first,))  # asked for again
        await far.engine.look("", pin=(fourth,))
        assert await shown(far) == {first, third, fourth}

    async def test_leave_the_tablet_when_nobody_asked_for_long(
        self, far: Replica, customers: list[UUID], connection: Connection, tmp_path: Path
    ) -> None:
        await far.engine.look("", pin=tuple(customers[:2]))
        assert await shown(far) == set(customers[:2])
        await connection.execute(
            "update pin set used_at = used_at - $1::interval where record_id = $2", PINNED_FOR, customers[0]
        )
        async with connection.transaction():
            gone = await expire_pins(connection, now=datetime.now(UTC) + timedelta(minutes=1))
        assert gone == 1 and await shown(far) == {customers[1]}
        assert b"Nom0" not in b"".join(part.read_bytes() for part in tmp_path.glob("far.db*"))

    async def test_leave_the_tablet_with_the_right_to_them(
        self, far: Replica, customers: list[UUID], connection: Connection, tmp_path: Path
    ) -> None:
        await far.engine.look("", pin=(customers[0],))
        await connection.execute(
            "update associate set role = 'administrator', epoch = epoch + 1 where id = $1",
            associate_id("noe"),
        )
        assert await shown(far) == set()
        assert b"Nom0" not in b"".join(part.read_bytes() for part in tmp_path.glob("far.db*"))
        await far.engine.look("", pin=(customers[1],))
        assert await shown(far) == set()
