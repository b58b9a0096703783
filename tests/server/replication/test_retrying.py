"""An edit of a newer app is parked, judged once we know its operation, and its author's tablet is told."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas import mutations
from schemas.mutations import FORMER_OPS, KINDS, AddElement
from server.database.pool import Connection, open_pool
from server.policy.in_force import Policies
from server.replication.retrying import retry_parked
from tests.server.people import hire_everybody
from tests.server.replication.test_wire import people
from tests.sync.replica.test_real_server import Replica, replica_of, wall_ms


@pytest.fixture
async def seller(client: httpx.AsyncClient, connection: Connection, tmp_path: Path) -> Replica:
    await hire_everybody(connection)
    return await replica_of(client, tmp_path / "seller.db", "ines")


async def retried(database: str) -> int:
    async with await open_pool(database, size=2) as pool:
        return (await retry_parked(pool, now=datetime.now(UTC), policies=Policies())).edits


def unknown_here(op: str, patch: pytest.MonkeyPatch) -> None:
    patch.delitem(KINDS, op)  # type: ignore[arg-type]


@pytest.mark.anyio
class TestRetry:
    async def test_judges_a_parked_edit_once_its_operation_is_known_and_tells_the_tablet(
        self, database: str, connection: Connection, seller: Replica
    ) -> None:
        (her,) = await people(connection, 1)
        await seller.sync()
        edit = seller.store.submit(her, AddElement(field="likes", element="lin"), wall_ms=wall_ms())
        with pytest.MonkeyPatch.context() as older_server:
            unknown_here("element.add@1", older_server)
            await seller.sync()
            assert [each.state for each in seller.store.problems()] == ["parked"]
            assert await retried(database) == 0
        assert await retried(database) == 1
        assert await retried(database) == 0
        assert set(await connection.fetchval("select likes from customer where id = $1", her)) == {"lin"}
        receipts = await connection.fetch(
            "select status from receipt where mutation_id = $1", edit.mutation_id
        )
        assert [row["status"] for row in receipts] == ["applied"]
        await seller.sync()
        assert seller.store.problems() == []
        card = seller.store.card(her)
        assert card is not None and set(card.values["likes"]) == {"lin"}

    async def test_leaves_a_refusal_to_a_person(
        self, database: str, connection: Connection, seller: Replica
    ) -> None:
        (her,) = await people(connection, 1)
        await seller.sync()
        seller.store.submit(her, AddElement(field="likes", element="lin"), wall_ms=wall_ms())
        with pytest.MonkeyPatch.context() as older_server:
            unknown_here("element.add@1", older_server)
            await seller.sync()
        await connection.execute("update associate set role = 'administrator' where code = 'ines'")
        assert await retried(database) == 1
        assert await connection.fetchval("select count(*) from held_edit where review = 'open'") == 1
        assert await connection.fetchval("select status from late_verdict") == "refused"


@pytest.mark.anyio
class TestFormerOps:
    async def test_are_brought_to_todays_shape(
        self, connection: Connection, seller: Replica, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def second(said: dict[str, Any]) -> tuple[str, dict[str, Any]]:
            return "element.add@1", {"field": "likes", "element": said["word"].casefold()}

        def first(said: dict[str, Any]) -> tuple[str, dict[str, Any]]:
            return "like@2", {"word": said["text"]}

        monkeypatch.setitem(FORMER_OPS, "like@1", first)
        monkeypatch.setitem(FORMER_OPS, "like@2", second)
        assert mutations.decode_mutation("like@1", b'{"text": "LIN"}') == AddElement(
            field="likes", element="lin"
        )
        with pytest.raises(mutations.MalformedMutation):
            mutations.decode_mutation("like@1", b'{"word": 1}')
        with pytest.raises(mutations.MalformedMutation):
            mutations.decode_mutation("like@1", b"[]")
        assert "like@1" in mutations.known_ops()
