"""What a first download brought in blocks: read one by one, changed one by one, gone without a trace."""

import asyncio
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from schemas.ids import uuid7
from schemas.mutations import SetField
from schemas.protocol import MemberState
from schemas.record import Kind
from schemas.staff import Role
from sync.replica import packed
from sync.replica.bootstrap import bootstrap
from sync.replica.driver import StoreDamaged
from sync.replica.lines import every_line, lines_back
from sync.replica.team import made_between
from sync.snapshot_part import BLOCK_ROWS, PartBroken, keys_in, opened
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.ready_file import ReadyFile
from tests.sync.replica.tablet import Tablet, in_clear

DEVICE, KEY = UUID(int=90), bytes(range(32))
COUNT = BLOCK_ROWS * 3 + 5
NOW = 1_760_000_000_000
CUSTOMERS = [UUID(bytes=uuid7(NOW + number * 60_000, bytes([number]) * 10).bytes) for number in range(COUNT)]
HER, NEXT, LAST = CUSTOMERS[3], CUSTOMERS[4], CUSTOMERS[-1]


def name(number: int) -> str:
    return f"Famille{number:03}"


@pytest.fixture
def server() -> ModelServer:
    server = ModelServer(page_rows=COUNT * 3)
    for number, customer in enumerate(CUSTOMERS):
        values = {"family_name": name(number), "town": f"Bourg{number:03}", "phone": f"+336{number:08}"}
        scopes = ["store:lyon"] if number % 2 == 0 else ["store:nice"]
        server.put_customer(customer, values, scopes=scopes)
    server.put_public(
        UUID(int=7), Kind.PRODUCT, "catalog", {"sku": "S7", "name": "Foulard", "category": "silk"}
    )
    return server


def new_tablet(server: ModelServer, path: Path | str, key: bytes | None = None) -> Tablet:
    return Tablet(path, server, device=DEVICE, role=Role.STORE_MANAGER, stores=("lyon", "nice"), key=key)


def fill(tablet: Tablet, server: ModelServer, *, parts: int = 2) -> ReadyFile:
    file = ReadyFile(server, tablet.store.caller(tablet.now), device=DEVICE, parts=parts)
    asyncio.run(bootstrap(tablet.store, file, wall_ms=tablet.now))
    return file


@pytest.fixture(params=[None, KEY], ids=["plain", "encrypted"])
def tablet(server: ModelServer, tmp_path: Path, request: pytest.FixtureRequest) -> Tablet:
    tablet = new_tablet(server, tmp_path / "store.db", request.param)
    fill(tablet, server)
    assert len(packed.keys(tablet.store.connection)) == COUNT + 1
    return tablet


def packs(tablet: Tablet) -> dict[bytes, bytes]:
    """Return the deflated bodies of everybody who lies packed."""
    rows = tablet.store.connection.execute("select ids, bodies from block").fetchall()
    return {
        key: body
        for ids, bound in rows
        for key, body in zip(keys_in(ids), packed._all(bound, ids), strict=True)
    }


def pull(tablet: Tablet) -> None:
    tablet.now += 1000
    tablet.sync()


class TestARecordInABlock:
    def test_is_what_pages_would_have_brought(self, tablet: Tablet, server: ModelServer) -> None:
        paged = new_tablet(server, ":memory:")
        paged.sync()
        assert tablet.fragments() == paged.fragments() == server.expected_fragments(DEVICE)
        assert sorted(every_line(tablet.store.connection)) == sorted(every_line(paged.store.connection))
        asked = [name(3), "bourg004", "06 00 00 00 05", "famille"]
        for words in asked:
            ours, theirs = (each.store.search(words, limit=COUNT) for each in (tablet, paged))
            assert ours == theirs and ours, words
        assert tablet.store.product("S7") == paged.store.product("S7")

    def test_changes_and_leaves_its_neighbours_where_they_lie(
        self, tablet: Tablet, server: ModelServer
    ) -> None:
        server.put_customer(HER, {"town": "Annecy"}, scopes=[])
        pull(tablet)
        lying = packed.keys(tablet.store.connection)
        assert HER.bytes not in lying and NEXT.bytes in lying and len(lying) == COUNT
        line = tablet.store.summary(HER)
        assert line is not None and (line.town, line.family_name) == ("Annecy", name(3))
        assert tablet.fragments() == server.expected_fragments(DEVICE)
        assert HER not in [each.record_id for each in tablet.store.search("bourg003")]
        assert [each.record_id for each in tablet.store.search("annecy")] == [HER]

    def test_shows_an_edit_that_waits_and_its_own_word_when_that_is_refused(
        self, tablet: Tablet, server: ModelServer
    ) -> None:
        tablet.edit(HER, SetField(field="town", value="Nice"))
        assert HER.bytes in packed.keys(tablet.store.connection)
        line = tablet.store.summary(HER)
        assert line is not None and (line.town, line.pending) == ("Nice", 1)
        tablet.reopen()
        assert [each.record_id for each in tablet.store.search("nice")] == [HER]
        assert sum(key == HER.bytes for key, _ in every_line(tablet.store.connection)) == 1
        pull(tablet)
        assert tablet.fragments() == server.expected_fragments(DEVICE)
        line = tablet.store.summary(HER)
        assert line is not None and line.pending == 0

    def test_departs_from_lists_search_and_recents(self, tablet: Tablet, server: ModelServer) -> None:
        tablet.store.note_seen(HER, tablet.now)
        server.move(HER, "store:nice", MemberState.OUT)
        pull(tablet)
        assert tablet.store.summary(HER) is None and tablet.store.card(HER) is None
        assert HER not in [each.record_id for each in tablet.store.search(name(3))]
        assert tablet.store.recent() == []
        tablet.reopen()
        assert HER not in [each.record_id for each in tablet.store.search(name(3))]
        assert tablet.store.status().customers == COUNT - 1

    def test_is_listed_by_when_it_was_made(self, tablet: Tablet, server: ModelServer) -> None:
        server.put_customer(CUSTOMERS[40], {"town": "Annecy"}, scopes=[])
        pull(tablet)
        first, last = NOW + 20 * 60_000, NOW + 60 * 60_000
        found = made_between(tablet.store, first, last, 30)
        assert [each.record_id for each in found] == CUSTOMERS[59:29:-1]
        low, high = CUSTOMERS[20].bytes, CUSTOMERS[60].bytes
        listed = [key for key, _ in lines_back(tablet.store.connection, low, high)]
        assert listed == [each.bytes for each in reversed(CUSTOMERS[20:60])]


class TestALostRecordOfABlock:
    def test_leaves_no_byte_when_she_is_erased(
        self, tablet: Tablet, server: ModelServer, tmp_path: Path
    ) -> None:
        before = packs(tablet)
        pack = before.pop(HER.bytes)
        ends = [end for end in (pack[:24], pack[-24:]) if not any(end in each for each in before.values())]
        assert ends
        content = in_clear(tablet, tmp_path)
        assert name(3).encode() in content and ends[0] in content
        server.erase(HER)
        pull(tablet)
        content = in_clear(tablet, tmp_path)
        for trace in (b"Famille003", b"famille003", b"Bourg003", b"+33600000003", *ends):
            assert trace not in content, trace
        assert b"Famille004" in content

    def test_leaves_no_byte_when_the_store_is_lost(
        self, tablet: Tablet, server: ModelServer, tmp_path: Path
    ) -> None:
        before = packs(tablet)
        server.become(DEVICE, stores=("nice",))
        pull(tablet)
        content = in_clear(tablet, tmp_path)
        for number, customer in enumerate(CUSTOMERS):
            gone = number % 2 == 0
            assert (name(number).encode() not in content) is gone, number
            if gone:
                assert before[customer.bytes][:24] not in content, number
        assert tablet.fragments() == server.expected_fragments(DEVICE)
        assert len(tablet.store.search("famille", limit=COUNT)) == COUNT // 2

    def test_leaves_no_byte_of_a_field_that_the_role_lost(
        self, tablet: Tablet, server: ModelServer, tmp_path: Path
    ) -> None:
        before = packs(tablet)
        server.become(DEVICE, role=Role.SELLER)
        pull(tablet)
        content = in_clear(tablet, tmp_path)
        for number, customer in enumerate(CUSTOMERS):
            assert f"+336{number:08}".encode() not in content, number
            assert before[customer.bytes][:24] not in content, number
        assert tablet.fragments() == server.expected_fragments(DEVICE)

    def test_is_swept_when_a_whole_walk_does_not_show_her(self, tablet: Tablet, server: ModelServer) -> None:
        backup = server.backup()
        late = UUID(bytes=uuid7(NOW + 10**9, bytes(10)).bytes)
        server.put_customer(late, {"family_name": "Tardive"}, scopes=["store:lyon"])
        pull(tablet)
        assert [each.record_id for each in tablet.store.search("tardive")] == [late]
        server.restore(backup)
        for _ in range(3):
            pull(tablet)
        assert tablet.store.search("tardive") == []
        assert tablet.fragments() == server.expected_fragments(DEVICE)


class TestAFileOverWhatIsHere:
    def test_enters_record_by_record_where_blocks_would_overlap(
        self, server: ModelServer, tmp_path: Path
    ) -> None:
        tablet = new_tablet(server, tmp_path / "store.db")
        first = ReadyFile(server, tablet.store.caller(tablet.now), device=DEVICE, parts=3)
        broken = [first.parts[0], bytes(len(first.parts[1])), first.parts[2]]
        asyncio.run(bootstrap(tablet.store, first.bringing(broken), wall_ms=tablet.now))
        assert tablet.store.meta.progress.token is None and packed.keys(tablet.store.connection)

        server.put_customer(CUSTOMERS[1], {"town": "Annecy"}, scopes=[])
        server.put_customer(
            UUID(bytes=uuid7(NOW + 1, bytes(10)).bytes), {"town": "Gap"}, scopes=["store:lyon"]
        )
        fill(tablet, server, parts=2)
        assert tablet.fragments() == server.expected_fragments(DEVICE)
        for words, count in (("famille", COUNT), ("annecy", 1), ("gap", 1)):
            assert len(tablet.store.search(words, limit=COUNT * 2)) == count, words
        assert CUSTOMERS[1] not in [each.record_id for each in tablet.store.search("bourg001")]
        tablet.reopen()
        assert tablet.store.status().customers == COUNT + 1

    def test_leaves_an_edit_that_waits_in_sight(self, server: ModelServer, tmp_path: Path) -> None:
        tablet = new_tablet(server, tmp_path / "store.db")
        tablet.edit(HER, SetField(field="town", value="Nice"))
        fill(tablet, server)
        line = tablet.store.summary(HER)
        assert line is not None and (line.town, line.family_name) == ("Nice", name(3))
        assert [each.record_id for each in tablet.store.search("nice")] == [HER]


class TestABrokenBlock:
    @pytest.mark.parametrize("column", ["lines", "heads", "bodies"])
    def test_is_damage(self, tablet: Tablet, column: str) -> None:
        tablet.store.connection.execute(f"update block set {column} = x'ff'")
        with pytest.raises(StoreDamaged):
            list(every_line(tablet.store.connection))
            tablet.fragments()

    def test_is_no_part(self, server: ModelServer) -> None:
        tablet = new_tablet(server, ":memory:")
        file = ReadyFile(server, tablet.store.caller(tablet.now), device=DEVICE)
        sealed = msgspec.msgpack.decode(file.parts[0])
        assert opened(file.parts[0]).blocks
        for bodies in ([b"", *sealed[2][1:]], sealed[2][1:], [b"\xff" * 9, *sealed[2][1:]]):
            with pytest.raises(PartBroken):
                opened(msgspec.msgpack.encode([sealed[0], sealed[1], bodies]))
        with pytest.raises(PartBroken):
            opened(msgspec.msgpack.encode([2, *sealed[1:]]))
