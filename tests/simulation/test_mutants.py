"""Planted defects: the list is true to the product, and a slice of it is caught on each run of the tests.

`comptoir prove mutants` plants them all.
"""

import json
import subprocess
import sys

import pytest

from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.planting import changed, source_of

A_SLICE = (
    "who comes back brings only what changed",
    "what was lost is only purged with the role",
    "lost scopes stay",
    "one page a round is enough",
    "the feed is not touched",
)


class TestMutants:
    def test_are_many_and_have_names_of_their_own(self) -> None:
        assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 40

    @pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
    def test_change_what_the_product_says_today(self, mutant: Mutant) -> None:
        for change in mutant.changes:
            assert changed(source_of(change.module), [change]) != source_of(change.module)

    def test_are_caught(self) -> None:
        only = f"--only={'|'.join(A_SLICE)}"
        words = ["-m", "tests.simulation.command", "mutants", "--seeds=25", "--jobs=2", only]
        done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
        said = json.loads(done.stdout)
        assert said["holds"], said["broken_by"]
        assert said["figure"].startswith(f"{len(A_SLICE)} caught of {len(A_SLICE)}")
