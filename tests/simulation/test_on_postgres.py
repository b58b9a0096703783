"""The same stories hold on a real PostgreSQL."""

from tests.simulation.on_postgres import play_all_on


class TestOnPostgres:
    def test_hold(self, database: str) -> None:
        tally = play_all_on(database, [range(3)], 45)
        assert tally.broken == {}
        assert tally.injected > 20
