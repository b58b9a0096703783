from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from schemas.ids import NOBODY
from schemas.purchase import PurchaseKind
from server.imports.csv_source import detect, read_lines
from server.imports.mapping import Mapping, load
from server.imports.money import minor_units
from server.imports.order_lines import LineReader, Order, ends_of, orders
from server.imports.parcels import customer_envelope, customer_mutation, parcel_of, purchase_of
from server.imports.refusals import Refusal
from tests.server.imports.test_mapping import EXAMPLE

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
Read = Callable[[str], tuple[list[Order], list[Refusal]]]


@pytest.fixture
def mapping() -> Mapping:
    return load(EXAMPLE)


@pytest.fixture
def read(tmp_path: Path, mapping: Mapping) -> Read:
    def reading(body: str) -> tuple[list[Order], list[Refusal]]:
        path = tmp_path / "lines.csv"
        path.write_text(HEADER + body)
        dialect = detect(path)
        reader = LineReader(mapping, dialect, store="lyon")
        ends = ends_of(read_lines(path, dialect), reader)
        refused: list[Refusal] = []
        return list(orders(read_lines(path, dialect), reader, ends, refused.append)), refused

    return reading


class TestOrders:
    def test_gathers_lines_that_stand_apart(self, read: Read) -> None:
        found, refused = read(
            "1,A,Bowl,2,2011-01-01 10:00:00,1.50,17850.0,UK\n"
            "2,B,Cup,1,2011-01-01 10:05:00,2.00,,UK\n"
            "1,C,Lamp,1,2011-01-01 10:01:00,9.95,17850.0,UK\n"
        )

        assert refused == []
        assert [(order.reference, len(order.lines), order.customer) for order in found] == [
            ("2", 1, None),
            ("1", 2, "17850"),
        ]
        assert found[0].lines[0].channel == "store"
        assert found[1].lines[0].channel == "web"

    def test_keeps_both_of_two_equal_lines_and_counts_one_duplicate(self, read: Read) -> None:
        line = "1,A,Bowl,2,2011-01-01 10:00:00,1.50,17850.0,UK\n"

        (order,), _ = read(line + line)

        assert sum(each.amount for each in order.lines) == Decimal("6.00")
        assert order.duplicates == 1

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("1,A,Bowl,two,2011-01-01 10:00:00,1.50,17850.0,UK", "quantity"),
            ("1,A,Bowl,2,2011-01-01 10:00:00,cheap,17850.0,UK", "unit_price"),
            ("1,A,Bowl,2,2011-01-01 10:00:00,NaN,17850.0,UK", "unit_price"),
            ("1,A,Bowl,2,yesterday,1.50,17850.0,UK", "instant"),
            ("1,,Bowl,2,2011-01-01 10:00:00,1.50,17850.0,UK", "sku_missing"),
            (",A,Bowl,2,2011-01-01 10:00:00,1.50,17850.0,UK", "order_missing"),
            ("1,A,Bowl,2,2011-01-01 10:00:00,1.50,17850.5,UK", "customer"),
            ("1,A,Bowl,99999999999,2011-01-01 10:00:00,1.50,17850.0,UK", "quantity"),
            ("1,A,Bowl,2,2011-01-01 10:00:00,1.50", "columns"),
            (f"1,A,{'x' * 300},2,2011-01-01 10:00:00,1.50,17850.0,UK", "title"),
            ("1,A,Bo\x07wl,2,2011-01-01 10:00:00,1.50,17850.0,UK", "title"),
        ],
    )
    def test_refuses_a_broken_line_and_keeps_the_rest(self, read: Read, line: str, code: str) -> None:
        good = "9,A,Bowl,2,2011-01-01 10:00:00,1.50,17850.0,UK"

        found, refused = read(f"{line}\n{good}\n")

        assert [(each.line, each.code) for each in refused] == [(2, code)]
        assert [order.reference for order in found] == ["9"]

    def test_closes_an_order_whose_last_line_is_refused(self, read: Read) -> None:
        found, refused = read(
            "1,A,Bowl,2,2011-01-01 10:00:00,1.50,17850.0,UK\n1,B,Cup,x,2011-01-01 10:00:00,1.50,17850.0,UK\n"
        )

        assert [len(order.lines) for order in found] == [1]
        assert len(refused) == 1

    def test_refuses_a_line_of_another_customer_in_an_order(self, read: Read) -> None:
        _, refused = read(
            "1,A,Bowl,2,2011-01-01 10:00:00,1.50,17850.0,UK\n1,B,Cup,1,2011-01-01 10:00:00,1.50,17851.0,UK\n"
        )

        assert [each.code for each in refused] == ["order_mixed"]


class TestPurchaseOf:
    @pytest.mark.parametrize(
        ("reference", "quantity", "kind"),
        [("1", 2, PurchaseKind.SALE), ("1", -2, PurchaseKind.RETURN), ("C1", -2, PurchaseKind.CANCELLED)],
    )
    def test_follows_the_rules_of_the_mapping(
        self, read: Read, mapping: Mapping, reference: str, quantity: int, kind: PurchaseKind
    ) -> None:
        (order,), _ = read(f"{reference},A,Bowl,{quantity},2011-01-01 10:00:00,1.50,17850.0,UK\n")

        purchase = purchase_of(order, mapping)

        assert purchase.kind == kind
        assert purchase.total == 150 * quantity
        assert purchase.lines[0].unit_price == "1.50"


class TestMinorUnits:
    def test_rounds_what_is_smaller_and_knows_currencies_without_cents(self) -> None:
        assert minor_units(Decimal("0.001"), "GBP") == 0
        assert minor_units(Decimal("1200"), "JPY") == 1200
        assert minor_units(Decimal("1.2345"), "KWD") == 1234


class TestEnvelopes:
    def test_name_themselves_by_the_source_and_by_nothing_of_this_run(
        self, read: Read, mapping: Mapping
    ) -> None:
        (order,), _ = read("1,A,Bowl,2,2011-01-01 10:00:00,1.50,17850.0,UK\n")

        first = parcel_of(order, mapping).envelope(customer_id=None, wall_ms=1)
        again = parcel_of(order, mapping).envelope(customer_id=None, wall_ms=2)

        assert first.mutation_id == again.mutation_id
        assert first.record_id == NOBODY

    def test_take_an_order_that_says_something_else_for_another_mutation(
        self, read: Read, mapping: Mapping
    ) -> None:
        (order,), _ = read("1,A,Bowl,2,2011-01-01 10:00:00,1.50,17850.0,UK\n")
        (other,), _ = read("1,A,Bowl,2,2011-01-01 10:00:00,1.60,17850.0,UK\n")

        first, second = parcel_of(order, mapping), parcel_of(other, mapping)

        assert first.mutation_id != second.mutation_id

    def test_make_a_customer_who_can_be_found_by_her_number(self, read: Read, mapping: Mapping) -> None:
        (order,), _ = read("1,A,Bowl,2,2011-01-01 10:00:00,1.50,17850.0,UK\n")

        mutation = customer_mutation("17850", order, mapping)

        assert mutation.values == {
            "family_name": "Client 17850",
            "loyalty_card": "17850",
            "home_store": "lyon",
        }
        assert (
            customer_envelope(mutation, wall_ms=1).record_id
            == customer_envelope(mutation, wall_ms=2).record_id
        )
