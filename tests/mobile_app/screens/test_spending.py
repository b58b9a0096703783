"""What she spent over the year: month by month, by channel and by category, of what the reader may see."""

from typing import Any

import pytest

from mobile_app.i18n import use
from mobile_app.screens.card import events, shown
from mobile_app.screens.card import model as cards
from mobile_app.screens.card.spent import MOST_CARRIED, Spent, spent
from mobile_app.screens.card.spent_words import about_words, month_by_month
from schemas.staff import Role
from tests.mobile_app.screens.made import TODAY, card, purchase

SPEND = {
    "currency": "EUR",
    "by_month": {"2026-11": 60_000, "2026-10": 40_000},
    "by_channel": {"store": 900_000, "web": 40_000},
    "by_family": {"bags": 700_000},
}


def bought(number: int, days: int, *lines: tuple[str, int], **said: Any) -> dict[str, Any]:
    held = purchase(number, days, sum(amount for _, amount in lines), **said)
    return held | {"lines": [{"family": family, "amount": amount} for family, amount in lines]}


YEAR = [
    bought(1, 4, ("bags", 50_000), ("scarves", 10_000)),
    bought(2, 40, ("scarves", 40_000), channel="web"),
    bought(3, 500, ("bags", 800_000)),
]


def of(chosen: str = "", **said: Any) -> Spent:
    return spent({"spend": SPEND, "purchases": YEAR, **said}, TODAY, chosen)


class TestTheYear:
    def test_is_told_apart_by_channel_and_category(self) -> None:
        known = of()
        assert [(part.name, part.amount) for part in known.channels] == [("store", 60_000), ("web", 40_000)]
        assert [(part.name, part.amount) for part in known.families] == [
            ("bags", 50_000),
            ("scarves", 50_000),
        ]
        assert known.of_the_year and not known.in_part

    @pytest.mark.parametrize(
        ("chosen", "months"),
        [
            ("channel:web", (40_000, 0)),
            ("family:bags", (0, 50_000)),
            ("family:scarves", (40_000, 10_000)),
        ],
    )
    def test_shows_a_part_month_by_month(self, chosen: str, months: tuple[int, int]) -> None:
        known = of(chosen)
        assert known.part[-2:] == months and sum(known.part) == sum(months)
        assert all(part <= whole for part, (_, whole) in zip(known.part, known.months, strict=True))

    def test_shows_all_of_it_when_she_bought_nothing_of_the_part(self) -> None:
        assert of("family:watches").part == ()

    def test_adds_no_other_currency(self) -> None:
        dollars = {**YEAR[0], "currency": "USD"}
        assert [part.name for part in of(purchases=[*YEAR[1:], dollars]).channels] == ["web"]

    def test_says_so_when_the_card_carries_only_the_latest(self) -> None:
        many = [bought(number, 4, ("bags", 100)) for number in range(MOST_CARRIED)]
        assert of(purchases=many).in_part
        assert not of(purchases=[*many, YEAR[2]]).in_part  # the oldest is of another year
        assert str(MOST_CARRIED) in about_words(of(purchases=many), "")


class TestWhoMayNot:
    def test_see_sums_sees_none_made_of_purchases(self) -> None:
        assert of(spend=None) == Spent()

    def test_see_purchases_is_shown_what_the_sums_name_and_can_choose_none(self) -> None:
        known = of("channel:web", purchases=None)
        assert [part.amount for part in known.channels] == [900_000, 40_000]
        assert not known.of_the_year and known.part == ()
        assert "Tap" not in about_words(known, "")

    @pytest.mark.parametrize("role", list(Role))
    def test_is_asked_of_the_policy(self, role: Role) -> None:
        held = card(role)
        assert bool(spent(held.values, TODAY).months) == (held.values.get("spend") is not None)


class TestAPart:
    def test_is_chosen_by_a_tap_and_left_by_another(self) -> None:
        model = shown.CardModel(card=card())
        model, effects = cards.update(model, events.PartPressed(part="channel:web"))
        assert model.part == "channel:web" and effects == []
        assert cards.update(model, events.PartPressed(part="channel:web"))[0].part == ""


class TestTheWords:
    def test_name_the_part_its_sum_and_the_whole(self) -> None:
        assert about_words(of("family:scarves"), "family:scarves") == "Scarves: €500 of €1,000"
        use("fr")
        said = about_words(of("channel:web"), "channel:web")
        use("en")
        assert said == "En ligne\u00a0: 400\u00a0€ sur 1\u202f000\u00a0€"

    def test_read_the_chart_out(self) -> None:
        assert month_by_month(of("channel:web")).endswith("Oct €400, Nov €0")
