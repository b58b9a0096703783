"""The same stories hold on a real PostgreSQL, where merging, parting and erasing are the product's own."""

import pytest

from tests.simulation.on_postgres import Database, play_all_on, play_on
from tests.simulation.test_stories import told

BOTH_SAY_WHAT_THEY_LIKE = """
    round 0 0 0
    round 2 0 0
    edit 0 0 4
    round 0 0 0
    edit 2 9 4
    round 2 0 0
    """
STORIES = {
    "one revision was two values when two became one, and when they parted": f"""{BOTH_SAY_WHAT_THEY_LIKE}
        customer_merged 0 0 1
        round 0 0 0
        round 2 0 0
        customer_unmerged 0 0 0
        round 0 0 0
        round 2 0 0
        """,
    "they became one again the other way, after more was said of each": f"""{BOTH_SAY_WHAT_THEY_LIKE}
        customer_merged 0 0 1
        round 0 0 0
        edit 2 9 4
        round 2 0 0
        customer_unmerged 0 0 0
        round 0 0 0
        edit 2 9 4
        round 2 0 0
        edit 0 0 4
        round 0 0 0
        customer_merged 0 1 0
        round 0 0 0
        round 2 0 0
        """,
}


class TestOnPostgres:
    def test_hold(self, database: str) -> None:
        tally = play_all_on(database, [range(3)], 45)
        assert tally.broken == {}
        assert tally.injected > 20

    @pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
    def test_that_ended_badly_once_end_well(self, story: str, database: str) -> None:
        served = Database(database)
        try:
            assert play_on(served, told(story))[1] == ()
        finally:
            served.close()
