"""The last evening of the month: head office builds its lists while the stores still work."""

from loadtests.running import add_options, judge
from loadtests.shapes import Stage, Stages
from loadtests.users import Campaigner, HeadOffice, QuietSeller

__all__ = ["Campaigner", "HeadOffice", "MonthEnd", "QuietSeller", "add_options", "judge"]


class MonthEnd(Stages):
    """More and more of head office."""

    stages = (
        Stage(until_s=120, people=40, arriving=2),
        Stage(until_s=420, people=120, arriving=2),
    )
