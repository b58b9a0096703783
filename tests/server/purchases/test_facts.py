"""What a ledger says of a customer, as tables of purchases and what follows from them."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.customer import checked
from schemas.purchase import Purchase, PurchaseKind, PurchaseLine
from schemas.record import Channel
from server.purchases.facts import LATEST_PURCHASES, YEAR_MS, facts

DAY_MS = 86_400_000
NOW = 20_000 * DAY_MS


def purchase(
    number: int, *, days_ago: int, lines: list[PurchaseLine], channel: Channel = Channel.STORE
) -> Purchase:
    total = sum(line.amount for line in lines)
    return Purchase(
        purchase_id=UUID(int=number),
        source="till",
        reference=str(number),
        at=NOW - days_ago * DAY_MS,
        channel=channel,
        kind=PurchaseKind.SALE if total >= 0 else PurchaseKind.RETURN,
        currency="EUR",
        total=total,
        lines=tuple(lines),
    )


def line(sku: str, quantity: int, amount: int, *, size: str | None = None) -> PurchaseLine:
    return PurchaseLine(
        sku=sku,
        title=sku,
        quantity=quantity,
        amount=amount,
        size=size,
        size_category="shoes" if size else None,
        family="shoes",
    )


BOUGHT = purchase(1, days_ago=400, lines=[line("loafer", 1, 89_000, size="38")])
AGAIN = purchase(2, days_ago=30, lines=[line("loafer", 1, 89_000, size="38"), line("belt", 1, 12_000)])
WRONG_SIZE = purchase(3, days_ago=20, lines=[line("pump", 1, 60_000, size="39")], channel=Channel.WEB)
BROUGHT_BACK = purchase(4, days_ago=10, lines=[line("pump", -1, -60_000, size="39")])
LEDGER = [BOUGHT, AGAIN, WRONG_SIZE, BROUGHT_BACK]


class TestFacts:
    def test_sums_deduct_returns(self) -> None:
        spend = facts(LEDGER, now_ms=NOW)["spend"]
        assert (spend["lifetime"], spend["last_12_months"], spend["purchases"]) == (190_000, 101_000, 3)

    def test_the_average_basket_is_of_sales(self) -> None:
        assert facts(LEDGER, now_ms=NOW)["spend"]["average_basket"] == round((89_000 + 101_000 + 60_000) / 3)

    def test_sums_by_channel(self) -> None:
        assert facts(LEDGER, now_ms=NOW)["spend"]["by_channel"] == {"store": 130_000, "web": 60_000}

    def test_what_came_back_is_not_owned(self) -> None:
        assert [(each["sku"], each["quantity"]) for each in facts(LEDGER, now_ms=NOW)["owned"]] == [
            ("loafer", 2),
            ("belt", 1),
        ]

    def test_what_came_back_is_not_her_size(self) -> None:
        assert facts(LEDGER, now_ms=NOW)["computed_sizes"] == {"shoes": {"value": "38", "purchases": 2}}

    def test_purchases_come_newest_first(self) -> None:
        assert [each["reference"] for each in facts(LEDGER, now_ms=NOW)["purchases"]] == ["4", "3", "2", "1"]

    def test_she_is_a_client_since_the_first(self) -> None:
        assert facts(LEDGER, now_ms=NOW)["client_since"] == "2023-08-31"

    def test_an_empty_ledger_says_nothing(self) -> None:
        assert facts([], now_ms=NOW) == {
            "purchases": [],
            "spend": None,
            "owned": [],
            "computed_sizes": {},
            "client_since": None,
        }

    @pytest.mark.parametrize("field", ["purchases", "spend", "owned", "computed_sizes", "client_since"])
    def test_every_fact_fits_its_field(self, field: str) -> None:
        value = facts(LEDGER, now_ms=NOW)[field]
        assert checked(field, value) == value

    @given(st.lists(st.tuples(st.integers(0, 900), st.integers(-5, 5)), max_size=60), st.randoms())
    def test_no_order_changes_anything_and_no_sum_is_cut(self, shapes: list[tuple[int, int]], random) -> None:  # type: ignore[no-untyped-def]
        ledger = [
            purchase(number, days_ago=days, lines=[line("x", quantity, quantity * 100)])
            for number, (days, quantity) in enumerate(shapes)
        ]
        shuffled = [*ledger]
        random.shuffle(shuffled)
        found = facts(ledger, now_ms=NOW)
        assert facts(shuffled, now_ms=NOW) == found
        assert len(found["purchases"]) == min(len(ledger), LATEST_PURCHASES)
        if ledger:
            assert found["spend"]["lifetime"] == sum(each.total for each in ledger)
            recent = [each.total for each in ledger if each.at > NOW - YEAR_MS]
            assert found["spend"]["last_12_months"] == sum(recent)

    def test_older_purchases_come_with_their_sum_when_lines_are_many(self) -> None:
        ledger = [
            purchase(number, days_ago=number, lines=[line(f"sku{place}", 1, 100) for place in range(50)])
            for number in range(1, 11)
        ]
        shown = facts(ledger, now_ms=NOW)["purchases"]
        assert [len(each.get("lines", ())) for each in shown] == [50, 50, 50, 50, 0, 0, 0, 0, 0, 0]
        assert {each["total"] for each in shown} == {5_000}
