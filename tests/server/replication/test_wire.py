"""What a sync weighs, and what it touches when there is nothing new."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import AddElement, CreateCustomer, Mutation, PutEntry, SetField, WriteNote
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.replication import feed
from server.replication.push import submit
from server.replication.routes import feed_key
from server.replication.tablet_pull import pull
from server.settings import Settings
from sync.replica.pull import next_pull
from tests.server.people import NOW, customer_id, envelope, hire_everybody, principal_named
from tests.sync.replica.test_real_server import Replica, replica_of, wall_ms

MOST_OF_NOTHING_NEW = 600
MOST_OF_A_DELTA = 10_000
MOST_OF_A_DAY = 25_000


class Scale:
    """Weighs the bodies that cross the line, as they cross it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.up: list[tuple[str, int]] = []
        self.down: list[int] = []
        self.headers = 0
        client.event_hooks["request"].append(self._asked)
        client.event_hooks["response"].append(self._answered)

    async def _asked(self, request: httpx.Request) -> None:
        if "/sync/" in str(request.url):
            self.up.append((str(request.url).rpartition("/")[2], len(request.content)))
            self.headers += sum(len(name) + len(value) + 4 for name, value in request.headers.raw)

    async def _answered(self, response: httpx.Response) -> None:
        if "/sync/" in str(response.request.url):
            self.down.append(int(response.headers["content-length"]))
            self.headers += sum(len(name) + len(value) + 4 for name, value in response.headers.raw)

    def clear(self) -> None:
        self.up, self.down, self.headers = [], [], 0


@pytest.fixture
def scale(client: httpx.AsyncClient) -> Scale:
    return Scale(client)


async def people(connection: Connection, count: int) -> list[UUID]:
    """Make customers as a till's import brings them."""
    integration = await principal_named(connection, "import")
    chance = random.Random(7)
    edits = [
        envelope(
            customer_id(number),
            CreateCustomer(
                values={
                    "given_name": chance.choice(("Anne", "Léa", "Chloé", "Inès", "Zoé")),
                    "family_name": f"Durand{number}",
                    "home_store": "lyon",
                    "phone": f"+336{chance.randrange(10**8):08}",
                    "town": chance.choice(("Lyon", "Villeurbanne", "Bron")),
                }
            ),
        )
        for number in range(count)
    ]
    for start in range(0, count, 100):
        await submit(connection, integration, edits[start : start + 100], now=NOW)
    return [customer_id(number) for number in range(count)]


@pytest.fixture
async def seller(client: httpx.AsyncClient, connection: Connection, tmp_path: Path) -> Replica:
    await hire_everybody(connection)
    return await replica_of(client, tmp_path / "seller.db", "ines")


@pytest.mark.anyio
class TestWeight:
    async def test_of_nothing_new_is_small(
        self, connection: Connection, seller: Replica, scale: Scale
    ) -> None:
        await people(connection, 50)
        await seller.sync()
        scale.clear()
        await seller.sync()
        ((door, up),), (down,) = scale.up, scale.down
        assert door == "pull" and up + down <= MOST_OF_NOTHING_NEW, (up, down, scale.headers)

    async def test_of_one_customer_in_a_hundred_is_small(
        self, connection: Connection, seller: Replica, scale: Scale
    ) -> None:
        everybody = await people(connection, 200)  # those outside the change weigh nothing
        await seller.sync()
        integration = await principal_named(connection, "import")
        for change in (
            SetField(field="title", value="Mme"),
            AddElement(field="likes", element="cuir"),
            PutEntry(field="sizes", key="ring", value={"value": "52"}),
        ):
            for start in (0, 100):
                edits = [envelope(each, change) for each in everybody[start : start + 100]]
                await submit(connection, integration, edits, now=NOW)
            scale.clear()
            await seller.sync()
            assert len(scale.down) == 1 and scale.down[0] <= MOST_OF_A_DELTA, (change, scale.down)

    async def test_of_five_hundred_edits_is_small(
        self, connection: Connection, seller: Replica, scale: Scale
    ) -> None:
        everybody = await people(connection, 200)
        await seller.sync()
        make_a_day(seller, everybody, 500)
        scale.clear()
        await seller.sync()
        pushes = [up for door, up in scale.up if door == "push"]
        assert len(pushes) == 5 and sum(pushes) <= MOST_OF_A_DAY, pushes
        assert seller.store.status().pending == 0 and seller.store.problems() == []


@pytest.mark.anyio
class TestNothingNew:
    async def test_reads_no_table_beyond_the_feeds_index(
        self, connection: Connection, seller: Replica
    ) -> None:
        await people(connection, 200)
        await connection.execute("vacuum analyze")
        scopes = [row["id"] for row in await connection.fetch("select id from scope order by id")]
        now = await connection.fetchval("select pg_current_snapshot()::text")
        explain = f"explain (analyze, buffers, timing off, summary off, format json) {feed.CHANGED}"
        (plan,) = await connection.fetchval(
            explain, scopes, now, UUID(int=0), 0, 500, ["sizes.8a3b51f0"], now, UUID(int=0)
        )
        touched = {
            (node.get("Index Name") or node["Relation Name"])
            for node in nodes(plan["Plan"])
            if "Relation Name" in node
            and node["Actual Loops"]
            and node["Node Type"] != "Result"
            and node["Shared Hit Blocks"] + node["Shared Read Blocks"]
        }
        assert touched <= {"member_feed", "boot_marker", "erasure_xid", "late_verdict_device"}, touched
        probes = [node for node in nodes(plan["Plan"]) if node.get("Index Name") == "member_feed"]
        assert [node["Actual Loops"] for node in probes] == [len(scopes)]
        assert plan["Plan"]["Shared Hit Blocks"] <= 2 * len(scopes) + 4

    async def test_writes_nothing(self, connection: Connection, seller: Replica, settings: Settings) -> None:
        await people(connection, 20)
        await seller.sync()
        await seller.sync()
        ines = await principal_named(connection, "ines", seller.tablet)
        asked = next_pull(seller.store, wall_ms=wall_ms())
        async with connection.transaction():
            reply = await pull(
                connection,
                ines,
                asked,
                now=datetime.now(UTC),
                policies=Policies(),
                token_key=feed_key(settings),
                lease_s=60,
            )
            written = await connection.fetchval("select pg_current_xact_id_if_assigned()::text")
        assert reply.rows == () and reply.entitlement.is_brief
        assert written is None


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a plan's nodes, all the way down."""
    return [plan, *(each for part in plan.get("Plans", ()) for each in nodes(part))]


def make_a_day(replica: Replica, customers: list[UUID], count: int) -> None:
    chance = random.Random(1)
    for number in range(count):
        her = chance.choice(customers)
        now = wall_ms() + number * 40_000
        made: Mutation = chance.choice(
            (
                AddElement(field="likes", element=chance.choice(("cuir", "soie", "lin", "bleu nuit", "or"))),
                PutEntry(field="sizes", key=chance.choice(("ring", "shoes", "dress")), value={"value": "38"}),
                SetField(field="title", value="Mme"),
                WriteNote(
                    note_id=replica.store.new_id(now),
                    text=chance.choice(("Préfère le matin", "Cherche un sac de mariage", "Passe samedi")),
                    level=NoteLevel.STORE,
                ),
            )
        )
        replica.store.submit(her, made, wall_ms=now)
