"""The made world is always the same and looks like a house's own."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from schemas.consent import ConsentState
from schemas.loyalty import Tier
from schemas.mutations import (
    AddElement,
    CreateCustomer,
    LogTouchpoint,
    PutEntry,
    RecordConsent,
    RecordPurchase,
    WriteNote,
)
from schemas.purchase import Purchase, PurchaseKind
from schemas.record import Channel
from server.demo.brand import STAFF, STORES, sellers_of
from server.demo.catalog import FAMILY_NAMES, SIZES, catalogue
from server.demo.fold import Account, fold_life
from server.demo.history import BLOCK, Life, draw_block, draw_lives

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
YEAR_MS = 365 * 86_400_000


@pytest.fixture(scope="module")
def lives() -> list[Life]:
    return list(draw_lives(customers=1500, seed=11, now=NOW))


@pytest.fixture(scope="module")
def accounts(lives: list[Life]) -> list[Account]:
    return [fold_life(life, now_ms=NOW_MS) for life in lives]


def _purchases(lives: list[Life]) -> list[Purchase]:
    return [
        deed.mutation.purchase
        for life in lives
        for deed in life.deeds
        if isinstance(deed.mutation, RecordPurchase)
    ]


class TestTheSameSeed:
    def test_tells_the_same_lives(self) -> None:
        assert list(draw_lives(customers=60, seed=1, now=NOW)) == list(
            draw_lives(customers=60, seed=1, now=NOW)
        )

    def test_tells_others_than_another_seed(self) -> None:
        assert list(draw_lives(customers=5, seed=1, now=NOW)) != list(
            draw_lives(customers=5, seed=2, now=NOW)
        )

    def test_draws_a_block_without_the_ones_before(self, lives: list[Life]) -> None:
        assert list(draw_block(1, customers=BLOCK, seed=11, now=NOW)) == lives[BLOCK : 2 * BLOCK]

    def test_keeps_the_first_customers_when_more_are_asked_for(self, lives: list[Life]) -> None:
        assert list(draw_lives(customers=BLOCK, seed=11, now=NOW)) == lives[:BLOCK]


class TestALife:
    def test_has_an_id_of_its_own(self, lives: list[Life]) -> None:
        assert len({life.customer_id for life in lives}) == len(lives)

    def test_begins_with_the_creation_and_never_looks_ahead(self, lives: list[Life]) -> None:
        for life in lives:
            readings = [deed.said.hlc for deed in life.deeds]
            assert isinstance(life.deeds[0].mutation, CreateCustomer)
            assert readings == sorted(set(readings))
            assert readings[-1] >> 16 <= NOW_MS

    def test_names_every_mutation_once(self, lives: list[Life]) -> None:
        names = [deed.said.mid for life in lives for deed in life.deeds]
        assert len(set(names)) == len(names)

    def test_sells_only_what_was_launched(self, lives: list[Life]) -> None:
        launched = {one.product.sku: one.product.launched or "" for one in catalogue()}
        for purchase in _purchases(lives):
            day = datetime.fromtimestamp(purchase.at / 1000, UTC).date().isoformat()
            assert all(launched[line.sku] <= day for line in purchase.lines)

    def test_adds_up_every_ticket(self, lives: list[Life]) -> None:
        for purchase in _purchases(lives):
            assert purchase.total == sum(line.amount for line in purchase.lines)
            assert purchase.lines


class TestTheWorld:
    """Shares that a house of this kind would recognise."""

    def test_is_busiest_in_december_and_quietest_in_august(self, lives: list[Life]) -> None:
        months = Counter(
            datetime.fromtimestamp(one.at / 1000, UTC).month
            for one in _purchases(lives)
            if one.at < datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1000
        )
        mean = sum(months.values()) / 12
        assert months.most_common(1)[0][0] == 12
        assert months[12] > 1.5 * mean
        assert months[8] < 0.75 * mean
        assert months[1] > months[2] and months[7] > months[6]

    def test_buys_little_at_night_and_on_sunday_in_stores(self, lives: list[Life]) -> None:
        sales = [
            datetime.fromtimestamp(one.at / 1000, UTC)
            for one in _purchases(lives)
            if one.channel == Channel.STORE and one.kind == PurchaseKind.SALE
        ]
        assert all(7 <= each.hour <= 19 for each in sales)
        weekdays = Counter(each.weekday() for each in sales)
        assert weekdays[5] > 1.5 * weekdays[1]
        assert weekdays[6] < 0.5 * weekdays[1]

    def test_brings_back_a_believable_share(self, lives: list[Life]) -> None:
        purchases = _purchases(lives)
        returned = sum(one.kind == PurchaseKind.RETURN for one in purchases)
        assert 0.04 < returned / len(purchases) < 0.12
        lines = Counter(one.channel for one in purchases if one.kind == PurchaseKind.SALE)
        assert all(lines[channel] for channel in (Channel.STORE, Channel.WEB, Channel.APP, Channel.SOCIAL))
        assert lines[Channel.STORE] > lines[Channel.WEB] > lines[Channel.SOCIAL]

    def test_is_carried_by_few(self, accounts: list[Account]) -> None:
        spent = sorted(
            ((account.values.get("spend") or {}).get("lifetime", 0) for account in accounts), reverse=True
        )
        assert sum(spent[: len(spent) // 5]) > 0.6 * sum(spent)
        counts = sorted(len(account.purchases) for account in accounts)
        assert counts[len(counts) // 2] <= 3
        assert counts[-1] > 25

    def test_has_people_who_stay_away(self, accounts: list[Account]) -> None:
        last = [(account.values.get("spend") or {}).get("last_at") or 0 for account in accounts]
        dormant = sum(at < NOW_MS - YEAR_MS for at in last) / len(last)
        assert 0.3 < dormant < 0.7

    def test_has_every_tier_in_a_pyramid(self, accounts: list[Account]) -> None:
        tiers = Counter(
            account.values["loyalty"]["tier"] for account in accounts if "loyalty" in account.values
        )
        assert tiers[Tier.SILVER] > tiers[Tier.GOLD] > tiers[Tier.PLATINUM] > 0

    def test_has_families_at_one_address(self, accounts: list[Account]) -> None:
        homes = Counter(
            (account.values["family_name"], str(account.values["address"]))
            for account in accounts
            if "address" in account.values
        )
        assert sum(count > 1 for count in homes.values()) > 0.03 * len(homes)

    def test_grew_over_the_years(self, lives: list[Life]) -> None:
        years = Counter(datetime.fromtimestamp(one.at / 1000, UTC).year for one in _purchases(lives))
        assert years[2022] < years[2025]
        assert set(years) == {2021, 2022, 2023, 2024, 2025, 2026}

    def test_wears_one_size_mostly(self, accounts: list[Account]) -> None:
        declared = [
            account.values["sizes"][category]["value"] == found["value"]
            for account in accounts
            for category, found in (account.values.get("computed_sizes") or {}).items()
            if category in account.values.get("sizes", {}) and found["purchases"] >= 3
        ]
        assert declared
        assert sum(declared) > 0.8 * len(declared)

    def test_said_yes_and_no_under_several_wordings(self, lives: list[Life]) -> None:
        events = [
            deed.mutation for life in lives for deed in life.deeds if isinstance(deed.mutation, RecordConsent)
        ]
        granted = sum(one.state == ConsentState.GRANTED for one in events)
        assert 0.4 < granted / len(events) < 0.8
        assert len({one.wording for one in events}) == 3

    def test_fills_every_part_of_the_card(self, accounts: list[Account]) -> None:
        for field in (
            "email", "phone", "address", "birth_date", "home_store", "associate_id", "second_associate_id",
            "origin", "sizes", "computed_sizes", "likes", "dislikes", "occasions", "wish_list", "tags",
            "family",
            "important_dates", "payment_preference", "delivery_preference", "notes", "consents", "loyalty",
            "loyalty_card", "purchases", "touchpoints", "owned", "spend", "social_handles", "other_contacts",
            "client_since", "town", "language", "title",
        ):  # fmt: skip
            filled = sum(field in account.values and bool(account.values[field]) for account in accounts)
            assert filled > 0.002 * len(accounts), field

    def test_can_be_reached_by_nobody(self, accounts: list[Account]) -> None:
        for account in accounts:
            if "email" in account.values:
                host = account.values["email"].rsplit("@")[1]
                assert host.endswith((".example.com", ".example.org", ".example.net"))

    def test_bears_names_with_accents_hyphens_and_particles(self, accounts: list[Account]) -> None:
        names = [f"{one.values['given_name']} {one.values['family_name']}" for one in accounts]
        assert sum(not name.isascii() for name in names) > 0.1 * len(names)
        assert any("-" in name for name in names)
        assert any(" de " in name or " du " in name for name in names)
        common = Counter(one.values["family_name"] for one in accounts).most_common(1)[0][1]
        assert common > 5

    def test_has_notes_in_french_and_english_and_touchpoints_on_all_channels(self, lives: list[Life]) -> None:
        deeds = [deed for life in lives for deed in life.deeds]
        notes = [deed.mutation.text for deed in deeds if isinstance(deed.mutation, WriteNote)]
        assert any("ient " in text for text in notes) and any("Prefers" in text for text in notes)
        assert not any("{" in text for text in notes)
        channels = {
            deed.mutation.touchpoint.channel for deed in deeds if isinstance(deed.mutation, LogTouchpoint)
        }
        assert channels >= {Channel.STORE, Channel.WEB, Channel.APP, Channel.SOCIAL, Channel.CALL_CENTRE}
        assert any(isinstance(deed.mutation, AddElement) for deed in deeds)
        assert any(isinstance(deed.mutation, PutEntry) for deed in deeds)


class TestTheStaff:
    def test_shares_no_code(self) -> None:
        codes = [one.code for one in STAFF]
        assert len(set(codes)) == len(codes) >= 24
        assert all(code.isascii() and code.isalpha() and code.islower() for code in codes)

    def test_fills_every_role(self) -> None:
        assert {one.role for one in STAFF} == {
            "seller", "store_manager", "zone_manager", "call_centre", "head_office_crm", "loyalty_manager",
            "privacy_officer", "integration", "administrator",
        }  # fmt: skip

    def test_mans_every_store(self) -> None:
        assert len(STORES) >= 4
        assert all(len(sellers_of(store.code)) >= 3 for store in STORES)


class TestTheCatalogue:
    def test_has_two_hundred_products_in_ten_families(self) -> None:
        products = [one.product for one in catalogue()]
        assert len(products) >= 200
        assert len({one.sku for one in products}) == len(products)
        assert {one.family for one in products} == set(FAMILY_NAMES)
        assert len(FAMILY_NAMES) == 10

    def test_says_everything_in_two_languages(self) -> None:
        for one in catalogue():
            assert one.product.name.keys() == one.care.keys() == {"fr", "en"}

    def test_sells_sizes_that_exist(self) -> None:
        known = set(SIZES.values())
        assert all(one.product.sizes in known for one in catalogue() if one.product.size_category)
        assert all(not one.product.sizes for one in catalogue() if not one.product.size_category)

    def test_goes_with_other_products(self) -> None:
        skus = {one.product.sku for one in catalogue()}
        for one in catalogue():
            assert one.product.complements
            assert set(one.product.complements) <= skus - {one.product.sku}

    def test_was_launched_before_today(self) -> None:
        tomorrow = (date(2026, 11, 22) + timedelta(days=1)).isoformat()
        assert all((one.product.launched or "9") < tomorrow for one in catalogue())
