"""A replica that differs without anybody knowing is found, mended and told to head office."""

from pathlib import Path
from uuid import UUID

import httpx
import pytest

from schemas.mutations import AddElement, SetField
from server.database.pool import Connection
from server.replication.push import submit
from sync.digest import differing, digest
from sync.replica.records import fragments_held
from tests.server.people import NOW, envelope, hire_everybody, principal_named
from tests.server.replication.test_wire import Scale, people
from tests.sync.replica.test_real_server import Replica, replica_of, wall_ms

GHOST = "insert into fragment (record_id, grp, rev, body, generation) values (?, 'notes', 1, '{}', 1)"


@pytest.fixture
async def everybody(connection: Connection) -> list[UUID]:
    await hire_everybody(connection)
    return await people(connection, 40)


@pytest.fixture
async def seller(client: httpx.AsyncClient, everybody: list[UUID], tmp_path: Path) -> Replica:
    made = await replica_of(client, tmp_path / "seller.db", "ines")
    await made.sync()
    return made


def held(replica: Replica) -> set[tuple[UUID, str, int]]:
    return set(fragments_held(replica.store.connection))


async def checked(replica: Replica) -> int:
    """Sync with a check; return how many records it mended."""
    replica.engine.check()
    return (await replica.sync()).mended


async def alarms(connection: Connection) -> int:
    count: int = await connection.fetchval("select count(*) from divergence")
    return count


@pytest.mark.anyio
class TestCheck:
    async def test_finds_nothing_where_nothing_is_wrong(
        self, connection: Connection, seller: Replica, client: httpx.AsyncClient
    ) -> None:
        scale = Scale(client)
        assert await checked(seller) == 0
        assert await alarms(connection) == 0
        assert [door for door, _ in scale.up] == ["pull", "check"]
        assert scale.up[1][1] + scale.down[1] <= 4096

    async def test_mends_what_was_corrupted_in_silence_and_leaves_the_outbox_alone(
        self, connection: Connection, everybody: list[UUID], seller: Replica
    ) -> None:
        before = held(seller)
        store = seller.store.connection
        store.execute("update fragment set rev = rev + 7 where record_id = ?", (everybody[0].bytes,))
        store.execute("delete from fragment where record_id = ?", (everybody[1].bytes,))
        store.execute("update member set state = 0 where record_id = ?", (everybody[2].bytes,))
        store.execute("delete from fragment where record_id = ?", (everybody[2].bytes,))
        ghost = UUID(int=everybody[3].int ^ 1)
        store.execute(GHOST, (ghost.bytes,))
        await seller.sync()
        assert held(seller) != before  # a pull with nothing new sees nothing of it
        seller.line.cut = True
        edit = seller.store.submit(everybody[0], AddElement(field="likes", element="lin"), wall_ms=wall_ms())
        await seller.engine.once()
        assert [each.envelope.mutation_id for each in seller.store.pending()] == [edit.mutation_id]
        seller.line.cut = False
        assert await checked(seller) >= 3
        assert seller.store.status().pending == 0 and seller.store.problems() == []
        likes = "select likes from customer where id = $1"
        assert set(await connection.fetchval(likes, everybody[0])) == {"lin"}
        assert await alarms(connection) == 1
        await checked(seller)
        assert {each for each in held(seller) if each[0] != everybody[0]} == {
            each for each in before if each[0] != everybody[0]
        }
        assert await checked(seller) == 0

    async def test_leaves_alone_what_changed_since_the_last_page(
        self, connection: Connection, everybody: list[UUID], seller: Replica
    ) -> None:
        integration = await principal_named(connection, "import")
        exchange = seller.line.exchange

        async def meanwhile(path: str, body: bytes) -> bytes:
            if path.endswith("check"):  # between the last page and the sums
                edit = envelope(everybody[5], SetField(field="title", value="Mme"))
                await submit(connection, integration, [edit], now=NOW)
            return await exchange(path, body)

        seller.line.exchange = meanwhile  # type: ignore[method-assign]
        assert await checked(seller) == 0
        assert await alarms(connection) == 0

    async def test_gives_nobody_rows_he_may_not_hold(
        self, seller: Replica, everybody: list[UUID], client: httpx.AsyncClient, tmp_path: Path
    ) -> None:
        far = await replica_of(client, tmp_path / "far.db", "noe", shop="nice")
        await far.sync()
        store = far.store.connection
        for her in everybody[:5]:
            store.execute(GHOST, (her.bytes,))
        assert await checked(far) == 5
        assert not {record_id for record_id, _, _ in held(far)} & set(everybody)

    async def test_is_made_once_a_day(self, seller: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
        doors: list[str] = []
        exchange = seller.line.exchange

        async def noted(path: str, body: bytes) -> bytes:
            doors.append(path.rpartition("/")[2])
            return await exchange(path, body)

        seller.line.exchange = noted  # type: ignore[method-assign]
        await seller.sync()
        assert doors == ["pull"]
        monkeypatch.setattr(seller.engine, "_wall_ms", lambda: wall_ms() + 86_400_000)
        await seller.sync()
        await seller.sync()
        assert doors == ["pull", "pull", "check", "pull"]


class TestDigest:
    def test_knows_the_bucket_of_every_difference(self) -> None:
        first, second = UUID(int=1 << 120), UUID(int=2 << 120)
        ours = digest([(first, "notes", 1), (second, "notes", 1)])
        assert digest([(second, "notes", 1), (first, "notes", 1)]) == ours
        assert differing(ours, ours) == ()
        assert differing(ours, digest([(first, "notes", 2), (second, "notes", 1)])) == (1,)
        assert differing(ours, digest([(first, "notes", 1), (second, "spend", 1)])) == (2,)
        assert differing(ours, digest([])) == (1, 2)

    @pytest.mark.parametrize("rev", [-1, -(1 << 63), (1 << 63) - 1])
    def test_knows_a_revision_that_only_a_damaged_file_holds(self, rev: int) -> None:
        record = UUID(int=1 << 120)
        assert differing(digest([(record, "notes", 1)]), digest([(record, "notes", rev)])) == (1,)
