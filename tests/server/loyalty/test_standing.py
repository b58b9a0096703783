"""What a card shows of a ledger follows from its lines alone."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from schemas.loyalty import LoyaltyEntry
from server.loyalty.ledger import standing

NOW_MS = 1_800_000_000_000

a_line = st.builds(
    LoyaltyEntry,
    entry_id=st.uuids(),
    at=st.sampled_from((NOW_MS - 2, NOW_MS - 1)),  # a database gives lines of one instant in any order
    points=st.integers(-5, 5),
    reason=st.sampled_from(("purchase", "adjustment", "reward", "hold")),
    holder=st.sampled_from((None, "her tablet")),
    held=st.integers(0, 3),
)


class TestStanding:
    @given(
        st.lists(a_line, unique_by=lambda line: line.entry_id).flatmap(
            lambda lines: st.tuples(st.just(lines), st.permutations(lines))
        )
    )
    def test_is_the_same_in_whatever_order_the_lines_come(
        self, told: tuple[list[LoyaltyEntry], list[LoyaltyEntry]]
    ) -> None:
        once, again = told
        assert standing(once, now_ms=NOW_MS) == standing(again, now_ms=NOW_MS)

    def test_shows_of_one_instant_the_same_line_first(self) -> None:
        one, other = (
            LoyaltyEntry(entry_id=UUID(int=number), at=NOW_MS, points=-2, reason="reward")
            for number in (1, 2)
        )
        shown = standing([other, one], now_ms=NOW_MS)
        assert shown is not None
        assert [line["entry_id"] for line in shown["latest"]] == [str(other.entry_id), str(one.entry_id)]
