"""Ten o'clock: every tablet of every store signs in and fills itself within five minutes."""

from loadtests.running import add_options, judge
from loadtests.shapes import Stage, Stages
from loadtests.users import StoreOpening

__all__ = ["Opening", "StoreOpening", "add_options", "judge"]


class Opening(Stages):
    """Few, then all, then a while of all."""

    stages = (Stage(until_s=60, people=20, arriving=1), Stage(until_s=300, people=200, arriving=2))
