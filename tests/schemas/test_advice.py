"""What is suggested to a customer: one reason each, hard stops, answers that count, the same every time."""

from random import Random
from typing import Any

import pytest

from schemas.advice import DAY_MS, MOST, MOST_OF_A_FAMILY, Stop, Why, stop_of, suggest, wear
from schemas.customer import FIELDS
from schemas.product import Money, Product

NOW = 1_795_190_400_000  # 20 November 2026


def product(sku: str, family: str = "bags", **more: Any) -> Product:
    return Product(
        sku=sku,
        name={"en": more.pop("name", sku)},
        family=family,
        price=Money(amount=10_000, currency="EUR"),
        **more,
    )


def owned(sku: str, days: int) -> dict[str, Any]:
    return {"sku": sku, "title": sku, "at": NOW - days * DAY_MS, "quantity": 1}


BAG = product("BAG", material="cuir grainé", complements=("WALLET", "SCARF"))
WALLET = product("WALLET", "small_leather", material="cuir lisse", colour="noir")
SCARF = product("SCARF", "scarves", material="twill de soie", colour="ciel")
SCENT = product("SCENT", "fragrance", wear_months=8)
PUMP = product("PUMP", "shoes", launched="2026-10-01", size_category="shoes", sizes=("37", "38", "39"))
SHELF = (BAG, WALLET, SCARF, SCENT, PUMP)


class TestSuggest:
    def test_gives_each_article_one_reason_and_what_it_is_made_of(self) -> None:
        values = {
            "owned": [owned("BAG", 40), owned("SCENT", 300)],
            "likes": {"soie": []},
            "sizes": {"shoes": {"value": "38"}},
        }
        found = {each.sku: (each.why, each.because) for each in suggest(values, SHELF, now_ms=NOW)}
        assert found == {
            "SCENT": (Why.REPLENISHMENT, "SCENT"),
            "WALLET": (Why.COMPLEMENT, "BAG"),
            "SCARF": (Why.COMPLEMENT, "BAG"),
            "PUMP": (Why.NEW_IN_SIZE, "38"),
        }

    def test_names_a_like_or_a_material_bought_twice_as_her_taste(self) -> None:
        (scarf,) = suggest({"likes": {"Soie sauvage": []}}, [SCARF, WALLET], now_ms=NOW)
        assert (scarf.why, scarf.because) == (Why.SAME_TASTE, "Soie sauvage")
        bought = [product(f"B{n}", material="cuir lisse") for n in range(2)]
        values = {"owned": [owned(each.sku, 9) for each in bought]}
        (wallet,) = suggest(values, [*bought, WALLET], now_ms=NOW)
        assert (wallet.why, wallet.because) == (Why.SAME_TASTE, "cuir lisse")

    def test_puts_an_article_first_for_which_more_speaks(self) -> None:
        values = {"owned": [owned("BAG", 40)], "likes": {"silk": [], "soie": []}}
        assert [each.sku for each in suggest(values, SHELF, now_ms=NOW)][:2] == ["SCARF", "WALLET"]

    def test_knows_nothing_to_show_when_nothing_is_known(self) -> None:
        assert suggest({}, SHELF, now_ms=NOW) == ()

    @pytest.mark.parametrize("limit", ["profiling", "restriction"])
    def test_evaluates_nobody_who_objected(self, limit: str) -> None:
        values = {"owned": [owned("BAG", 40)], "limits": {limit: 1}}
        assert suggest(values, SHELF, now_ms=NOW) == ()

    def test_learns_from_what_she_said_to_others_like_it(self) -> None:
        values: dict[str, Any] = {"owned": [owned("BAG", 40)]}
        assert [each.sku for each in suggest(values, SHELF, now_ms=NOW)] == ["SCARF", "WALLET"]
        silk = product("SILK", "scarves", material="twill de soie", colour="nuit")
        values["advice"] = {"SILK": {"answer": "refused", "at": NOW - DAY_MS}}
        assert [each.sku for each in suggest(values, [*SHELF, silk], now_ms=NOW)] == ["WALLET", "SCARF"]
        values["advice"] = {"SILK": {"answer": "accepted", "at": NOW - DAY_MS}}
        assert [each.sku for each in suggest(values, [*SHELF, silk], now_ms=NOW)] == ["SCARF", "WALLET"]

    def test_forgets_an_answer_of_long_ago(self) -> None:
        silk = product("SILK", "scarves", material="twill de soie")
        values = {
            "owned": [owned("BAG", 40)],
            "advice": {"SILK": {"answer": "refused", "at": NOW - 500 * DAY_MS}},
        }
        assert [each.sku for each in suggest(values, [*SHELF, silk], now_ms=NOW)] == ["SCARF", "WALLET"]

    def test_shows_few_of_one_family_and_few_in_all(self) -> None:
        silks = [product(f"S{n}", f"family {n % 5}", material="soie") for n in range(40)]
        found = suggest({"likes": {"soie": []}}, silks, now_ms=NOW)
        assert len(found) == MOST
        families = [each.family for one in found for each in silks if each.sku == one.sku]
        assert max(map(families.count, families)) <= MOST_OF_A_FAMILY

    def test_is_the_same_list_in_whatever_order_the_catalogue_comes(self) -> None:
        values = {"owned": [owned("BAG", 40), owned("SCENT", 300)], "likes": {"soie": [], "cuir": []}}
        first, shuffled = suggest(values, SHELF, now_ms=NOW), list(SHELF)
        for seed in range(20):
            Random(seed).shuffle(shuffled)
            assert suggest(values, shuffled, now_ms=NOW) == first

    def test_rests_on_nothing_that_is_not_handed_in(self) -> None:
        """A field hidden from the reader is absent: what speaks of it then is absent too."""
        values = {"likes": {"soie": []}, "owned": [owned("BAG", 40)]}
        seen = suggest({"likes": values["likes"]}, SHELF, now_ms=NOW)
        assert {each.why for each in seen} == {Why.SAME_TASTE}

    def test_is_moved_by_no_other_field(self) -> None:
        values: dict[str, Any] = {"owned": [owned("BAG", 40)], "likes": {"soie": []}}
        used = {"owned", "likes", "dislikes", "sizes", "computed_sizes", "advice", "limits"}
        for field in set(FIELDS) - used:
            assert suggest({**values, field: {"x": 1}}, SHELF, now_ms=NOW) == suggest(
                values, SHELF, now_ms=NOW
            ), field


class TestStopOf:
    @pytest.mark.parametrize(
        ("values", "stop"),
        [
            ({"dislikes": {"Cuir": []}}, Stop.DISLIKED),
            ({"dislikes": {"allergique au cuir lisse": []}}, Stop.DISLIKED),
            ({"dislikes": {"cuirs qui craquent": []}}, None),
            ({"dislikes": {"!!": []}}, None),
            ({"dislikes": {"NOIR": []}}, Stop.DISLIKED),
            ({"dislikes": {"nickel": []}}, None),
            ({"owned": [owned("WALLET", 3)]}, Stop.OWNED),
            ({"advice": {"WALLET": {"answer": "refused", "at": 1}}}, Stop.REFUSED),
            ({"advice": {"WALLET": {"answer": "accepted", "at": 1}}}, Stop.ANSWERED),
            ({}, None),
        ],
    )
    def test_names_why_an_article_may_not_be_shown(self, values: dict[str, Any], stop: Stop | None) -> None:
        assert stop_of(values, WALLET, now_ms=NOW) == stop

    def test_lets_nothing_speak_against_a_material_she_does_not_bear(self) -> None:
        ring = product("RING", "jewellery", material="argent et nickel")
        values = {"dislikes": {"nickel": []}, "likes": {"argent": []}}
        assert suggest(values, [ring], now_ms=NOW) == ()

    def test_shows_no_size_that_is_not_hers(self) -> None:
        values = {"sizes": {"shoes": {"value": "41"}}, "computed_sizes": {"shoes": {"value": "38"}}}
        assert stop_of(values, PUMP, now_ms=NOW) is Stop.NOT_HER_SIZE
        assert stop_of({}, PUMP, now_ms=NOW) is None

    def test_lets_what_is_used_up_come_again(self) -> None:
        assert stop_of({"owned": [owned("SCENT", 30)]}, SCENT, now_ms=NOW) is Stop.OWNED
        assert stop_of({"owned": [owned("SCENT", 230)]}, SCENT, now_ms=NOW) is None


class TestWear:
    def test_is_a_share_of_the_usual_life_since_the_last_purchase(self) -> None:
        values = {"owned": [owned("SCENT", 400), owned("SCENT", 120)]}
        assert wear(values, SCENT, now_ms=NOW) == 50
        assert wear(values, BAG, now_ms=NOW) is None
        assert wear({"owned": [owned("SCENT", 4000)]}, SCENT, now_ms=NOW) == 100
