"""The journeys: each a file for Locust, with people who come and go, and an end."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "loadtests" / "journeys"
JOURNEYS = sorted(each.stem for each in FOLDER.glob("*.py") if each.stem != "__init__")

# Locust patches the whole process when it is imported: what is asked of a journey is asked in another.
ASK = """
import importlib, sys
journey = importlib.import_module("loadtests.journeys." + sys.argv[1])
from locust import FastHttpUser
from loadtests.shapes import Stages
[shape] = [each for each in vars(journey).values() if isinstance(each, type) and issubclass(each, Stages)
           and each is not Stages]
users = [each for each in vars(journey).values() if isinstance(each, type) and issubclass(each, FastHttpUser)]
end = shape.stages[-1].until_s
at = shape().at
assert users and all(not each.abstract for each in users)
assert at(0) and at(end - 1) and at(end) is None, "it begins, and it ends"
assert at(end / 2 * 0.1, pace=0.1)[0] == at(end / 2)[0], "at another pace the same happens"
assert at(end - 1, crowd=0.1)[0] == round(at(end - 1)[0] * 0.1)
"""


STEPS = """
from loadtests.shapes import Stage, steps
assert steps([20, 50], hold_s=60, arriving=10) == (
    Stage(until_s=62, people=20, arriving=10), Stage(until_s=125, people=50, arriving=10))
"""


class TestAJourney:
    @pytest.mark.parametrize("name", JOURNEYS)
    def test_begins_and_ends_with_people(self, name: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", ASK, name], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert done.returncode == 0, done.stderr

    def test_grows_by_steps_each_held_when_all_are_there(self) -> None:
        done = subprocess.run(
            [sys.executable, "-c", STEPS], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert done.returncode == 0, done.stderr
