"""A withdrawal always wins, in whatever order the ledger arrives."""

from itertools import permutations
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from schemas.consent import (
    ConsentEvent,
    ConsentState,
    ContactChannel,
    Purpose,
    consent_key,
    standings,
)
from schemas.contact import may_contact
from schemas.wording import Wording
from tests.schemas.wire import as_json

NOW = 1_795_000_000_000
WORDING = Wording(
    version="2026-01",
    brand="maison",
    channel=ContactChannel.EMAIL,
    purpose=Purpose.MARKETING,
    texts={"fr": "Écrivez-moi.", "en": "Do write to me."},
)
KEY = consent_key("maison", "email", "marketing")


def event(number: int, state: ConsentState, *, at: int, knows: tuple[int, ...] = ()) -> ConsentEvent:
    return ConsentEvent(
        event_id=UUID(int=number),
        brand="maison",
        channel=ContactChannel.EMAIL,
        purpose=Purpose.MARKETING,
        state=state,
        at=at,
        knows=tuple(UUID(int=known) for known in knows),
        wording=WORDING.version,
    )


def granted(number: int, *, at: int, knows: tuple[int, ...] = ()) -> ConsentEvent:
    return event(number, ConsentState.GRANTED, at=at, knows=knows)


def withdrawn(number: int, *, at: int) -> ConsentEvent:
    return event(number, ConsentState.WITHDRAWN, at=at)


class TestStandings:
    def test_silence_is_not_consent(self) -> None:
        answer = may_contact(
            {},
            brand="maison",
            channel=ContactChannel.EMAIL,
            purpose=Purpose.MARKETING,
            now=NOW,
            wordings={},
        )
        assert (answer.allowed, answer.reason) == (False, "never_asked")

    def test_a_withdrawal_beats_a_grant_of_a_faster_clock(self) -> None:
        ledger = [withdrawn(1, at=1_000), granted(2, at=9_999_999)]
        assert standings(ledger)[KEY].state == ConsentState.WITHDRAWN

    def test_a_grant_made_in_knowledge_of_the_withdrawal_lifts_it(self) -> None:
        ledger = [withdrawn(1, at=1_000), granted(2, at=500, knows=(1,))]
        assert standings(ledger)[KEY].state == ConsentState.GRANTED

    def test_a_word_nobody_knows_grants_nothing(self) -> None:
        assert standings([event(1, ConsentState("maybe"), at=1)])[KEY].state == ConsentState.WITHDRAWN

    def test_a_later_withdrawal_needs_a_later_answer(self) -> None:
        ledger = [withdrawn(1, at=1), granted(2, at=2, knows=(1,)), withdrawn(3, at=3)]
        assert standings(ledger)[KEY].state == ConsentState.WITHDRAWN

    def test_order_and_repetition_change_nothing(self) -> None:
        ledger = [withdrawn(1, at=1), granted(2, at=2, knows=(1,)), withdrawn(3, at=3), granted(4, at=3)]
        folded = {repr(standings([*order, order[0]])) for order in permutations(ledger)}
        assert len(folded) == 1

    @given(
        st.lists(
            st.tuples(st.booleans(), st.integers(0, 5), st.lists(st.integers(0, 7), max_size=3)),
            min_size=1,
            max_size=8,
        ),
        st.randoms(),
    )
    def test_any_order_gives_the_same_standing(self, facts, random) -> None:
        ledger = [
            granted(number, at=at, knows=tuple(knows)) if yes else withdrawn(number, at=at)
            for number, (yes, at, knows) in enumerate(facts)
        ]
        shuffled = [*ledger]
        random.shuffle(shuffled)
        assert standings(ledger) == standings(shuffled)

    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=8), st.integers(0, 99))
    def test_a_withdrawal_nobody_answered_always_stands(self, facts, at) -> None:
        ledger = [
            granted(number, at=when) if yes else withdrawn(number, at=when)
            for number, (yes, when) in enumerate(facts)
        ]
        unanswered = withdrawn(1_000, at=at)
        folded = standings([unanswered, *ledger])
        answer = may_contact(
            as_json({key: standing for key, standing in folded.items()}),
            brand="maison",
            channel=ContactChannel.EMAIL,
            purpose=Purpose.MARKETING,
            now=NOW,
            wordings={WORDING.key: WORDING},
        )
        assert not answer.allowed
