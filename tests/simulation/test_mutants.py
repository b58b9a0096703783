"""Planted defects: the list is true to the product, and each is caught by a story.

`comptoir prove mutants` plants them in processes of their own, against seeds.
"""

import pytest

from tests.simulation.catches import CATCHES
from tests.simulation.mutants.every import MUTANTS
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.planting import ALWAYS_MET, changed, planted, source_of
from tests.simulation.simulation import play
from tests.simulation.test_stories import told


class TestMutants:
    def test_are_many_and_have_names_of_their_own(self) -> None:
        assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 40

    @pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
    def test_change_what_the_product_says_today(self, mutant: Mutant) -> None:
        for change in mutant.changes:
            assert changed(source_of(change.module), [change]) != source_of(change.module)

    def test_have_each_a_story_that_they_do_not_survive(self) -> None:
        assert set(CATCHES) == {mutant.name for mutant in MUTANTS}

    @pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
    def test_are_caught_by_a_story_that_the_product_survives(self, mutant: Mutant) -> None:
        story = told(CATCHES[mutant.name])
        sound = play(0, 0, story=story)
        assert sound.broken == ()
        with planted(mutant):
            found = play(0, 0, story=story)
        assert found.broken or (ALWAYS_MET & set(sound.faults)) - set(found.faults)

    def test_leave_nothing_behind(self) -> None:
        story = told(CATCHES[MUTANTS[0].name])
        before = play(0, 0, story=story).hash
        for mutant in MUTANTS:
            with planted(mutant):
                pass
        assert play(0, 0, story=story).hash == before
