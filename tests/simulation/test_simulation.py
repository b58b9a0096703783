"""Runs of the simulation: they hold, they repeat, they meet what they should, and they can fail."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.simulation.dump import dump, files
from tests.simulation.faults import FAULTS
from tests.simulation.oracle import judgement
from tests.simulation.oracle.judgement import judge
from tests.simulation.runs import play_many
from tests.simulation.shrink import shrink
from tests.simulation.simulation import live, play
from tests.simulation.story import Step, draw
from tests.simulation.world import World

SEEDS = 24
STEPS = 80


class TestRuns:
    def test_hold_whatever_happens(self) -> None:
        tally = play_many([range(SEEDS)], STEPS)
        assert tally.broken == {}
        assert tally.unknown == (), "teach tests/simulation/answers this statement"
        assert set(tally.faults) <= set(FAULTS)
        assert len(tally.faults) > 40 and tally.injected > 20 * SEEDS

    def test_are_the_same_whenever_a_seed_is_run(self) -> None:
        program = "from tests.simulation.simulation import play; print(play(5, 60).hash)"
        hashes = {play(5, 60).hash}
        for salt in ("1", "2"):
            done = subprocess.run(
                [sys.executable, "-c", program],
                env={**os.environ, "PYTHONHASHSEED": salt},
                capture_output=True,
                text=True,
                check=True,
            )
            hashes.add(done.stdout.strip())
        assert len(hashes) == 1

    def test_differ_between_seeds(self) -> None:
        assert len({play(seed, 20).hash for seed in range(5)}) == 5

    def test_tell_any_part_of_a_story(self) -> None:
        """Steps may be left out of a story in any way, else it could not be shortened."""
        random = Random(3)
        for seed in range(6):
            story = [step for step in draw(seed, 60) if random.random() < 0.4]
            assert play(seed, 60, story=story).broken == ()


class TestShrink:
    def test_leaves_only_what_is_needed_to_fail(self) -> None:
        story = [Step(name=f"s{number}") for number in range(40)]
        needed = {"s7", "s31"}
        short = shrink(story, lambda tried: needed <= {step.name for step in tried})
        assert [step.name for step in short] == ["s7", "s31"]


class TestOracle:
    """The oracle is told lies; it has to notice each."""

    def test_knows_nothing_of_the_product(self) -> None:
        known = {*sys.stdlib_module_names, "tests.simulation.oracle"}
        for file in Path(judgement.__file__).parent.glob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert all(any(f"{name}.".startswith(f"{each}.") for each in known) for name in names)

    @pytest.fixture
    def world(self) -> World:
        world, broken = live([Step(name="edit", a=each, b=each, c=4 + each * 3) for each in range(12)])
        assert broken == ()
        return world

    def judge(self, world: World) -> str:
        return "; ".join(judge(world.ledger, dump(world), files(world)))

    def test_finds_nothing_where_nothing_is_wrong(self, world: World) -> None:
        assert self.judge(world) == ""

    def test_notices_an_acknowledged_edit_that_is_gone(self, world: World) -> None:
        acked = next(json.loads(line)["mid"] for line in world.ledger if '"acked"' in line)
        receipts = world.house.memory.table("receipt")
        del receipts[next(mid for mid in receipts if str(mid) == acked)]
        assert "acknowledged but not on the server" in self.judge(world)

    def test_notices_a_value_that_nobody_wrote(self, world: World) -> None:
        customers = world.house.memory.table("customer")
        key, row = next(iter(customers.items()))
        customers[key] = {**row, "values": {**row["values"], "town": "w999999q"}}
        assert "which nobody wrote" in self.judge(world)

    def test_notices_a_store_that_disagrees(self, world: World) -> None:
        world.replicas[0].disk.real.execute("delete from fragment where grp like 'title%'")
        assert "shows another" in self.judge(world)

    def test_notices_a_forbidden_byte(self, world: World) -> None:
        phone = next(json.loads(line)["fields"]["phone"] for line in world.ledger if '"phone": "+336' in line)
        world.replicas[0].disk.real.execute("insert into meta values ('x', ?)", (phone.encode(),))
        assert "holds phone" in self.judge(world)

    def test_notices_an_erased_person(self, world: World) -> None:
        record = next(json.loads(line)["record"] for line in world.ledger if '"create"' in line)
        world.ledger.append(json.dumps({"said": "erased", "records": [record]}))
        assert "of an erased person is on the server" in self.judge(world)

    def test_notices_an_edit_that_vanished_from_the_outbox(self, world: World) -> None:
        line = next(json.loads(each) for each in world.ledger if '"wrote"' in each)
        lost = {**line, "mid": "00000000-0000-7000-8000-000000000000", "file": "ines on lyon 0"}
        world.ledger.append(json.dumps(lost))
        assert "saved, and now nowhere" in self.judge(world)
