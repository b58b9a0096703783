"""Every connector: late, repeated, swapped and simultaneous deliveries end as the orderly ones do."""

import random
from typing import Any

import pytest

from schemas.ids import id_from
from server.database.pool import Connection
from tests.server.connectors import test_taking_in as told
from tests.server.connectors.shop import CUSTOMER, ORDER, changed
from tests.server.connectors.test_taking_in import (
    PERSON,
    TICKET,
    Delivery,
    customer,
    house,
    start_again,
    tell,
)

__all__ = ["house"]
pytestmark = pytest.mark.anyio

WOO_BILLING = {
    "first_name": "Aurélie", "last_name": "Lefèvre", "address_1": "12 rue des Lilas", "city": "Lyon",
    "postcode": "69003", "country": "FR", "email": "aurelie@example.com", "phone": "06 98 76 54 32",
}  # fmt: skip
WOO_CUSTOMER = {
    "id": 26, "email": "aurelie@example.com", "first_name": "Aurélie", "last_name": "Lefèvre",
    "date_created_gmt": "2026-03-01T08:00:00", "date_modified_gmt": "2026-03-01T08:00:00",
    "billing": WOO_BILLING,
}  # fmt: skip
WOO_ORDER = {
    "id": 727, "status": "processing", "currency": "EUR", "total": "120.00", "customer_id": 26,
    "date_created_gmt": "2026-03-02T09:00:00", "date_modified_gmt": "2026-03-02T09:00:00",
    "billing": WOO_BILLING, "refunds": [],
    "line_items": [
        {"id": 1, "name": "Bag", "sku": "BAG-1", "quantity": 1, "total": "120.00", "total_tax": "0"},
    ],
}  # fmt: skip
MAGENTO_CUSTOMER = {
    "id": 3, "email": "aurelie@example.com", "firstname": "Aurélie", "lastname": "Lefèvre",
    "created_at": "2026-03-01 08:00:00", "updated_at": "2026-03-01 08:00:00",
    "addresses": [{"city": "Lyon", "postcode": "69003", "country_id": "FR", "street": ["12 rue des Lilas"],
                   "telephone": "06 98 76 54 32", "default_billing": True}],
}  # fmt: skip
MAGENTO_ORDER = {
    "entity_id": 9, "increment_id": "000000009", "state": "processing", "order_currency_code": "EUR",
    "grand_total": 120.0, "customer_id": 3, "customer_is_guest": 0, "created_at": "2026-03-02 09:00:00",
    "updated_at": "2026-03-02 09:00:00",
    "items": [{"sku": "BAG-1", "name": "Bag", "qty_ordered": 1, "row_total_incl_tax": 120.0}],
}  # fmt: skip

# Of each connector: whom it tells of, and what; among it two words of one instant that differ.
STORIES: dict[str, tuple[str, str, tuple[Delivery, ...]]] = {
    "shopify": (
        "shop",
        str(CUSTOMER["id"]),
        (
            ("customers/create", CUSTOMER),
            ("customers/update", changed(CUSTOMER, first_name="Annie")),
            ("customers/update", changed(CUSTOMER, phone=None, updated_at="2026-03-07T09:00:00+01:00")),
            ("orders/create", ORDER),
            ("orders/updated", changed(ORDER, total_price="99.00")),
            ("orders/updated", changed(ORDER, total_price="98.00")),
        ),
    ),
    "woocommerce": (
        "woo",
        "26",
        (
            ("customer.created", WOO_CUSTOMER),
            ("customer.updated", WOO_CUSTOMER | {"date_modified_gmt": "2026-03-05T08:00:00",
                                                 "first_name": "Anne"}),
            ("order.created", WOO_ORDER),
            ("order.updated", WOO_ORDER | {"status": "completed", "total": "121.00"}),
            (
                "order.updated",
                WOO_ORDER
                | {"status": "completed", "date_modified_gmt": "2026-03-04T09:00:00",
                   "refunds": [{"id": 1, "total": "-20.00"}]},
            ),
            ("order.created", WOO_ORDER | {"id": 728, "customer_id": 0}),
            ("order.updated", WOO_ORDER | {"id": 728, "customer_id": 0, "status": "cancelled",
                                           "date_modified_gmt": "2026-03-06T09:00:00"}),
        ),
    ),
    "magento": (
        "mage",
        "3",
        (
            ("customers", {"items": [MAGENTO_CUSTOMER], "total_count": 1}),
            ("customers", MAGENTO_CUSTOMER | {"updated_at": "2026-03-05 08:00:00", "firstname": "Anne"}),
            ("orders", {"items": [MAGENTO_ORDER], "total_count": 1}),
            ("orders", MAGENTO_ORDER | {"grand_total": 121.0}),
            ("orders", MAGENTO_ORDER | {"updated_at": "2026-03-06 08:00:00", "total_refunded": 20.0}),
        ),
    ),
    "segment": ("web", "u-1", tuple(("batch", each) for each in told.TestAVisitor.EVENTS)),
    "comptoir": (
        "till",
        "c-1",
        (
            ("", PERSON),
            ("", {**PERSON, "at": "2026-03-04T12:00:00Z", "values": {"town": "Lyon"}, "tags": ["press"]}),
            ("", TICKET),
            ("", {**TICKET, "total": 12800}),
            ("", {**TICKET, "revised": "2026-03-05T12:00:00Z", "total": 12700}),
            ("", {**TICKET, "reference": "t2", "customer": {"phone": "+33698765432"}}),
            ("", {"type": "consent", "version": 1, "reference": "c-1", "at": "2026-03-01T12:00:00Z",
                  "channel": "sms", "state": "withdrawn"}),
            ("", {"type": "touchpoint", "version": 1, "reference": "call-7", "at": "2026-03-01T15:00:00Z",
                  "kind": "call", "channel": "call_centre", "customer": {"reference": "c-1"}}),
        ),
    ),
}  # fmt: skip


class TestAnyOrder:
    @pytest.mark.parametrize("kind", sorted(STORIES))
    async def test_of_deliveries_ends_in_one_state(self, house: Connection, database: str, kind: str) -> None:
        source, reference, story = STORIES[kind]
        whom = id_from("customer", source, reference)
        await tell(house, database, story, kind=kind, source=source)
        expected = await self._state(house, whom)
        assert expected["customer"]["purchases"]
        for seed in range(3):
            await start_again(house)
            order: list[Any] = [*story, *story[: seed % 3]]
            random.Random(seed).shuffle(order)
            await tell(house, database, story[::-1] if seed == 2 else order, kind=kind, source=source)
            assert await self._state(house, whom) == expected, seed

    @staticmethod
    async def _state(connection: Connection, whom: Any) -> dict[str, Any]:
        sales = await connection.fetch(
            "select source, reference, kind, total, revision, customer_id from purchase order by reference"
        )
        lines = await connection.fetch("select count(*), sum(amount) from purchase_line")
        return {
            "customer": await customer(connection, whom),
            "sales": [dict(row) for row in sales],
            "lines": [dict(row) for row in lines],
            "points": await connection.fetchval("select sum(points) from loyalty_entry"),
        }
