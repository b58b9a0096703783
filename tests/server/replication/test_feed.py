"""The feed misses no commit and repeats none, whoever writes meanwhile."""

import asyncio
import random
from uuid import UUID

import asyncpg
import pytest

from schemas.mutations import SetField
from schemas.protocol import MemberRow
from server.database.pool import Connection, open_pool, transaction
from server.replication.feed import Entitled, read_page
from server.replication.lives import current_boot, token_of_this_boot
from server.replication.push import submit
from server.replication.token import FeedToken
from server.scope import scope_ids
from tests.server.people import NOW, customer_id, envelope, hire_everybody, make_customer, principal_named

WRITERS = 6
TURNS = 120  # of each; how many seconds they take says nothing
GROUPS = tuple(f"g{number}" for number in range(4))


@pytest.fixture(autouse=True)
async def house(connection: Connection) -> None:
    await hire_everybody(connection)


class _Replica:
    """Applies pages as a tablet does, and counts what came twice."""

    def __init__(self) -> None:
        self.held: FeedToken | None = None
        self.state: dict[UUID, tuple[int, int]] = {}
        self.fragments: dict[tuple[UUID, str], int] = {}
        self.repeats = 0

    async def pull(self, connection: Connection, entitled: Entitled, boot: UUID, max_bytes: int) -> None:
        while True:
            page = await read_page(
                connection, entitled=entitled, held=self.held, boot=boot, max_bytes=max_bytes
            )
            self.held = page.token
            for row in page.rows:
                self._apply(row)
            if not page.more:
                return

    def _apply(self, row: MemberRow) -> None:
        known = self.state.get(row.record_id)
        if known is None or row.rev >= known[1]:
            self.state[row.record_id] = (row.state, row.rev)
        for fragment in row.fragments:
            key = (row.record_id, fragment.group)
            if self.fragments.get(key, 0) >= fragment.rev:
                self.repeats += 1
            self.fragments[key] = max(fragment.rev, self.fragments.get(key, 0))

    def live(self) -> dict[UUID, dict[str, int]]:
        """Return the revisions of every record that is in."""
        inside = {record_id for record_id, (state, _) in self.state.items() if state == 1}
        found: dict[UUID, dict[str, int]] = {record_id: {} for record_id in inside}
        for (record_id, group), rev in self.fragments.items():
            if record_id in inside:
                found[record_id][group] = rev
        return found


async def _write(pool: "asyncpg.Pool[asyncpg.Record]", scope: int, records: list[UUID], seed: int) -> int:
    """Touch fragments and membership by the rule, with delays and aborts."""
    chance, commits = random.Random(seed), 0
    for _ in range(TURNS):
        record = chance.choice(records)
        try:
            async with transaction(pool) as connection:
                await connection.execute("select 1 from customer where id = $1 for update", record)
                for group in chance.sample(GROUPS, chance.randint(1, 2)):
                    await connection.execute(
                        """
                        insert into fragment (record_id, grp, body) values ($1, $2, '{"values":{}}')
                        on conflict (record_id, grp) do update
                        set rev = fragment.rev + 1, xid = pg_current_xact_id()
                        """,
                        record,
                        group,
                    )
                if chance.random() < 0.1:
                    await connection.execute(
                        """
                        update member set state = 1 - state, rev = rev + 1, moved = pg_current_xact_id()
                        where scope = $1 and record_id = $2
                        """,
                        scope,
                        record,
                    )
                await asyncio.sleep(0.2 if chance.random() < 0.02 else chance.random() * 0.005)
                await connection.execute(
                    "update member set xid = pg_current_xact_id() where record_id = $1", record
                )
                if chance.random() < 0.05:
                    raise RuntimeError("this one is rolled back")
            commits += 1
        except RuntimeError:
            continue
    return commits


class TestTheFeed:
    async def test_never_misses_what_others_commit_meanwhile(
        self, database: str, connection: Connection
    ) -> None:
        scope = (await scope_ids(connection, ["store:lyon"]))["store:lyon"]
        records = [customer_id(number) for number in range(60)]
        await connection.executemany(
            "insert into customer (id, brand) values ($1, 'maison')", [(record,) for record in records]
        )
        await connection.executemany(
            "insert into member (scope, record_id, kind, state) values ($1, $2, 1, 1)",
            [(scope, record) for record in records],
        )
        boot = await current_boot(connection)
        entitled = Entitled(scopes={"store:lyon": scope}, groups=GROUPS[:3])
        pool = await open_pool(database, size=WRITERS + 1)
        replica, paging = _Replica(), _Replica()

        async def read(one: _Replica, max_bytes: int) -> None:
            async with pool.acquire() as reader:
                while True:
                    await one.pull(reader, entitled, boot, max_bytes)  # type: ignore[arg-type]
                    await asyncio.sleep(0.003)

        async with pool:
            reading = asyncio.create_task(read(replica, 1 << 20))
            commits = await asyncio.gather(
                *(_write(pool, scope, records, seed) for seed in range(WRITERS)),
            )
            assert not reading.done()
            reading.cancel()
            await asyncio.wait({reading})
            await replica.pull(connection, entitled, boot, 1 << 20)
            await paging.pull(connection, entitled, boot, 1)
        rows = await connection.fetch(
            """
            select m.record_id, f.grp, f.rev from member m
            left join fragment f on f.record_id = m.record_id and f.grp = any($1) where m.state = 1
            """,
            list(entitled.groups),
        )
        truth: dict[UUID, dict[str, int]] = {}
        for row in rows:
            held = truth.setdefault(row["record_id"], {})
            if row["grp"]:
                held[row["grp"]] = row["rev"]
        assert sum(commits) > 100
        assert replica.live() == truth
        assert paging.live() == truth

    async def test_tells_a_record_in_one_order_whatever_the_plan_finds_first(
        self, connection: Connection
    ) -> None:
        record = customer_id(1)
        scope = (await scope_ids(connection, ["store:lyon"]))["store:lyon"]
        await connection.execute("insert into customer (id, brand) values ($1, 'maison')", record)
        await connection.execute(
            "insert into member (scope, record_id, kind, state) values ($1, $2, 1, 1)", scope, record
        )
        for group in reversed(GROUPS):  # as they lie in the table
            await connection.execute(
                "insert into fragment (record_id, grp, body) values ($1, $2, '{}')", record, group
            )
        boot = await current_boot(connection)
        entitled = Entitled(scopes={"store:lyon": scope}, groups=GROUPS)
        for ways in ("off", "on"):
            for way in ("indexscan", "indexonlyscan", "bitmapscan"):
                await connection.execute(f"set enable_{way} = {ways}")
            page = await read_page(connection, entitled=entitled, held=None, boot=boot, max_bytes=1 << 20)
            (row,) = page.rows
            assert [each.group for each in row.fragments] == list(GROUPS), ways

    async def test_clamps_a_token_of_an_earlier_life_and_refuses_an_unknown_one(
        self, connection: Connection
    ) -> None:
        boot = await current_boot(connection)
        ines = await principal_named(connection, "ines")
        await make_customer(connection, ines)
        scopes = await scope_ids(connection, ["store:lyon"])
        groups = [row["grp"] for row in await connection.fetch("select grp from fragment")]
        entitled = Entitled(scopes=scopes, groups=tuple(groups))
        replica = _Replica()
        await replica.pull(connection, entitled, boot, 1 << 20)
        await connection.execute("checkpoint")
        await connection.execute("truncate boot_marker")  # what recovery from a crash does
        later = await current_boot(connection)
        assert later != boot
        assert replica.held is not None
        clamped = await token_of_this_boot(connection, replica.held, later)
        assert clamped is not None
        replica.held = clamped
        await submit(
            connection, ines, [envelope(customer_id(1), SetField(field="title", value="Mme"))], now=NOW
        )
        before = dict(replica.fragments)
        await replica.pull(connection, entitled, later, 1 << 20)
        assert replica.fragments != before
        unknown = FeedToken(boot=UUID(int=7), streams=())
        assert await token_of_this_boot(connection, unknown, later) is None

    async def test_forgets_nobody_who_moves_between_stores_of_one_tablet(
        self, connection: Connection
    ) -> None:
        boot = await current_boot(connection)
        ines = await principal_named(connection, "ines")
        her = await make_customer(connection, ines)
        scopes = await scope_ids(connection, ["store:lyon", "store:nice"])
        groups = tuple(row["grp"] for row in await connection.fetch("select grp from fragment"))
        entitled = Entitled(scopes=scopes, groups=groups)
        replica = _Replica()
        await replica.pull(connection, entitled, boot, 1 << 20)
        move = SetField(field="home_store", value="nice")
        await submit(connection, ines, [envelope(her, move, base={"home_store": 9})], now=NOW)
        rows = (
            await read_page(connection, entitled=entitled, held=replica.held, boot=boot, max_bytes=1 << 20)
        ).rows
        assert {(row.scope, row.state) for row in rows} == {("store:lyon", 0), ("store:nice", 1)}
        assert any(row.fragments for row in rows if row.state == 1)
