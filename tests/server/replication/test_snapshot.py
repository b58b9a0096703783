"""First downloads made beforehand, from a real server to a real store: who gets one, what it leaves."""

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import PutEntry, SetField, WriteNote
from schemas.protocol import encode
from schemas.snapshot import SNAPSHOT, SnapshotRequest
from server.database.pool import Connection, Pool, open_pool, transaction
from server.replication import snapshot
from server.settings import Settings
from sync.replica.bootstrap import BIGGEST_PART, bootstrap
from sync.replica.database import open_store
from sync.replica.engine import Engine, Line
from sync.replica.lines import every_line
from sync.replica.records import every_fragment
from sync.replica.store import Store
from sync.replica.transport import HttpTransport, ServerUnreachable
from sync.snapshot_part import FORMAT
from tests.server.people import (
    Tablet,
    associate_id,
    enrol,
    hire_everybody,
    make_customer,
    principal_named,
    sign_in,
)
from tests.server.rest.house import tell
from tests.server.serving import served
from tests.sync.replica.test_real_server import wall_ms

pytestmark = pytest.mark.anyio

CUSTOMERS = 40
SECRET = "+33612345"


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a few customers in a few parts."""
    monkeypatch.setattr(snapshot, "WORTH_A_FILE", 10)
    monkeypatch.setattr(snapshot, "PART_ROWS", 15)
    monkeypatch.setattr(snapshot, "PAGE_BYTES", 4096)


@pytest.fixture
async def customers(connection: Connection) -> list[UUID]:
    await hire_everybody(connection)
    integration = await principal_named(connection, "import")
    made = [
        await make_customer(
            connection, integration, n, family_name=f"Nom{n}", home_store="lyon", phone=f"{SECRET}{n:03}"
        )
        for n in range(CUSTOMERS)
    ]
    ines = await principal_named(connection, "ines")
    luc = await principal_named(connection, "luc")
    for who, person in ((ines, "ines"), (luc, "luc")):
        for level in NoteLevel.PRIVATE, NoteLevel.STORE:
            note = WriteNote(note_id=UUID(bytes=os.urandom(16)), text=f"{person} {level}", level=level)
            await tell(connection, who, made[0], note)
    await tell(connection, ines, made[1], PutEntry(field="sizes", key="shoes", value={"value": "38"}))
    return made


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    async with await open_pool(database, size=4) as opened:
        yield opened


@pytest.fixture
async def server(settings: Settings, customers: list[UUID]) -> AsyncIterator[str]:
    async with served(settings) as address:
        yield address


@pytest.fixture
async def http(server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server, timeout=60) as opened:
        yield opened


class Line2(HttpTransport):
    """The real transport; counts what it carries and loses the line when told to."""

    def __init__(self, client: httpx.AsyncClient, tablet: Tablet, code: str) -> None:
        super().__init__(client, bearer=self.bearer)
        self.http, self.tablet, self.code = client, tablet, code
        self.carried: list[str] = []
        self.cut_after: int | None = None  # bytes of the next part

    async def bearer(self) -> str:
        return str((await sign_in(self.http, self.code, self.tablet))["access_token"])

    async def exchange(self, path: str, body: bytes) -> bytes:
        self.carried.append(path)
        return await super().exchange(path, body)

    async def fetch(self, path: str, into: bytearray, *, most: int) -> None:
        self.carried.append(f"{path} from {len(into)}")
        before = len(into)
        await super().fetch(path, into, most=most)
        if self.cut_after is not None:
            del into[before + self.cut_after :]
            self.cut_after = None
            raise ServerUnreachable("cut by the test")


class Replica:
    def __init__(
        self, http: httpx.AsyncClient, tablet: Tablet, code: str, path: Path, key: bytes | None
    ) -> None:
        self.path, self.key = path, key
        self.line = Line2(http, tablet, code)
        self.tablet, self.code = tablet, code
        self.open()

    def open(self) -> None:
        self.store = Store(open_store(self.path, self.key), app_version="1.0")
        shop = self.tablet.store
        self.store.set_up(device_id=self.tablet.device_id, author=str(associate_id(self.code)), shop=shop)
        self.engine = Engine(self.store, self.line, wall_ms=wall_ms, chance=lambda: 0.5, entropy=os.urandom)

    async def sync(self) -> None:
        report = await self.engine.once()
        assert report.line is Line.SYNCED, report

    def content(self) -> dict[str, object]:
        read = self.store.connection.execute
        return {
            "fragments": sorted(every_fragment(self.store.connection)),
            "members": read("select record_id, scope, kind, state, rev from member order by 1, 2").fetchall(),
            "lines": sorted(every_line(self.store.connection)),
        }


async def replica_of(
    http: httpx.AsyncClient, path: Path, code: str, shop: str = "lyon", key: bytes | None = None
) -> Replica:
    return Replica(http, await enrol(http, store=shop), code, path, key)


async def with_file(http: httpx.AsyncClient, pool: Pool, tmp_path: Path, code: str = "ines") -> None:
    """Let somebody ask, and the file be made."""
    asking = await replica_of(http, tmp_path / f"{code}-asks.db", code)
    await asking.sync()
    assert not any("from" in path for path in asking.line.carried)
    assert await snapshot.build_next(pool) is not None
    assert await snapshot.build_next(pool) is None


class TestAFirstDownload:
    @pytest.mark.parametrize("key", [None, b"k" * 32])
    async def test_by_file_leaves_what_pages_leave(
        self, http: httpx.AsyncClient, pool: Pool, tmp_path: Path, key: bytes | None
    ) -> None:
        await with_file(http, pool, tmp_path)
        paged = await replica_of(http, tmp_path / "paged.db", "ines")
        paged.engine._transport = NoFiles(paged.line)
        await paged.sync()
        filed = await replica_of(http, tmp_path / "filed.db", "ines", key=key)
        await filed.sync()

        assert sum("from 0" in path for path in filed.line.carried) >= 3
        ours, theirs = filed.content(), paged.content()
        assert ours["fragments"] == theirs["fragments"] and len(filed.store.search("nom")) == CUSTOMERS
        assert ours["lines"] == theirs["lines"]
        assert ours["members"] == theirs["members"]
        assert SECRET.encode() not in b"".join(each.read_bytes() for each in tmp_path.glob("filed.db*"))
        filed.store.close()

    async def test_is_made_for_a_store_where_nothing_was_ever_counted(
        self, http: httpx.AsyncClient, pool: Pool, tmp_path: Path
    ) -> None:
        asking = await replica_of(http, tmp_path / "asks.db", "ines")
        asked = SnapshotRequest(caller=asking.store.caller(wall_ms()), format=FORMAT)
        await asking.line.exchange(SNAPSHOT, encode(asked))  # and it has pulled nothing

        assert await snapshot.build_next(pool) is not None

    async def test_brings_a_persons_own_notes_and_nobody_elses(
        self, http: httpx.AsyncClient, pool: Pool, tmp_path: Path, customers: list[UUID]
    ) -> None:
        await with_file(http, pool, tmp_path)
        luc = await replica_of(http, tmp_path / "luc.db", "luc")
        await luc.sync()
        assert any("from 0" in path for path in luc.line.carried)
        card = luc.store.card(customers[0])
        assert card is not None
        assert {note["text"] for note in card.values["notes"]} == {"luc private", "luc store", "ines store"}

    async def test_goes_on_where_it_stood_after_a_crash_and_within_a_part(
        self, http: httpx.AsyncClient, pool: Pool, tmp_path: Path
    ) -> None:
        await with_file(http, pool, tmp_path)
        ines = await replica_of(http, tmp_path / "ines.db", "ines")
        ines.line.cut_after = 100
        await bootstrap(ines.store, ines.line, wall_ms=wall_ms())
        first, again = [path for path in ines.line.carried if "/0 from" in path]
        assert first.endswith("from 0") and again.endswith("from 100")
        whole = ines.content()

        late = await replica_of(http, tmp_path / "late.db", "ines")
        fetch, late.line.fetch = late.line.fetch, fails_at(late.line, 2)  # type: ignore[method-assign]
        with pytest.raises(ServerUnreachable):
            await bootstrap(late.store, late.line, wall_ms=wall_ms())
        late.store.close()
        late.line.fetch = fetch  # type: ignore[method-assign]
        late.line.carried.clear()
        late.open()
        await late.sync()
        assert not any("/0 from" in path or "/1 from" in path for path in late.line.carried)
        assert late.content()["fragments"] == whole["fragments"] or len(late.store.search("nom")) == CUSTOMERS

    async def test_keeps_edits_made_before_it(
        self, http: httpx.AsyncClient, pool: Pool, tmp_path: Path, customers: list[UUID]
    ) -> None:
        await with_file(http, pool, tmp_path)
        ines = await replica_of(http, tmp_path / "ines.db", "ines")
        await bootstrap(ines.store, ines.line, wall_ms=wall_ms())
        ines.store.submit(customers[3], SetField(field="town", value="Annecy"), wall_ms=wall_ms())
        await ines.sync()
        line = ines.store.summary(customers[3])
        assert line is not None and line.town == "Annecy" and line.pending == 0

    async def test_falls_back_to_pages_when_a_part_is_not_what_was_offered(
        self, http: httpx.AsyncClient, pool: Pool, tmp_path: Path, connection: Connection
    ) -> None:
        await with_file(http, pool, tmp_path)
        await connection.execute("update snapshot_part set body = reverse(body) where number = 1")
        ines = await replica_of(http, tmp_path / "ines.db", "ines")
        await ines.sync()
        assert len(ines.store.search("nom")) == CUSTOMERS
        assert ines.store.meta.download is None

    async def test_shows_nobody_who_was_forgotten_after_it_was_made(
        self,
        http: httpx.AsyncClient,
        pool: Pool,
        tmp_path: Path,
        connection: Connection,
        customers: list[UUID],
    ) -> None:
        await with_file(http, pool, tmp_path)
        await connection.execute("insert into erasure (record_id) values ($1)", customers[5])
        ines = await replica_of(http, tmp_path / "ines.db", "ines")
        await ines.sync()
        assert not any("from" in path for path in ines.line.carried)
        async with pool.acquire() as opened, opened.transaction():
            await snapshot.sweep(opened)  # type: ignore[arg-type]
        assert await connection.fetchval("select count(*) from snapshot_part") == 0


class TestAPart:
    async def part(self, http: httpx.AsyncClient, pool: Pool, tmp_path: Path) -> str:
        await with_file(http, pool, tmp_path)
        file_id = await pool.fetchval("select id from snapshot_file")
        return f"{SNAPSHOT}/{file_id}/0"

    async def headers(self, http: httpx.AsyncClient, code: str, shop: str = "lyon") -> dict[str, str]:
        token = (await sign_in(http, code, await enrol(http, store=shop)))["access_token"]
        return {"Authorization": f"Bearer {token}"}

    async def test_is_given_whole_by_ranges_and_not_twice(
        self, http: httpx.AsyncClient, pool: Pool, tmp_path: Path
    ) -> None:
        path = await self.part(http, pool, tmp_path)
        asking = await self.headers(http, "ines")
        whole = await http.get(path, headers=asking)
        assert whole.status_code == 200 and whole.headers["accept-ranges"] == "bytes"
        etag = whole.headers["etag"]
        assert etag == f'"{hashlib.sha256(whole.content).hexdigest()}"'

        some = await http.get(path, headers=asking | {"Range": "bytes=10-19"})
        rest = await http.get(path, headers=asking | {"Range": "bytes=20-"})
        assert (some.status_code, some.content) == (206, whole.content[10:20])
        assert some.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
        assert (rest.status_code, rest.content) == (206, whole.content[20:])
        beyond = await http.get(path, headers=asking | {"Range": f"bytes={len(whole.content)}-"})
        assert beyond.status_code == 416
        other = await http.get(path, headers=asking | {"Range": "bytes=20-", "If-Range": '"x"'})
        assert (other.status_code, other.content) == (200, whole.content)
        known = await http.get(path, headers=asking | {"If-None-Match": etag})
        assert (known.status_code, known.content) == (304, b"")

    async def test_is_not_there_for_anybody_entitled_to_anything_else(
        self, http: httpx.AsyncClient, pool: Pool, tmp_path: Path
    ) -> None:
        path = await self.part(http, pool, tmp_path)
        assert (await http.get(path)).status_code == 401
        for code, shop in (("marie", "lyon"), ("noe", "nice"), ("ines", "nice"), ("henri", "lyon")):
            reply = await http.get(path, headers=await self.headers(http, code, shop))
            assert reply.status_code == 404, (code, shop)
        bare = {"Authorization": f"Bearer {(await sign_in(http, 'ines'))['access_token']}"}
        assert (await http.get(path, headers=bare)).status_code == 403

    async def test_makes_no_five_hundred_of_hostile_asking(
        self, http: httpx.AsyncClient, pool: Pool, tmp_path: Path
    ) -> None:
        path = await self.part(http, pool, tmp_path)
        asking = await self.headers(http, "ines")
        base = path.removesuffix("/0")
        for number in ("-1", "99", "2147483648", "99999999999999999999", "x", "%00", "0x1"):
            assert (await http.get(f"{base}/{number}", headers=asking)).status_code < 500, number
        for span in (
            "bytes=-5",
            "bytes=5-1",
            "bytes=999999999999-",
            "bytes=0-999999999999",
            "bytes=0-1,5-6",
            "x",
        ):
            assert (await http.get(path, headers=asking | {"Range": span})).status_code < 500, span
        for body in (b"", b"\xc1", b"\x90", b"\x91\x90"):
            reply = await http.post(
                SNAPSHOT, content=body, headers=asking | {"Content-Type": "application/msgpack"}
            )
            assert reply.status_code == 400, body


class NoFiles:
    """A transport that knows of no files."""

    def __init__(self, inner: HttpTransport) -> None:
        self.exchange = inner.exchange


def fails_at(line: Line2, number: int) -> object:
    real = line.fetch

    async def fetch(path: str, into: bytearray, *, most: int) -> None:
        if path.endswith(f"/{number}"):
            raise ServerUnreachable("cut by the test")
        await real(path, into, most=most)

    return fetch


class TestTwoNodes:
    async def test_make_one_file_at_a_time(self, http: httpx.AsyncClient, pool: Pool, tmp_path: Path) -> None:
        for code in ("ines", "marie"):
            await (await replica_of(http, tmp_path / f"{code}.db", code)).sync()
        async with transaction(pool) as other:  # a node that makes one
            await other.execute("select pg_advisory_xact_lock(hashtext('comptoir snapshot'))")
            assert await snapshot.build_next(pool) is None
        made = [await snapshot.build_next(pool) for _ in range(3)]
        assert [each is None for each in made] == [False, False, True]
        assert BIGGEST_PART > snapshot.PART_BYTES
