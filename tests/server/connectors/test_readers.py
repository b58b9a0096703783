"""Each platform's shapes, read without a database: small examples of our own, real ones where they lie."""

import json
from typing import Any

import pytest

from server.connectors import magento, segment, shopify, woocommerce
from server.connectors.said import ConsentSaid, ContactSaid, OrderSaid, PersonSaid, Unreadable
from server.connectors.settings import ConnectorSettings, Context
from tests.real_data import REAL_DATA

REAL = REAL_DATA / "api-shopify-json"


def context(topic: str, **settings: Any) -> Context:
    chosen = ConnectorSettings(currency="EUR", **settings)
    return Context(source="shop", brand="maison", settings=chosen, topic=topic, received_at=1_772_000_000_000)


def person(said: Any) -> dict[str, Any]:
    return next(each.values for each in said if isinstance(each, PersonSaid))


def sales(said: Any) -> list[OrderSaid]:
    return [each for each in said if isinstance(each, OrderSaid)]


class TestRealShopifySamples:
    @pytest.mark.skipif(not REAL.exists(), reason="the samples are not here")
    def test_say_the_same_sums_as_they_do(self) -> None:
        order = json.loads((REAL / "order.json").read_text())["order"]
        (sale,) = sales(shopify.read(order, context("orders/create")))
        assert (sale.purchase.total, sale.purchase.currency) == (40994, "USD")
        assert len(sale.purchase.lines) == len(order["line_items"])
        assert sale.reference == str(order["customer"]["id"])
        for each in json.loads((REAL / "orders.json").read_text())["orders"]:
            told = sales(shopify.read(each, context("orders/create")))
            assert told[0].purchase.total == round(float(each["total_price"]) * 100)

    @pytest.mark.skipif(not REAL.exists(), reason="the samples are not here")
    def test_name_their_customers_and_grant_nothing(self) -> None:
        customer = json.loads((REAL / "customer.json").read_text())["customer"]
        said = list(shopify.read(customer, context("customers/create", region="US")))
        assert person(said)["email"] == "bob.norman@hostmail.com"
        assert person(said)["address"]["country"] == "US"
        assert not [each for each in said if isinstance(each, ConsentSaid)]


class TestWooCommerce:
    ORDER: dict[str, Any] = {
        "id": 727,
        "status": "processing",
        "currency": "EUR",
        "customer_id": 0,
        "total": "29.35",
        "date_created_gmt": "2026-03-22T19:28:02",
        "date_modified_gmt": "2026-03-22T19:28:08",
        "billing": {"email": "john@example.com", "phone": "0698765432"},
        "line_items": [
            {
                "name": "Bag &ndash; red",
                "product_id": 93,
                "quantity": 2,
                "total": "24.00",
                "total_tax": "4.80",
                "sku": "B93",
                "price": 12,
            }
        ],
        "refunds": [{"id": 5, "total": "-4.00"}],
    }

    def test_tells_a_guests_order_in_utc_with_what_was_paid_back(self) -> None:
        sale, back = sales(woocommerce.read(self.ORDER, context("order.updated")))
        assert (sale.purchase.total, sale.reference, sale.phone) == (2935, None, "0698765432")
        assert sale.purchase.lines[0].title == "Bag – red" and sale.purchase.lines[0].amount == 2880
        assert (back.purchase.kind, back.purchase.total) == ("return", -400)
        assert sale.revision - sale.purchase.at == 6_000

    @pytest.mark.parametrize(
        ("read", "topic", "told"),
        [
            (shopify.read, "orders/create", {"id": 7, "created_at": "2026-03-01T09:00:00Z"}),
            (
                woocommerce.read,
                "order.created",
                {"id": 7, "status": "completed", "date_created_gmt": "2026-03-01T09:00:00"},
            ),
        ],
    )
    def test_take_nothing_for_an_order_that_has_no_total(
        self, read: Any, topic: str, told: dict[str, Any]
    ) -> None:
        with pytest.raises(Unreadable, match="total"):
            list(read(told, context(topic)))

    @pytest.mark.parametrize(
        ("status", "kinds"), [("pending", []), ("cancelled", ["cancelled", "cancelled"])]
    )
    def test_counts_what_was_sold(self, status: str, kinds: list[str]) -> None:
        told = sales(woocommerce.read({**self.ORDER, "status": status}, context("orders")))
        assert [each.purchase.kind for each in told] == kinds

    def test_tells_a_person_and_refuses_one_without_a_number_or_an_instant(self) -> None:
        told = {
            "id": 25,
            "date_modified_gmt": "2026-03-21T16:09:30",
            "email": "a@example.com",
            "billing": {
                "first_name": "Aurélie",
                "last_name": "Lefèvre",
                "city": "Lyon",
                "country": "FR",
                "address_1": "12 rue des Lilas",
                "postcode": "69003",
                "phone": "n/a",
            },
        }
        found = person(woocommerce.read(told, context("customer.created")))
        assert (found["given_name"], found["town"], "phone" in found) == ("Aurélie", "Lyon", False)
        for missing in ("id", "date_modified_gmt"):
            with pytest.raises(Unreadable):
                list(woocommerce.read({**told, missing: None}, context("customers")))


class TestMagento:
    def test_counts_a_configurable_product_once_and_reads_its_person(self) -> None:
        order = {
            "increment_id": "000000007",
            "state": "complete",
            "order_currency_code": "EUR",
            "grand_total": 36.39,
            "created_at": "2026-02-01 10:00:00",
            "updated_at": "2026-02-02 10:00:00",
            "customer_id": 3,
            "customer_is_guest": 0,
            "items": [
                {"item_id": 1, "sku": "WS12-M", "name": "Top", "qty_ordered": 1, "row_total_incl_tax": 31.39},
                {"item_id": 2, "sku": "WS12-M", "name": "Top", "qty_ordered": 1, "parent_item_id": 1},
            ],
        }
        (sale,) = sales(magento.read(order, context("orders")))
        assert (sale.purchase.reference, sale.purchase.total, sale.reference) == ("000000007", 3639, "3")
        assert [line.amount for line in sale.purchase.lines] == [3139]
        customer = {
            "id": 3,
            "email": "a@example.com",
            "firstname": "Aurélie",
            "lastname": "Lefèvre",
            "dob": "1984-03-12",
            "created_at": "2026-01-01 00:00:00",
            "updated_at": "2026-01-02 00:00:00",
            "extension_attributes": {"is_subscribed": True},
            "addresses": [
                {
                    "street": ["12 rue des Lilas", "Bât. B"],
                    "city": "Lyon",
                    "postcode": "69003",
                    "country_id": "FR",
                    "telephone": "0698765432",
                    "default_billing": True,
                }
            ],
        }
        said = list(magento.read(customer, context("customers")))
        assert len(said) == 1
        assert person(said)["phone"] == "+33698765432" and person(said)["address"]["line2"] == "Bât. B"


class TestSegment:
    @pytest.mark.parametrize("kind", ["identify", "track", "alias"])
    def test_refuses_a_call_that_names_nobody(self, kind: str) -> None:
        call = {"type": kind, "messageId": "m", "timestamp": "2026-03-01T10:00:00Z", "event": "Cart Viewed"}
        with pytest.raises(Unreadable, match="nobody"):
            list(segment.read(call, context("")))

    @staticmethod
    def paid(event: str, message: str = "m", **properties: Any) -> list[tuple[str, str, int]]:
        call = {
            "type": "track",
            "event": event,
            "userId": "u",
            "messageId": message,
            "timestamp": "2026-03-01T10:00:00Z",
            "properties": {"order_id": "o-1", "currency": "EUR", **properties},
        }
        told = sales(segment.read(call, context("")))
        return [(each.purchase.reference, each.purchase.kind, each.purchase.total) for each in told]

    BAGS = ({"sku": "BAG-1", "price": 40, "quantity": 2}, {"sku": "BELT-1", "price": 15.5})

    @pytest.mark.parametrize(
        ("properties", "total"),
        [
            ({"total": 99.5, "revenue": 90, "subtotal": 80}, 9950),
            ({"total": 0, "revenue": 90, "products": [*BAGS]}, 0),
            ({"revenue": 90, "subtotal": 80}, 9000),
            ({"subtotal": 80}, 8000),
            ({"products": [*BAGS]}, 9550),
        ],
    )
    def test_takes_what_was_paid_from_the_surest_word_of_it(
        self, properties: dict[str, Any], total: int
    ) -> None:
        assert self.paid("Order Completed", **properties) == [("o-1", "sale", total)]

    @pytest.mark.parametrize("event", ["Order Completed", "Order Updated", "Order Refunded"])
    def test_takes_nothing_for_an_order_that_says_nowhere_what_was_paid(self, event: str) -> None:
        with pytest.raises(Unreadable, match="total is missing"):
            self.paid(event, products=[{"sku": "BAG-1"}])
        assert self.paid("Order Cancelled") == [("o-1", "cancelled", 0)]

    def test_counts_every_part_of_an_order_that_is_paid_back(self) -> None:
        parts = [
            self.paid("Order Refunded", message, total=total) for message, total in (("m1", 30), ("m2", 12))
        ]
        assert parts == [[("o-1/refund/m1", "return", -3000)], [("o-1/refund/m2", "return", -1200)]]

    @pytest.mark.parametrize("event", ["Product Viewed", "Viewed Product"])
    def test_knows_events_by_their_former_names_too(self, event: str) -> None:
        call = {
            "type": "track",
            "event": event,
            "anonymousId": "v",
            "messageId": "m",
            "timestamp": "2026-03-01T10:00:00Z",
            "properties": {"product_id": "507f", "name": "Bag"},
        }
        (seen,) = segment.read(call, context("track"))
        assert isinstance(seen, ContactSaid) and seen.touchpoint.sku == "507f"

    @pytest.mark.parametrize(
        "call", [{"type": "page"}, {"type": "track", "event": "Signed Up", "userId": "u"}]
    )
    def test_hears_nothing_in_calls_that_say_nothing_here(self, call: dict[str, Any]) -> None:
        assert list(segment.read({**call, "timestamp": "2026-03-01T10:00:00Z"}, context(""))) == []
