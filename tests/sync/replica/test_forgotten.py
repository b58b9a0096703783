"""A person is erased while tablets hold her, edit her, or never call again."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.mutations import AddElement, CreateCustomer, SetField
from schemas.protocol import encode
from server.database.pool import Connection
from sync.replica.engine import PUSH, Line
from sync.replica.push import next_push
from tests.server.people import associate_id, hire_everybody
from tests.server.rest.house import Asking, asking
from tests.sync.replica.test_real_server import Replica, replica_of, wall_ms

pytestmark = pytest.mark.anyio

TRACES = ("Claire", "Lefèvre", "lefevre", "+33612345678", "612345678", "secret wish")


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


@pytest.fixture
async def claire(manager: Replica, seller: Replica) -> UUID:
    her = manager.store.new_id(wall_ms())
    values = {"given_name": "Claire", "family_name": "Lefèvre", "phone": "+33612345678"}
    manager.store.submit(her, CreateCustomer(values=values), wall_ms=wall_ms())
    await manager.sync()
    await seller.sync()
    return her


@pytest.fixture
async def paola(client: httpx.AsyncClient, manager: Replica) -> Asking:
    return await asking(client, "paola")


async def erase(paola: Asking, customer_id: UUID) -> str:
    body = {"customer_id": str(customer_id), "reason": "case 7"}
    reply = await paola.send("POST", "/privacy/erasures", body)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


async def standings(paola: Asking, case_id: str) -> dict[str, str]:
    reply = await paola.get(f"/privacy/erasures/{case_id}")
    receipt: dict[str, Any] = reply.json()
    names = {str(associate_id(code)): code for code in ("marie", "ines", "luc")}
    assert receipt["complete"] == all(copy["standing"] != "outstanding" for copy in receipt["copies"])
    return {names[copy["associate_id"]]: copy["standing"] for copy in receipt["copies"]}


def files_of(tmp_path: Path, name: str) -> bytes:
    return b"".join(part.read_bytes() for part in tmp_path.glob(f"{name}.db*"))


class TestForgotten:
    async def test_leaves_every_tablet_with_its_next_call_and_says_so(
        self, manager: Replica, seller: Replica, claire: UUID, paola: Asking, tmp_path: Path
    ) -> None:
        case_id = await erase(paola, claire)
        assert await standings(paola, case_id) == {"marie": "outstanding", "ines": "outstanding"}

        await seller.sync()
        await seller.sync()  # says that it is done

        assert await standings(paola, case_id) == {"marie": "outstanding", "ines": "acknowledged"}
        assert seller.store.card(claire) is None and seller.store.search("lefevre") == []
        content = files_of(tmp_path, "seller")
        for trace in TRACES:
            assert trace.encode() not in content, trace
        assert b"Claire" in files_of(tmp_path, "manager")

    async def test_ends_queued_edits_with_a_notice_and_without_their_content(
        self, seller: Replica, claire: UUID, paola: Asking, connection: Connection, tmp_path: Path
    ) -> None:
        seller.line.cut = True
        seller.store.submit(claire, AddElement(field="likes", element="secret wish"), wall_ms=wall_ms())
        assert (await seller.engine.once()).line is Line.UNREACHABLE
        await erase(paola, claire)
        seller.line.cut = False

        await seller.sync()

        (notice,) = seller.store.problems()
        assert (notice.state, notice.record_id, notice.args) == ("erased", claire, b"{}")
        assert seller.store.status().pending == 0
        for trace in TRACES:
            assert trace.encode() not in files_of(tmp_path, "seller"), trace
        for table in ("held_edit", "conflict", "field_past", "customer"):
            assert await connection.fetchval(f"select count(*) from {table}") == 0

    async def test_is_told_with_the_reply_to_a_push_and_to_a_look(
        self, manager: Replica, seller: Replica, claire: UUID, paola: Asking
    ) -> None:
        other = manager.store.new_id(wall_ms())
        await erase(paola, claire)
        await seller.engine.look("nobody")
        assert seller.store.card(claire) is None

        manager.store.submit(other, CreateCustomer(values={"family_name": "Noir"}), wall_ms=wall_ms())
        pushed = await manager.line.exchange(PUSH, _push_of(manager))
        assert claire.bytes in pushed

    async def test_is_covered_by_the_lease_of_a_tablet_that_never_calls(
        self, seller: Replica, claire: UUID, paola: Asking, connection: Connection
    ) -> None:
        case_id = await erase(paola, claire)
        await connection.execute(
            "update device_incarnation set lease_until = now() - interval '1 day' where associate_id = $1",
            associate_id("marie"),
        )
        assert await standings(paola, case_id) == {"marie": "lease_ended", "ines": "outstanding"}

    async def test_asks_each_persons_copy_on_one_tablet(
        self, seller: Replica, claire: UUID, paola: Asking, client: httpx.AsyncClient, tmp_path: Path
    ) -> None:
        luc = await replica_of(client, tmp_path / "luc.db", "luc", tablet=seller.tablet)
        await luc.sync()
        case_id = await erase(paola, claire)
        for _ in range(2):
            await seller.sync()
        assert await standings(paola, case_id) == {
            "marie": "outstanding",
            "ines": "acknowledged",
            "luc": "outstanding",
        }

    async def test_takes_the_merged_along_while_an_edit_of_theirs_is_on_its_way(
        self,
        manager: Replica,
        seller: Replica,
        claire: UUID,
        paola: Asking,
        client: httpx.AsyncClient,
        tmp_path: Path,
    ) -> None:
        twin = manager.store.new_id(wall_ms())
        manager.store.submit(twin, CreateCustomer(values={"family_name": "Lefèvre"}), wall_ms=wall_ms())
        await manager.sync()
        await seller.sync()
        seller.store.submit(twin, SetField(field="town", value="secret wish"), wall_ms=wall_ms())
        henri = await asking(client, "henri")
        await henri.send("POST", f"/customers/{twin}/merge", {"into": str(claire)})
        case_id = await erase(paola, claire)

        for _ in range(2):
            await seller.sync()

        assert [(each.state, each.args) for each in seller.store.problems()] == [("erased", b"{}")]
        assert (await standings(paola, case_id))["ines"] == "acknowledged"
        for trace in TRACES:
            assert trace.encode() not in files_of(tmp_path, "seller"), trace


def _push_of(replica: Replica) -> bytes:
    request = next_push(replica.store, wall_ms=wall_ms())
    assert request is not None
    return encode(request)
