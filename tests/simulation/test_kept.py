"""Long runs are stopped and go on; disks and openings that are used again change nothing."""

from argparse import Namespace
from pathlib import Path

import msgspec
import pytest

from tests.simulation.command import simulate
from tests.simulation.disk import new_disk
from tests.simulation.kept import Progress
from tests.simulation.runs import Block, blocks_of, play_many
from tests.simulation.simulation import play
from tests.simulation.world import forget_opening


def block(first: int, *, faults: int = 3, broken: dict[int, tuple[str, ...]] | None = None) -> Block:
    return Block(first=first, seeds=20, steps=400, cpu_s=1.0, faults={"x": faults}, broken=broken or {})


class TestProgress:
    def test_goes_on_where_a_run_was_stopped(self, tmp_path: Path) -> None:
        first = Progress(tmp_path / "run")
        first.add(block(0))
        first.add(block(20))
        later = Progress(tmp_path / "run")
        assert [each.start for each in blocks_of(range(80), without=later.done())] == [40, 60]
        later.add(block(40))
        tally = later.tally(stopped=False)
        assert (tally.seeds, tally.injected, tally.broken) == (60, 9, {})
        assert later.by_commit()[0]["ranges"] == ["0-59"]

    def test_runs_again_what_was_broken_and_counts_it_once(self, tmp_path: Path) -> None:
        kept = Progress(tmp_path / "run")
        kept.add(block(0, broken={7: ("lost",)}))
        assert kept.tally(stopped=False).broken == {7: ("lost",)}
        assert [each.start for each in blocks_of(range(20), without=kept.done())] == [0]
        kept.add(block(0, faults=5))
        tally = kept.tally(stopped=False)
        assert (tally.seeds, tally.injected, tally.broken) == (20, 5, {})

    def test_says_how_many_commits_it_was_run_of(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("signal.signal", lambda *_: None)
        kept = Progress(tmp_path / "run")
        kept.commit = "an earlier one"
        kept.add(block(0))
        arguments = Namespace(progress=kept.path, first=0, seeds=22, steps=5, jobs=1, postgres=False)
        simulate(arguments)
        said = msgspec.json.decode(capsys.readouterr().out)
        assert said["figure"].startswith("22 seeds of 2 commits, ")
        ran = [(each["seeds"], each["ranges"]) for each in said["figures"]["commits"]]
        assert ran == [(20, ["0-19"]), (2, ["20-21"])]

    def test_takes_no_line_that_was_cut_off(self, tmp_path: Path) -> None:
        kept = Progress(tmp_path / "run")
        kept.add(block(0))
        with kept.path.open("a") as file:
            file.write('{"at":"2026')
        later = Progress(kept.path)
        later.add(block(20))
        assert Progress(kept.path).tally(stopped=True).seeds == 40

    def test_counts_what_the_seeds_came_to(self, tmp_path: Path) -> None:
        kept = Progress(tmp_path / "run")
        play_many([range(2)], 10, progress=lambda _tally, done: kept.add(done))
        tally = Progress(kept.path).tally(stopped=False)
        assert (tally.seeds, tally.steps) == (2, 20)


class TestUsedAgain:
    def test_a_disk_is_as_new(self) -> None:
        fresh = new_disk()
        used = new_disk()
        used.real.execute("insert into meta values ('x', x'00')")
        used.real.execute("insert into recent values (x'00', 1)")
        assert used.content() != fresh.content()
        used.give_back()
        again = new_disk()
        assert again.real is used.real and again.content() == fresh.content()

    def test_an_opening_is_as_a_new_one(self) -> None:
        forget_opening()
        first = play(11, 30).hash
        assert play(11, 30).hash == first
