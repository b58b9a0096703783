"""Edits submitted at the same moment over several connections."""

import asyncio

import pytest

from schemas.mutations import AddElement, AdjustPoints, CreateCustomer, Envelope, RecordPurchase
from schemas.protocol import Outcome
from server.auth.principal import Principal
from server.database.pool import Connection, Pool, open_pool, transaction
from server.replication.push import submit
from tests.server.people import NOW, customer_id, envelope, hire_everybody, make_customer, principal_named
from tests.server.replication.test_submit import ticket


@pytest.fixture(autouse=True)
async def house(connection: Connection) -> None:
    await hire_everybody(connection)


async def _submit(pool: Pool, principal: Principal, *edits: Envelope) -> list[Outcome]:
    async with transaction(pool) as connection:
        return await submit(connection, principal, edits, now=NOW)


class TestTheSameEdit:
    async def test_sent_twice_at_once_is_carried_out_once(
        self, database: str, connection: Connection
    ) -> None:
        ines = await principal_named(connection, "ines")
        async with await open_pool(database, size=6) as pool:
            for number in range(5):
                create = envelope(customer_id(number), CreateCustomer(values={"family_name": "Durand"}))
                answers = await asyncio.gather(*(_submit(pool, ines, create) for _ in range(5)))
                statuses = sorted(outcome.status for answer in answers for outcome in answer)
                assert statuses == ["applied"] + ["duplicate"] * 4
        assert await connection.fetchval("select count(*) from customer") == 5
        assert await connection.fetchval("select count(*) from receipt") == 5


class TestOneCustomer:
    async def test_edited_by_many_keeps_every_edit(self, database: str, connection: Connection) -> None:
        ines, lea = await principal_named(connection, "ines"), await principal_named(connection, "lea")
        integration = await principal_named(connection, "import")
        her = await make_customer(connection, ines, loyalty_card="1234567")
        async with await open_pool(database, size=8) as pool:
            await asyncio.gather(
                *(
                    _submit(pool, ines, envelope(her, AddElement(field="likes", element=f"like {number}")))
                    for number in range(15)
                ),
                *(
                    _submit(pool, lea, envelope(her, AdjustPoints(points=10, reason="geste")))
                    for _ in range(10)
                ),
                *(
                    _submit(pool, integration, envelope(her, RecordPurchase(purchase=ticket(number))))
                    for number in range(8)
                ),
            )
        row = await connection.fetchrow("select likes, loyalty, spend from customer where id = $1", her)
        assert row is not None
        assert len(row["likes"]) == 15
        assert row["spend"]["purchases"] == 8
        assert row["loyalty"]["points"] == 10 * 10 + 8 * 120

    async def test_and_another_locked_in_any_order_never_wait_for_each_other(
        self, database: str, connection: Connection
    ) -> None:
        ines = await principal_named(connection, "ines")
        people = [await make_customer(connection, ines, number) for number in range(6)]
        async with await open_pool(database, size=8) as pool:

            def edits(order: list[int], element: str) -> list[Envelope]:
                return [envelope(people[place], AddElement(field="tags", element=element)) for place in order]

            answers = await asyncio.gather(
                *(
                    _submit(
                        pool,
                        ines,
                        *edits(list(range(6)) if turn % 2 else list(reversed(range(6))), f"tag {turn}"),
                    )
                    for turn in range(12)
                )
            )
        assert {outcome.status for answer in answers for outcome in answer} == {"applied"}
        counts = await connection.fetch("select tags from customer")
        assert [len(row["tags"]) for row in counts] == [12] * 6
