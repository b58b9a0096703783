"""A change of a fragment is sent without the rest of it, to whoever holds the rest."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import (
    AddElement,
    CreateCustomer,
    Mutation,
    PutEntry,
    RemoveElement,
    SetField,
    WriteNote,
)
from server.database.pool import Connection
from server.replication.push import submit
from sync.replica import records
from tests.server.people import (
    NOW,
    customer_id,
    envelope,
    hire_everybody,
    principal_named,
)
from tests.server.replication.double import Double
from tests.server.replication.test_wire import MOST_OF_A_DELTA, Scale
from tests.sync.replica.test_real_server import Replica, replica_of

TASTES = [f"taste {number}" for number in range(10)]


async def people(connection: Connection, count: int) -> list[UUID]:
    """Make customers with full sets."""
    values = {"family_name": "Durand", "home_store": "lyon", "likes": TASTES, "dislikes": TASTES[:4]}
    everybody = [customer_id(number) for number in range(count)]
    await say(connection, everybody, CreateCustomer(values=values))
    return everybody


async def say(connection: Connection, everybody: list[UUID], *mutations: Mutation) -> None:
    integration = await principal_named(connection, "import")
    for mutation in mutations:
        for start in range(0, len(everybody), 100):
            edits = [envelope(each, mutation) for each in everybody[start : start + 100]]
            outcomes = await submit(connection, integration, edits, now=NOW)
            assert {each.status for each in outcomes} <= {"applied"}


async def kept_by_the_server(connection: Connection, replica: Replica) -> dict[Any, Any]:
    entitlement = replica.store.meta.entitlement
    assert entitlement is not None
    rows = await connection.fetch(
        "select record_id, grp, rev, body from fragment where grp = any($1)", list(entitlement.groups)
    )
    return {(row["record_id"], row["grp"]): (row["rev"], row["body"].encode()) for row in rows}


def kept_by(replica: Replica) -> dict[Any, Any]:
    return {
        (key, group): (rev, body)
        for key, group, rev, body in records.every_fragment(replica.store.connection)
    }


@pytest.fixture
async def seller(client: httpx.AsyncClient, connection: Connection, tmp_path: Path) -> Replica:
    await hire_everybody(connection)
    return await replica_of(client, tmp_path / "seller.db", "ines")


@pytest.mark.anyio
class TestAChange:
    async def test_in_a_full_set_is_sent_without_the_set(
        self, connection: Connection, client: httpx.AsyncClient, seller: Replica
    ) -> None:
        everybody = await people(connection, 200)
        await seller.sync()
        scale = Scale(client)
        for said in (
            [AddElement(field="likes", element="cuir")],
            [AddElement(field="likes", element=f"new {number}") for number in range(3)],
            [SetField(field="title", value="Mme"), AddElement(field="dislikes", element="or")],
        ):
            await say(connection, everybody, *said)
            scale.clear()
            await seller.sync()
            assert len(scale.down) == 1 and scale.down[0] <= MOST_OF_A_DELTA, (said, scale.down)
            assert kept_by(seller) == await kept_by_the_server(connection, seller)

    async def test_of_every_kind_makes_what_the_server_keeps(
        self, connection: Connection, client: httpx.AsyncClient, seller: Replica
    ) -> None:
        her = (await people(connection, 1))[0]
        await seller.sync()
        tags = seller.store.card(her).values["likes"][TASTES[0]]  # type: ignore[union-attr]
        note = WriteNote(note_id=customer_id(99), text="Passe samedi", level=NoteLevel.BRAND)
        ines = await principal_named(connection, "ines", seller.tablet)
        for said in (
            [RemoveElement(field="likes", element=TASTES[0], seen=tuple(map(UUID, tags)))],
            [
                PutEntry(field="sizes", key="ring", value={"value": "52"}),
                PutEntry(field="sizes", key="top", value={"value": "S"}),
            ],
            [
                SetField(field="town", value=None),
                SetField(field="town", value="Bron"),
                SetField(field="town", value=None),
            ],
            [note],
        ):
            for mutation in said:
                (outcome,) = await submit(connection, ines, [envelope(her, mutation)], now=NOW)
                assert outcome.status == "applied", outcome
            await seller.sync()
            assert kept_by(seller) == await kept_by_the_server(connection, seller)
            assert seller.store.patches

    async def test_that_does_not_fit_what_is_held_is_asked_for_whole(
        self, connection: Connection, client: httpx.AsyncClient, seller: Replica
    ) -> None:
        her = (await people(connection, 1))[0]
        await seller.sync()
        seller.store.connection.execute(
            "update fragment set body = cast(replace(body, 'taste 3', 'taste x') as blob)"
            " where record_id = ? and grp like 'sizes.%'",
            (her.bytes,),
        )
        await say(connection, [her], AddElement(field="likes", element="cuir"))
        scale = Scale(client)
        await seller.sync()
        assert [door for door, _ in scale.up] == ["pull", "pull"]
        assert kept_by(seller) == await kept_by_the_server(connection, seller)
        await say(connection, [her], AddElement(field="likes", element="lin"))
        scale.clear()
        await seller.sync()
        assert [door for door, _ in scale.up] == ["pull"] and seller.store.patches

    async def test_is_sent_whole_to_an_app_that_reads_no_patches(
        self, connection: Connection, client: httpx.AsyncClient, seller: Replica
    ) -> None:
        her = (await people(connection, 1))[0]
        old = await Double.of(client, "ines", seller.tablet)
        await old.pull()
        await say(connection, [her], AddElement(field="likes", element="cuir"))
        await old.pull()
        await seller.sync()
        assert old.fragments == kept_by(seller)

    async def test_of_unknown_extent_is_sent_whole(self, connection: Connection, seller: Replica) -> None:
        her = (await people(connection, 1))[0]
        await seller.sync()
        async with connection.transaction():
            await connection.execute(
                """
                update fragment set rev = rev + 1, xid = pg_current_xact_id(),
                  body = replace(body, 'taste 3', 'lin') where record_id = $1
                """,
                her,
            )
            await connection.execute("update member set xid = pg_current_xact_id() where record_id = $1", her)
        await seller.sync()
        assert kept_by(seller) == await kept_by_the_server(connection, seller)
