"""Stories that once ended badly, each as short as it can be told."""

import pytest

from tests.simulation.simulation import play
from tests.simulation.story import Step

# what went wrong -> its steps
STORIES = {
    "a first download that a crash of PostgreSQL interrupted kept a customer who left meanwhile": """
        send 62975 40672 61921
        postgres_crashed 42503 41107 35843
        arrive 2 26023 15882
        move 34401 59895 63902
        """,
    "edits made after the clock fell back ten years were taken for stale ones": """
        round 2 0 0
        clock_ten_years_behind 2 0 0
        edit 2 1 4
        """,
    "a conflict still told the other's word to somebody who had lost the right to it": """
        edit 21460 30723 34787
        round 18472 57261 56609
        role_changed 6112 27933 23239
        """,
}


def told(text: str) -> list[Step]:
    """Return the steps of a story as `comptoir prove simulation` prints them."""
    steps = []
    for line in text.split("\n"):
        if line.strip():
            name, *numbers = line.split()
            a, b, c = map(int, numbers)
            steps.append(Step(name=name, a=a, b=b, c=c))
    return steps


class TestStories:
    @pytest.mark.parametrize("name", STORIES)
    def test_end_well(self, name: str) -> None:
        assert play(0, 0, story=told(STORIES[name])).broken == ()
