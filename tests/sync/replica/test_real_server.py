"""Two replicas and the real server on PostgreSQL: an edit made here arrives there, through each lens."""

import json
import os
import time
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import AddElement, CreateCustomer, PutEntry, ResolveConflict, SetField, WriteNote
from server.database.pool import Connection
from sync.replica.database import open_store
from sync.replica.engine import Engine, Line, Report
from sync.replica.store import Store
from sync.replica.transport import HttpTransport, ServerUnreachable
from tests.server.people import Tablet, associate_id, enrol, hire_everybody, sign_in

PHONE = "+33612345678"


def wall_ms() -> int:
    return int(time.time() * 1000)


class SwitchedLine(HttpTransport):
    """The real transport, with a switch."""

    cut = False
    lose_reply = False

    async def exchange(self, path: str, body: bytes) -> bytes:
        if self.cut:
            raise ServerUnreachable("cut by the test")
        content = await super().exchange(path, body)
        if self.lose_reply and path.endswith("push"):
            self.lose_reply = False
            raise ServerUnreachable("lost by the test")
        return content


class Replica:
    """One person on an enrolled tablet."""

    def __init__(self, client: httpx.AsyncClient, store: Store, tablet: Tablet, code: str) -> None:
        self.client = client
        self.store = store
        self.tablet = tablet
        self.code = code
        self.line = SwitchedLine(client, bearer=self.bearer)
        self.engine = Engine(store, self.line, wall_ms=wall_ms, chance=lambda: 0.5, entropy=os.urandom)

    async def bearer(self) -> str:
        return str((await sign_in(self.client, self.code, self.tablet))["access_token"])

    async def sync(self) -> Report:
        report = await self.engine.once()
        assert report.line is Line.SYNCED, report
        return report


async def replica_of(
    client: httpx.AsyncClient, path: Path, code: str, shop: str = "lyon", tablet: Tablet | None = None
) -> Replica:
    tablet = tablet or await enrol(client, store=shop)
    store = Store(open_store(path), app_version="1.0")
    store.set_up(device_id=tablet.device_id, author=str(associate_id(code)), shop=shop)
    return Replica(client, store, tablet, code)


@pytest.fixture
async def manager(client: httpx.AsyncClient, connection: Connection, tmp_path: Path) -> Replica:
    await hire_everybody(connection)
    replica = await replica_of(client, tmp_path / "manager.db", "marie")
    await replica.sync()
    return replica


@pytest.fixture
async def seller(client: httpx.AsyncClient, manager: Replica, tmp_path: Path) -> Replica:
    replica = await replica_of(client, tmp_path / "seller.db", "ines")
    await replica.sync()
    return replica


async def create(replica: Replica) -> UUID:
    claire = replica.store.new_id(wall_ms())
    values = {"family_name": "Lefèvre", "given_name": "Claire", "phone": PHONE, "town": "Lyon"}
    replica.store.submit(claire, CreateCustomer(values=values), wall_ms=wall_ms())
    await replica.sync()
    return claire


@pytest.mark.anyio
class TestReplicas:
    async def test_show_each_other_what_they_may_see(
        self, manager: Replica, seller: Replica, tmp_path: Path
    ) -> None:
        claire = await create(manager)
        await seller.sync()
        assert [line.record_id for line in seller.store.search("lefevr")] == [claire]
        card = seller.store.card(claire)
        assert card is not None and card.values["phone"] == "•• •• •• 78"
        content = b"".join(part.read_bytes() for part in tmp_path.glob("seller.db*"))
        assert PHONE.encode() not in content and PHONE[3:].encode() not in content

    async def test_agree_after_edits_made_without_network(self, manager: Replica, seller: Replica) -> None:
        claire = await create(manager)
        await seller.sync()
        seller.line.cut = True
        now = wall_ms()
        note = WriteNote(note_id=seller.store.new_id(now), text="préfère le matin", level=NoteLevel.STORE)
        seller.store.submit(claire, PutEntry(field="sizes", key="shoes", value={"value": "38"}), wall_ms=now)
        seller.store.submit(claire, AddElement(field="likes", element="bleu nuit"), wall_ms=now)
        seller.store.submit(claire, note, wall_ms=now)
        assert (await seller.engine.once()).line is Line.UNREACHABLE
        assert seller.store.status().pending == 3
        manager.store.submit(claire, SetField(field="town", value="Annecy"), wall_ms=now)
        await manager.sync()
        seller.line.cut = False
        await seller.sync()
        await manager.sync()
        assert seller.store.status().pending == 0 and seller.store.problems() == []
        here, there = seller.store.card(claire), manager.store.card(claire)
        assert here is not None and there is not None
        for field in ("sizes", "likes", "notes", "town"):
            assert here.values[field] == there.values[field]
        assert there.values["sizes"]["shoes"]["value"] == "38"
        assert [each["text"] for each in there.values["notes"]] == ["préfère le matin"]
        assert there.stamps["sizes/shoes"].author == str(associate_id("ines"))

    async def test_take_an_edit_once_when_the_reply_was_lost(
        self, manager: Replica, connection: Connection
    ) -> None:
        claire = await create(manager)
        manager.store.submit(claire, AddElement(field="likes", element="lin"), wall_ms=wall_ms())
        manager.line.lose_reply = True
        assert (await manager.engine.once()).line is Line.UNREACHABLE
        await manager.sync()
        assert manager.store.status().pending == 0 and manager.store.problems() == []
        card = manager.store.card(claire)
        assert card is not None and len(card.values["likes"]["lin"]) == 1

    async def test_keep_a_refused_edit_in_sight_even_when_its_reply_was_lost(
        self, manager: Replica, seller: Replica
    ) -> None:
        claire = await create(manager)
        await seller.sync()
        edit = seller.store.submit(claire, SetField(field="phone", value="+33699999999"), wall_ms=wall_ms())
        seller.line.lose_reply = True
        await seller.engine.once()
        await seller.sync()
        assert [(each.mutation_id, each.state, each.code) for each in seller.store.problems()] == [
            (edit.mutation_id, "refused", "field_not_allowed")
        ]

    async def test_forget_what_a_new_role_may_not_see(
        self, manager: Replica, connection: Connection, tmp_path: Path
    ) -> None:
        claire = await create(manager)
        await connection.execute(
            "update associate set role = 'seller', epoch = epoch + 1 where id = $1", associate_id("marie")
        )
        await manager.sync()
        card = manager.store.card(claire)
        assert card is not None and card.values["phone"] == "•• •• •• 78"
        content = b"".join(part.read_bytes() for part in tmp_path.glob("manager.db*"))
        assert PHONE.encode() not in content

    async def test_find_and_pin_a_customer_of_another_shop(
        self, manager: Replica, client: httpx.AsyncClient, tmp_path: Path
    ) -> None:
        claire = await create(manager)
        far = await replica_of(client, tmp_path / "far.db", "noe", shop="nice")
        await far.sync()
        assert far.store.search("lefevre") == []
        reply = await far.engine.look("lefevre")
        assert [hit.record_id for hit in reply.hits] == [claire]
        await far.engine.look("", pin=(claire,))
        await far.sync()
        assert [line.record_id for line in far.store.search("lefevre")] == [claire]


@pytest.mark.anyio
class TestAWordAgainstAWord:
    async def test_is_decided_on_the_tablet_without_a_network(
        self, manager: Replica, seller: Replica
    ) -> None:
        claire = await contested(manager, seller)
        (problem,) = seller.store.problems()
        assert json.loads(problem.detail["theirs"]) == "Lefebvre"
        seller.line.cut = True
        decision = ResolveConflict(
            conflict_id=UUID(problem.detail["conflict_id"]), keep="mine", field="family_name", value="Lefèbre"
        )
        seller.store.submit(claire, decision, wall_ms=wall_ms())
        card = seller.store.card(claire)
        assert card is not None and card.values["family_name"] == "Lefèbre"
        seller.line.cut = False
        await seller.sync()
        await manager.sync()
        here, there = seller.store.card(claire), manager.store.card(claire)
        assert here is not None and there is not None
        assert here.values["family_name"] == there.values["family_name"] == "Lefèbre"
        assert seller.store.problems() == []

    async def test_decided_by_the_manager_leaves_the_sellers_tablet(
        self, manager: Replica, seller: Replica
    ) -> None:
        claire = await contested(manager, seller)
        (problem,) = seller.store.problems()
        decision = ResolveConflict(conflict_id=UUID(problem.detail["conflict_id"]), keep="theirs")
        manager.store.submit(claire, decision, wall_ms=wall_ms())
        await manager.sync()
        await seller.sync()
        assert seller.store.problems() == [] and manager.store.problems() == []
        card = seller.store.card(claire)
        assert card is not None and card.values["family_name"] == "Lefebvre"


@pytest.mark.anyio
class TestAnEditThatDidNotPass:
    @pytest.mark.parametrize(("verb", "left"), [("apply", []), ("dismiss", ["dismissed"])])
    async def test_ends_on_the_authors_tablet_as_the_manager_decides(
        self, manager: Replica, seller: Replica, client: httpx.AsyncClient, verb: str, left: list[str]
    ) -> None:
        claire = await create(manager)
        await seller.sync()
        edit = seller.store.submit(claire, SetField(field="phone", value="+33699999999"), wall_ms=wall_ms())
        await seller.sync()
        bearer = {"Authorization": f"Bearer {await manager.bearer()}"}
        reply = await client.post(f"/v1/held-edits/{edit.mutation_id}/{verb}", headers=bearer)
        assert reply.status_code == 200, reply.text
        await seller.sync()
        assert [problem.code for problem in seller.store.problems()] == left


async def contested(manager: Replica, seller: Replica) -> UUID:
    """Return a customer whose name the manager has changed, and the seller too without knowing it."""
    claire = await create(manager)
    await seller.sync()
    seller.line.cut = True
    seller.store.submit(claire, SetField(field="family_name", value="Lefèbre"), wall_ms=wall_ms())
    manager.store.submit(claire, SetField(field="family_name", value="Lefebvre"), wall_ms=wall_ms())
    await manager.sync()
    seller.line.cut = False
    await seller.sync()
    return claire
