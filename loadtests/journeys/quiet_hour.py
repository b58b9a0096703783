"""Eleven o'clock on a Tuesday: few customers, sellers write down what they learned; memory must stay flat."""

from loadtests.running import add_options, judge
from loadtests.shapes import Stage, Stages
from loadtests.users import HeadOffice, QuietManager, QuietSeller

__all__ = ["HeadOffice", "QuietHour", "QuietManager", "QuietSeller", "add_options", "judge"]


class QuietHour(Stages):
    """The same people for an hour."""

    stages = (Stage(until_s=3_600, people=60, arriving=2),)
