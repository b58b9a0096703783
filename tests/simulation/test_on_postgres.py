"""The same stories hold on a real PostgreSQL, where merging, parting and erasing are the product's own."""

import asyncio
from pathlib import Path

import pytest

from server.database.embedded import cluster
from server.database.migrate import migrate
from tests.simulation.on_postgres import play_all_on, play_on
from tests.simulation.point_in_time import PointInTime
from tests.simulation.postgres import Database
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
    "an e-mail that was kept from a manager was laid aside when two became one": """
        policy_changed 0 17 3
        round 1 0 0
        customer_merged 0 0 1
        round 1 0 0
        """,
    "what was refused was asked about again, after she was forgotten": """
        edit 47774 12995 20302
        reply_corrupted 36974 34422 44957
        customer_erased 65234 16476 62973
        """,
}

BY_THE_PRODUCT = {  # what is done by the product's own means here, and how a story meets it
    "feed_swept": """
        round 0 0 0
        move 0 0 1
        round 0 0 0
        feed_swept 0 0 0
        round 0 0 0
        edit 0 0 4
        """,
    "history_lost": """
        round 0 0 0
        move 0 0 1
        edit 0 0 4
        round 0 0 0
        history_lost 0 0 0
        edit 0 0 4
        round 0 0 0
        """,
    "policy_changed": """
        round 0 0 0
        edit 0 0 0
        round 0 0 0
        policy_changed 0 0 2
        round 0 0 0
        policy_changed 0 33 1
        edit 0 0 4
        round 0 0 0
        round 1 0 0
        """,
    "held_edit_stood": """
        round 0 0 0
        edit 0 0 2
        round 0 0 0
        round 1 0 0
        held_edit_decided 0 16 0
        round 0 0 0
        """,
    "held_edit_dismissed": """
        round 0 0 0
        edit 0 0 2
        round 0 0 0
        held_edit_decided 0 0 0
        round 0 0 0
        """,
}

LOST = """
    round 0 0 0
    server_backup_made 0 0 0
    edit 0 0 0
    round 0 0 0
    server_restored 0 0 0
    round 0 0 0
    edit 0 0 0
    round 0 0 0
    failed_over 0 1 0
    round 0 0 0
    edit 0 0 4
    round 0 0 0
    failed_over 0 2 0
    """


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

    def test_are_told_of_nothing_new_at_a_glance(self, database: str) -> None:
        """A tablet that was told so while something was new would never agree with the server again."""
        served = Database(database)
        try:
            world, broken = play_on(served, told("round 0 0 0\nround 0 0 0\nedit 1 0 4\nround 1 0 0"))
        finally:
            served.close()
        assert broken == () and world.glances > 1

    def test_meet_what_the_product_does_by_itself(self, database: str) -> None:
        served = Database(database)
        try:
            for fault, story in BY_THE_PRODUCT.items():
                world, broken = play_on(served, told(story))
                assert (broken, world.faults[fault] > 0) == ((), True), fault
        finally:
            served.close()

    def test_go_on_without_the_latest_commits(self, open_path: Path) -> None:
        """On a cluster of their own, put back to where its log was: once as a backup, twice as a standby."""
        with cluster(open_path / "postgres", durable=False) as running:
            url = running.ensure_database("simulation")
            asyncio.run(migrate(url))
            served = Database(url, kept=PointInTime(running))
            try:
                world, broken = play_on(served, told(LOST))
            finally:
                served.close()
        assert broken == ()
        assert (world.faults["server_restored"], world.faults["failed_over_with_loss"]) == (1, 2)
