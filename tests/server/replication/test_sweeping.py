"""What is old is swept, and nobody who was away longer than that is misled by it."""

from datetime import datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from schemas.ids import uuid7
from schemas.mutations import AddElement, SetField
from server.database.pool import Connection, open_pool
from server.replication.push import submit
from server.replication.sweeping import KEPT_FOR, Swept, sweep
from tests.server.people import NOW, customer_id, envelope, hire_everybody, make_customer, principal_named
from tests.server.replication.test_wire import people
from tests.sync.replica.test_real_server import Replica, replica_of

LATER = NOW + KEPT_FOR + timedelta(hours=1)


@pytest.fixture
async def seller(client: httpx.AsyncClient, connection: Connection, tmp_path: Path) -> Replica:
    await hire_everybody(connection)
    return await replica_of(client, tmp_path / "seller.db", "ines")


async def swept(database: str, at: datetime) -> Swept:
    async with await open_pool(database, size=2) as pool:
        return await sweep(pool, now=at)


async def move_away(connection: Connection, number: int) -> None:
    ines = await principal_named(connection, "ines")
    edit = envelope(customer_id(number), SetField(field="home_store", value="nice"), base={"home_store": 9})
    (outcome,) = await submit(connection, ines, [edit], now=NOW)
    assert outcome.status == "applied", outcome


@pytest.mark.anyio
class TestSweep:
    async def test_takes_departures_that_every_valid_token_has_seen(
        self, database: str, connection: Connection, seller: Replica
    ) -> None:
        await people(connection, 5)
        await seller.sync()
        await move_away(connection, 1)
        assert (await swept(database, NOW)).departures == 0  # the first run only marks the day
        assert (await swept(database, LATER - timedelta(days=2))).departures == 0
        token = seller.store.meta.progress.token
        await seller.sync()
        assert seller.store.status().customers == 4
        assert (await swept(database, LATER)).departures == 1
        assert await connection.fetchval("select count(*) from member where state = 0") == 0
        generation = seller.store.meta.progress.generation
        await seller.sync()
        assert seller.store.meta.progress.generation == generation and token is not None

    async def test_makes_who_was_away_for_too_long_walk_anew(
        self, database: str, connection: Connection, seller: Replica
    ) -> None:
        await people(connection, 5)
        await seller.sync()
        await move_away(connection, 1)
        await swept(database, NOW)
        assert (await swept(database, LATER)).departures == 1
        generation = seller.store.meta.progress.generation
        like = AddElement(field="likes", element="lin")
        seller.store.submit(customer_id(2), like, wall_ms=int(NOW.timestamp() * 1000))
        await seller.sync()
        assert seller.store.meta.progress.generation == generation + 1
        assert seller.store.status().customers == 4 and seller.store.status().pending == 0
        await seller.sync()
        assert seller.store.meta.progress.generation == generation + 1

    async def test_takes_receipts_only_once_their_edits_would_be_parked_as_stale(
        self, database: str, connection: Connection, seller: Replica
    ) -> None:
        ines = await principal_named(connection, "ines")
        her = await make_customer(connection, ines)
        ahead = int((NOW + timedelta(days=30)).timestamp() * 1000)
        edits = [
            envelope(her, AddElement(field="likes", element="lin")),
            envelope(her, AddElement(field="likes", element="or"), mutation_id=uuid7(ahead, bytes(10))),
        ]
        await submit(connection, ines, edits, now=NOW)
        await connection.execute("update receipt set created_at = $1", NOW)
        assert (await swept(database, LATER)).receipts == 2  # the creation's and the first edit's
        left = await connection.fetch("select mutation_id from receipt")
        assert [row["mutation_id"] for row in left] == [edits[1].mutation_id]
        again = msgspec.structs.replace(edits[0], seq=1)
        (outcome,) = await submit(connection, ines, [again], now=LATER)
        assert (outcome.status, outcome.code) == ("parked", "stale")

    async def test_leaves_what_fields_held_before_to_the_rules_of_retention(
        self, database: str, connection: Connection
    ) -> None:
        await hire_everybody(connection)
        await people(connection, 2)
        await move_away(connection, 1)
        former = await connection.fetchval("select count(*) from field_past")
        assert former > 0

        await swept(database, LATER + KEPT_FOR)

        assert await connection.fetchval("select count(*) from field_past") == former

    async def test_goes_on_where_it_was_stopped(self, database: str, connection: Connection) -> None:
        await hire_everybody(connection)
        await people(connection, 3)
        await swept(database, NOW)
        first = await swept(database, LATER)
        assert first.receipts == 3
        assert await swept(database, LATER) == Swept()
