"""Stock as it was counted last, and suggestions, over HTTP."""

from uuid import UUID

import httpx
import pytest

from schemas.ids import record_id_of
from schemas.mutations import CountStock, PutProduct
from schemas.product import Money, Product, Stock, stock_record
from server.database.pool import Connection
from server.replication.push import submit
from tests.server.people import NOW, NOW_MS, envelope, principal_named
from tests.server.rest.house import Asking, asking

pytestmark = pytest.mark.anyio

BELT = Product(
    sku="BELT", name={"en": "Belt"}, family="accessories", price=Money(amount=9_000, currency="EUR"),
    material="cachemire", colour="noir",
)  # fmt: skip
GLOVES = Product(
    sku="GLOVES", name={"en": "Gloves"}, family="gloves", price=Money(amount=9_000, currency="EUR"),
    material="cachemire", colour="noir",
)  # fmt: skip


@pytest.fixture
async def shelf(connection: Connection, house: dict[str, UUID]) -> None:
    office = await principal_named(connection, "import")
    edits = [envelope(record_id_of("product", each.sku), PutProduct(product=each)) for each in (BELT, GLOVES)]
    async with connection.transaction():
        await submit(connection, office, edits, now=NOW)


async def count(connection: Connection, who: str, stock: Stock) -> str:
    office = await principal_named(connection, who)
    edit = envelope(stock_record(stock.store, stock.sku), CountStock(stock=stock))
    async with connection.transaction():
        (outcome,) = await submit(connection, office, [edit], now=NOW)
    return outcome.code or outcome.status


class TestStock:
    async def test_is_what_each_store_counted_last(
        self, ines: Asking, shelf: None, connection: Connection
    ) -> None:
        for at, pieces in ((NOW_MS, 3), (NOW_MS - 9, 8), (NOW_MS + 5, 2)):
            await count(connection, "import", Stock(sku="BELT", store="lyon", at=at, sizes={"85": pieces}))
        await count(connection, "import", Stock(sku="BELT", store="nice", at=NOW_MS))

        assert (await ines.get("/products/BELT/stock")).json() == [
            {"sku": "BELT", "store": "lyon", "at": NOW_MS + 5, "sizes": {"85": 2}},
            {"sku": "BELT", "store": "nice", "at": NOW_MS, "sizes": {"": 0}},
        ]
        assert (await ines.get("/products/NONE/stock")).status_code == 404

    async def test_is_told_by_those_who_keep_the_catalogue_alone(
        self, ines: Asking, client: httpx.AsyncClient, shelf: None, connection: Connection
    ) -> None:
        said = {"at": NOW_MS, "sizes": {"85": 4}}
        office = await asking(client, "henri")

        assert (await ines.send("PUT", "/products/BELT/stock/lyon", said)).status_code == 403
        assert (await office.send("PUT", "/products/BELT/stock/nowhere", said)).status_code == 404
        assert (await office.send("PUT", "/products/NONE/stock/lyon", said)).status_code == 404
        assert (
            await office.send("PUT", "/products/BELT/stock/lyon", {**said, "sizes": {"": -1}})
        ).status_code == 422
        told = await office.send("PUT", "/products/BELT/stock/lyon", said)
        assert told.json() == [{"sku": "BELT", "store": "lyon", **said}]
        assert await count(connection, "ines", Stock(sku="BELT", store="lyon", at=NOW_MS)) == "not_allowed"

    async def test_names_its_record_itself(self, shelf: None, connection: Connection) -> None:
        office = await principal_named(connection, "import")
        edit = envelope(UUID(int=7), CountStock(stock=Stock(sku="BELT", store="lyon", at=1)))
        async with connection.transaction():
            (outcome,) = await submit(connection, office, [edit], now=NOW)
        assert outcome.code == "field_invalid"

    async def test_goes_to_the_tablets_of_that_store_alone(
        self, client: httpx.AsyncClient, shelf: None, connection: Connection
    ) -> None:
        for store in ("lyon", "paris"):
            await count(connection, "import", Stock(sku="BELT", store=store, at=NOW_MS, sizes={"": 1}))
        rows = await connection.fetch(
            "select s.key, m.kind from member m join scope s on s.id = m.scope where s.key like 'stock:%'"
        )
        assert sorted((row["key"], row["kind"]) for row in rows) == [("stock:lyon", 6), ("stock:paris", 6)]


class TestSuggestions:
    async def test_are_made_of_what_the_role_sees(
        self, ines: Asking, shelf: None, house: dict[str, UUID]
    ) -> None:
        found = await ines.get(f"/customers/{house['anne']}/suggestions")

        assert [each["sku"] for each in found.json()["data"]] == ["GLOVES"]
        assert found.json()["data"][0]["why"] == "same_taste"

    async def test_stop_at_what_she_refused_and_learn_it(
        self, ines: Asking, shelf: None, house: dict[str, UUID]
    ) -> None:
        answer = {"answer": "refused", "at": NOW_MS}
        path = f"/customers/{house['anne']}"

        said = await ines.send("PUT", f"{path}/preferences/advice/GLOVES", answer)
        again = await ines.send("PUT", f"{path}/preferences/advice/GLOVES", answer)

        assert said.json()["advice"] == again.json()["advice"] == {"GLOVES": answer}
        assert (await ines.get(f"{path}/suggestions")).json()["data"] == []

    async def test_are_closed_to_others_and_about_strangers(
        self, ines: Asking, client: httpx.AsyncClient, shelf: None, house: dict[str, UUID]
    ) -> None:
        assert (await client.get(f"/v1/customers/{house['anne']}/suggestions")).status_code == 401
        assert (await ines.get(f"/customers/{house['brune']}/suggestions")).status_code == 404
        adam = await asking(client, "adam")
        assert (await adam.get(f"/customers/{house['anne']}/suggestions")).status_code == 403
