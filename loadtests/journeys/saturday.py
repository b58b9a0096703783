"""Saturday afternoon: every seller has somebody before him; head office looks on and builds lists."""

from loadtests.running import add_options, judge
from loadtests.shapes import Stage, Stages
from loadtests.users import AtTheDesk, BusyManager, BusySeller, ListBuilder

__all__ = ["AtTheDesk", "BusyManager", "BusySeller", "ListBuilder", "Saturday", "add_options", "judge"]


class Saturday(Stages):
    """From noon to the peak, and down again. Each step shows whether the budgets hold at so many."""

    stages = (
        Stage(until_s=120, people=100, arriving=5),
        Stage(until_s=300, people=500, arriving=10),
        Stage(until_s=540, people=1_000, arriving=10),
        Stage(until_s=900, people=2_000, arriving=10),
        Stage(until_s=1_020, people=500, arriving=20),
    )
