"""Who somebody new may be, on a tablet without a line: rules of names, and nothing a reader may not know."""

from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from schemas.visibility import DEFAULT_POLICY, Level
from sync.replica.likeness import Likenesses
from sync.replica.search import SearchIndex
from sync.replica.store import Store
from sync.search_row import search_row
from sync.summary import Summary, summarize

MANAGER, SELLER = DEFAULT_POLICY.levels["store_manager"], DEFAULT_POLICY.levels["seller"]
CATHERINE = {
    "given_name": "Catherine",
    "family_name": "Philippot",
    "town": "Lyon",
    "phone": "+33612345678",
    "email": "c.philippot@example.org",
    "loyalty_card": "MB000042",
}


def likenesses(*people: dict[str, Any], levels: dict[str, Level] = MANAGER) -> Likenesses:
    """Return a store's answers, as its reader's lens lets it hold people."""
    lines = {
        UUID(int=number): summarize(UUID(int=number), values, levels, pending=0)
        for number, values in enumerate(people, 1)
    }
    index = SearchIndex([(record_id, search_row(line)) for record_id, line in lines.items()])

    def search(query: str, limit: int) -> list[Summary]:
        return [lines[record_id] for record_id in index.find(query, (), limit)]

    held = SimpleNamespace(search=search, customers=index)
    return Likenesses(cast(Store, held))


def found(answers: Likenesses, **texts: str) -> list[int]:
    return [who.record_id.int for who in answers.find(texts, 3)]


class TestLikeness:
    @pytest.mark.parametrize(
        ("given", "family"),
        [
            ("Catherine", "Philippot"),
            ("CATHERINE", "philippot"),
            ("Cathy", "Philippot"),  # as friends call her
            ("Catherine", "Filipo"),  # as it sounds
            ("Cathy", "Filipot"),
            ("Catherine", "Philipot"),  # a slip
            ("C", "Philippot"),
            ("", "Philippot"),
            ("Philippot", "Catherine"),  # in the other order
            ("Catherine", "Phil"),  # still being typed
        ],
    )
    def test_knows_a_name_however_it_is_given(self, given: str, family: str) -> None:
        others = {"given_name": "Paul", "family_name": "Martin", "town": "Philippot"}
        assert found(likenesses(others, CATHERINE), given_name=given, family_name=family) == [2]

    @pytest.mark.parametrize(
        ("given", "family"),
        [("Bruno", "Philippot"), ("Catherine", "Durand"), ("Catherine", ""), ("", ""), ("Li", "P")],
    )
    def test_warns_of_nobody_else(self, given: str, family: str) -> None:
        assert found(likenesses(CATHERINE), given_name=given, family_name=family) == []

    def test_knows_a_number_by_itself_and_puts_her_first_who_agrees_in_most(self) -> None:
        namesake = {"given_name": "Catherine", "family_name": "Philippot", "town": "Nice"}
        answers = likenesses(namesake, CATHERINE)
        for field, text in (("phone", "06 12 34 56 78"), ("email", "C.Philippot@example.org")):
            assert found(answers, **{field: text}) == [2]
            assert found(answers, given_name="Cathy", family_name="Philippot", **{field: text}) == [2, 1]

    def test_hears_names_that_came_later(self) -> None:
        answers = likenesses()
        assert found(answers, family_name="Filipo") == []
        answers._store = likenesses(CATHERINE)._store
        assert found(answers, given_name="Cathy", family_name="Filipo") == [1]


class TestTheReader:
    HIDDEN = ("phone", "email", "loyalty_card", "given_name", "family_name", "town")

    @pytest.mark.parametrize("level", [Level.HIDDEN, Level.MASKED])
    @pytest.mark.parametrize("field", HIDDEN)
    def test_cannot_tell_by_the_warning_that_there_is_a_value_he_may_not_see(
        self, field: str, level: Level
    ) -> None:
        levels = {**MANAGER, field: level}
        there = likenesses(CATHERINE, levels=levels)
        missing = likenesses({**CATHERINE, field: None}, levels=levels)
        for texts in (
            {field: CATHERINE[field]},
            {"given_name": "Catherine", "family_name": "Philippot"},
            {"given_name": "Cathy", "family_name": "Filipo", field: CATHERINE[field]},
            {"family_name": "Philippot", "phone": "0612345678", "email": "c.philippot@example.org"},
        ):
            assert there.find(texts, 3) == missing.find(texts, 3)

    def test_of_a_shop_floor_learns_nothing_of_a_masked_phone_as_it_is_typed(self) -> None:
        assert SELLER["phone"] is Level.MASKED
        answers = likenesses(CATHERINE, levels=SELLER)
        assert all(found(answers, phone="0612345678"[:end]) == [] for end in range(11))
        assert found(answers, phone="0612345678", given_name="Cathy", family_name="Philippot") == [1]
