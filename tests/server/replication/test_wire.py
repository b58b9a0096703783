"""What a sync weighs, and what it touches when there is nothing new."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import AddElement, CreateCustomer, Mutation, PutEntry, SetField, WriteNote
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.replication import feed, tablet_push
from server.replication.push import submit
from server.replication.routes import feed_key
from server.replication.tablet_pull import pull
from server.settings import Settings
from sync.replica.pull import next_pull
from sync.replica.push import next_push
from tests.server.people import NOW, associate_id, customer_id, envelope, hire_everybody, principal_named
from tests.sync.replica.test_real_server import Replica, replica_of, wall_ms

MOST_OF_NOTHING_NEW = 600
MOST_OF_A_DELTA = 10_000
MOST_OF_A_DAY = 25_000
MOST_STATEMENTS_OF_A_PUSH = 12  # of twenty edits; the transaction's own two not counted


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


async def people(connection: Connection, count: int, *, after: int = 0) -> list[UUID]:
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
        for number in range(after, after + count)
    ]
    for start in range(0, count, 100):
        await submit(connection, integration, edits[start : start + 100], now=NOW)
    return [customer_id(number) for number in range(after, after + count)]


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
    @pytest.mark.parametrize("planned", ["force_custom_plan", "force_generic_plan"])
    async def test_reads_no_table_beyond_the_feeds_index(
        self, connection: Connection, seller: Replica, planned: str
    ) -> None:
        """Planned for this snapshot or, as after the fifth time, for any."""
        await people(connection, 200)
        await connection.execute("vacuum analyze")
        scopes = [row["id"] for row in await connection.fetch("select id from scope order by id")]
        now = await connection.fetchval("select pg_current_snapshot()::text")
        nobody = UUID(int=0)
        await connection.execute(f"set plan_cache_mode = {planned}")
        await connection.execute(
            f"prepare page (int[], text, uuid, int, int, text[], text, uuid) as {feed.CHANGED}"
        )
        (plan,) = await connection.fetchval(
            f"""
            explain (analyze, buffers, timing off, summary off, format json) execute
            page (array{scopes}, '{now}', '{nobody}', 0, 500, array['sizes.8a3b51f0'], '{now}', '{nobody}')
            """
        )
        touched = {
            node.get("Index Name") or node.get("Relation Name")
            for node in nodes(plan["Plan"])
            if ("Relation Name" in node or "Index Name" in node) and node["Actual Loops"] and _blocks(node)
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


@pytest.mark.anyio
class TestAPushOfTwentyEdits:
    async def test_asks_as_often_however_many_customers_and_tablets_there_are(
        self, connection: Connection, seller: Replica
    ) -> None:
        small = await self._statements(connection, seller, await people(connection, 5))
        for number in range(20):
            await connection.execute(
                """
                insert into device (id, store, name, secret_hash, enrolled_by) values ($1, 'lyon', $2, $3, $4)
                """,
                uuid4(),
                f"tablet {number}",
                b"",
                associate_id("adam"),
            )
        await people(connection, 200, after=5)
        large = await self._statements(connection, seller, [customer_id(number) for number in range(5)])
        assert small == large <= MOST_STATEMENTS_OF_A_PUSH

    async def _statements(self, connection: Connection, seller: Replica, customers: list[UUID]) -> int:
        await seller.sync()
        for number in range(20):
            mutation = PutEntry(field="sizes", key=f"part {number % 4}", value={"value": uuid4().hex[:12]})
            seller.store.submit(customers[number % len(customers)], mutation, wall_ms=wall_ms())
        request = next_push(seller.store, wall_ms=wall_ms())
        assert request is not None and len(request.edits) == 20
        ines = await principal_named(connection, "ines", seller.tablet)
        asked: list[str] = []

        def note(query: Any) -> None:
            asked.append(query.query)

        policies = Policies()
        async with connection.transaction():
            await policies.lens(connection, ines)
            connection.add_query_logger(note)
            reply = await tablet_push.push(
                connection, ines, request, now=datetime.now(UTC), policies=policies, lease_s=60
            )
            connection.remove_query_logger(note)
        assert {each.status for each in reply.outcomes} == {"applied"}
        await seller.sync()  # takes the verdicts again: the same ones
        return len(asked)


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a plan's nodes, all the way down."""
    return [plan, *(each for part in plan.get("Plans", ()) for each in nodes(part))]


def _blocks(node: dict[str, Any]) -> int:
    """Return how many blocks a node looked at itself."""
    seen: int = node["Shared Hit Blocks"] + node["Shared Read Blocks"]
    below = sum(part["Shared Hit Blocks"] + part["Shared Read Blocks"] for part in node.get("Plans", ()))
    return int(seen - below)


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
