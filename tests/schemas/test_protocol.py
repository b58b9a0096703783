"""Verdicts as they travel."""

from uuid import UUID

import pytest

from schemas.protocol import Outcome, OutcomeStatus


@pytest.mark.parametrize("first", [each for each in OutcomeStatus if each is not OutcomeStatus.DUPLICATE])
def test_a_repeated_verdict_is_what_it_was_the_first_time(first: OutcomeStatus) -> None:
    told = Outcome(seq=1, mutation_id=UUID(int=1), status=first)
    again = Outcome(
        seq=2, mutation_id=UUID(int=1), status=OutcomeStatus.DUPLICATE, detail={"status": first.value}
    )
    assert (told.came_to, again.came_to) == (first, first)
