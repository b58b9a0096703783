"""Benches run at a tiny size and measure right answers. How fast is nobody's business here."""

import argparse
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from server.bench import (
    api,
    feed,
    growth,
    herd,
    identity,
    imports,
    mix,
    push,
    replica,
    resolving,
    saturday,
    search,
    starting,
    steady,
    tablets,
)
from server.bench.capacity import capacity
from server.bench.chart import chart
from server.bench.measure import Report, figure, quantile, ratio_of, shown, table
from server.bench.page import page, save
from server.database.embedded import Cluster
from server.identity.clusters import Resolution

TINY = 60


@pytest.fixture
def arguments(cluster: Cluster, tmp_path: Path) -> Callable[..., argparse.Namespace]:
    """Return what makes the arguments of a bench on this worker's PostgreSQL."""
    url = cluster.ensure_database("comptoir_bench_door")

    def made(**facts: object) -> argparse.Namespace:
        return argparse.Namespace(data=tmp_path, database_url=url, save=False, json=False, **facts)

    return made


def _assert_sound(report: Report) -> None:
    assert all(report.checks.values()), report.checks
    assert report.checks and report.ratios
    for each in (*report.figures, *report.ratios):
        assert 0 < each.low <= each.median <= each.high or each.unit == "share", each
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
    assert report.bench in table(report)


@pytest.mark.slow
class TestBench:
    def test_reads_profiles(self, arguments: Callable[..., argparse.Namespace]) -> None:
        _assert_sound(api.run(arguments(customers=TINY, requests=20, rounds=1, at_once=4)))

    def test_finds_customers(self, arguments: Callable[..., argparse.Namespace]) -> None:
        _assert_sound(search.run(arguments(customers=TINY, questions=15, rounds=1)))

    def test_pulls_nothing(self, arguments: Callable[..., argparse.Namespace]) -> None:
        _assert_sound(feed.run(arguments(customers=TINY, pulls=5, rounds=1, at_once=3)))

    def test_pushes_a_shifts_edits(self, arguments: Callable[..., argparse.Namespace]) -> None:
        _assert_sound(push.run(arguments(customers=TINY, edits=20, pushes=2, rounds=1)))

    @pytest.mark.parametrize("people", [None, 60])
    def test_takes_files_in(self, arguments: Callable[..., argparse.Namespace], people: int | None) -> None:
        _assert_sound(imports.run(arguments(lines=120, file=None, people=people, rounds=1)))

    def test_resolves_somebody_new(self, arguments: Callable[..., argparse.Namespace]) -> None:
        _assert_sound(resolving.run(arguments(customers=200, records=20)))

    @pytest.mark.parametrize("bench", ["bootstrap", "tablet"])
    def test_measures_a_tablet(self, arguments: Callable[..., argparse.Namespace], bench: str) -> None:
        report = replica.run(arguments(bench=bench, customers=TINY, rounds=1, plain=False))

        _assert_sound(report)
        assert report.bench == bench

    def test_asks_beside_few_and_beside_many(self, arguments: Callable[..., argparse.Namespace]) -> None:
        _assert_sound(growth.run(arguments(few=TINY, many=TINY + 1, requests=2, rounds=1)))

    def test_looks_at_memory(
        self, arguments: Callable[..., argparse.Namespace], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in (mix, tablets):
            monkeypatch.setattr(module, "GOOD_S", 0.5)  # tokens are renewed on the way, as in a long run

        report = steady.run(arguments(customers=TINY, minutes=0.03, workers=1))

        _assert_sound(report)
        asked = next(each.median for each in report.figures if each.name == "requests answered")
        assert asked >= steady.AT_ONCE

    def test_starts(self, arguments: Callable[..., argparse.Namespace]) -> None:
        _assert_sound(starting.run(arguments(customers=TINY, rounds=1)))

    def test_lets_a_herd_come_back(self, arguments: Callable[..., argparse.Namespace]) -> None:
        report = herd.run(
            arguments(
                tablets=60, edits=5, within=0.5, stores=6, customers=TINY, workers=1, until_broken=False
            )
        )

        assert all(report.checks.values()), report.checks
        assert report.bench in table(report)
        assert all(each.median > 0 for each in report.ratios) and len(report.ratios) == 2

    def test_lets_a_saturday_grow(self, arguments: Callable[..., argparse.Namespace]) -> None:
        report = saturday.run(
            arguments(customers=TINY, steps="5,6", hold=4.0, arriving=5.0, stores=2, workers=1)
        )
        said = {each.name: each.median for each in report.figures}
        assert all(report.checks.values()) and len(report.checks) == 2, report.checks
        assert len(report.ratios) in {1, 2} and said["requests a second over all steps"] > 0

    @pytest.mark.parametrize(
        ("took", "failures", "used", "holds"),
        [(200.0, 0, 0.8, True), (300.0, 0, 1.2, False), (1.0, 1, 0.004, False)],
    )
    def test_says_of_a_step_whether_it_holds(
        self, took: float, failures: int, used: float, holds: bool
    ) -> None:
        stage = saturday.Stage(
            people=503, requests=9, failures=failures, p95_ms={"push": took}, allowed_ms={"push": 250.0}
        )
        assert (stage.tablets, stage.used, stage.holds) == (500, used, holds)

    def test_looks_for_the_largest_herd(
        self, arguments: Callable[..., argparse.Namespace], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(herd, "FIRST_HERD", 2)
        monkeypatch.setattr(herd, "_holds", lambda came: len(came.herd) < 3)

        report = herd.run(
            arguments(tablets=3, edits=2, within=0.1, stores=2, customers=TINY, workers=1, until_broken=True)
        )

        assert all(report.checks.values()), report.checks
        assert (report.bench, report.parameters["tablets"]) == ("herd-limit", 2)
        assert [each.median for each in report.figures[:2]] == [2, 3]


class TestUntilBroken:
    @pytest.mark.parametrize("most", [1, 25, 30, 2_000])
    @pytest.mark.parametrize("breaks_at", [1, 2, 24, 26, 51, 333, 1_999, 2_000, 9_999])
    def test_finds_to_a_tenth_where_it_breaks(self, most: int, breaks_at: int) -> None:
        tried: list[int] = []

        def holds(size: int) -> bool:
            tried.append(size)
            return size < breaks_at

        found = herd.until_broken(holds, most)

        true = min(breaks_at - 1, most)
        assert found <= true <= found * 1.1 + 1
        assert len(tried) == len(set(tried)) and len(tried) <= 14 and 0 < max(tried) <= most


class TestFigure:
    def test_is_the_middle_and_the_quartiles(self) -> None:
        one = figure("x", "ms", [5, 1, 3, 2, 4])

        assert (one.low, one.median, one.high, one.rounds) == (2, 3, 4, 5)

    def test_of_a_single_round_has_no_spread(self) -> None:
        one = figure("x", "ms", [7])

        assert (one.low, one.median, one.high) == (7, 7, 7)

    def test_of_a_ratio_compares_within_rounds(self) -> None:
        assert ratio_of("r", [10, 40], [10, 20]).median == 1.5


class TestQuantile:
    def test_picks_from_the_ordered_samples(self) -> None:
        samples = list(range(100, 0, -1))

        assert (quantile(samples, 0.5), quantile(samples, 0.99), quantile(samples, 1.0)) == (51, 100, 100)


class TestShown:
    @pytest.mark.parametrize(
        ("value", "text"), [(0.01234, "0.0123"), (12.345, "12.3"), (345.6, "346"), (12345.6, "12,346")]
    )
    def test_keeps_three_figures(self, value: float, text: str) -> None:
        assert shown(value) == text


class TestPage:
    def test_is_written_from_the_kept_files(self, tmp_path: Path) -> None:
        report = Report(
            bench="api",
            at="2026-11-22T12:00:00+00:00",
            command="comptoir bench api",
            machine={"cores": "2", "load": ""},
            parameters={"customers": 5000},
            figures=(figure("reads", "reads/s", [900, 1000, 1100]),),
            ratios=(figure("to the limit", "ratio", [0.5, 0.6, 0.7]),),
            checks={"right": True},
        )

        name = save(report, tmp_path)

        assert name == "api.json"
        text = (tmp_path / "benchmarks.md").read_text()
        assert "| to the limit | **0.6** | 0.55 to 0.65 | ratio |" in text
        assert "customers 5,000" in text and "`comptoir bench api`" in text
        assert text == page([report])
        drawn = ElementTree.fromstring((tmp_path / "bench" / "api.svg").read_text())
        assert "to the limit" in [each.text for each in drawn.iter() if each.tag.endswith("text")]
        assert "![api](bench/api.svg)" in text

    def test_has_no_picture_of_what_cannot_be_compared(self) -> None:
        alone = Report(
            bench="api",
            at="",
            command="",
            machine={},
            parameters={},
            figures=(figure("reads", "reads/s", [1]), figure("memory", "MB", [2])),
            ratios=(),
            checks={},
        )
        assert chart(alone) == ""


class TestCapacity:
    def herd(self, cost_ms: float) -> Report:
        return Report(
            bench="herd",
            at="2026-11-22T12:00:00+00:00",
            command="comptoir bench herd",
            machine={},
            parameters={},
            figures=(
                figure("processor time of server and database", "ms/request", [cost_ms]),
                figure("memory of a process of the API", "MB", [150]),
            ),
            ratios=(),
            checks={},
        )

    def test_grows_with_what_a_request_costs(self) -> None:
        cheap, dear = (capacity({"herd": self.herd(cost)}).splitlines() for cost in (5.0, 20.0))
        row = "| 1,000 | 6,000 |"
        [cheap_cores], [dear_cores] = (
            [int(line.split("|")[4]) for line in page if line.startswith(row)] for page in (cheap, dear)
        )
        assert 3 * cheap_cores <= dear_cores <= 4 * cheap_cores

    def test_is_not_reckoned_from_nothing(self) -> None:
        assert capacity({}) == ""


class TestScore:
    def test_counts_pairs_that_are_right(self) -> None:
        resolution = Resolution(cluster=(0, 0, 2, 3, 3), merged=((0, 1), (3, 4)), review=((0, 2),))
        said = identity.score(resolution, ["a", "a", "a", "b", "c"])
        assert said["precision, automatic"] == 1 / 2
        assert said["recall, automatic"] == 1 / 3
        assert said["recall, with the review queue"] == 1.0
        assert said["people exactly right, with the review queue"] == 1 / 3
        assert said["B-cubed F1, automatic"] == pytest.approx(0.7652, abs=1e-3)
