"""What a request may take."""

from dataclasses import dataclass

from loadtests.budgets import FEWEST, judged
from loadtests.staff import ADMINISTRATOR, HEAD_OFFICE, MANAGERS, SELLERS
from server.demo.brand import PASSWORD, STAFF


@dataclass
class Taken:
    name: str
    p95: float
    num_requests: int = FEWEST
    num_failures: int = 0

    def get_response_time_percentile(self, percent: float) -> float:
        return self.p95


class TestJudging:
    def test_names_what_took_too_long(self) -> None:
        found = judged([Taken("push", 900), Taken("pull", 10), Taken("unheard of", 10_000)], people=7)
        assert found.broken == ["push: p95 900 ms, allowed 250 ms"]
        assert (found.people, found.requests, found.failures) == (7, 3 * FEWEST, 0)
        assert found.p95_ms == {"push": 900, "pull": 10}

    def test_allows_a_slower_machine_more(self) -> None:
        assert judged([Taken("push", 900)], factor=4).broken == []

    def test_says_nothing_of_a_handful(self) -> None:
        assert judged([Taken("push", 900, num_requests=FEWEST - 1)]).broken == []


class TestAccounts:
    def test_are_people_of_the_made_brand(self) -> None:
        staff = {one.code: one for one in STAFF}
        for code, store in (*SELLERS, *MANAGERS):
            assert staff[code].stores == (store,)
        assert {staff[code].role for code, _ in SELLERS} == {"seller"}
        assert {staff[code].role for code, _ in MANAGERS} == {"store_manager"}
        assert {staff[code].role for code, _ in HEAD_OFFICE} == {"head_office_crm"}
        assert staff[ADMINISTRATOR].role == "administrator"
        assert PASSWORD == "comptoir-demo"
