"""The line of the whole house is cut while people work, and everybody comes back within ten seconds."""

from typing import Any

from loadtests.running import add_options, judge
from loadtests.shapes import Stage, Stages
from loadtests.users import CutOff, outage

__all__ = ["CutOff", "Outage", "add_options", "judge"]

WORKING_S, CUT_S, BACK_S = 120.0, 180.0, 120.0


class Outage(Stages):
    """People arrive and work; the line is cut; it is back."""

    stages = (Stage(until_s=WORKING_S + CUT_S + BACK_S, people=200, arriving=5),)

    def at(self, seconds: float, *, pace: float = 1.0, crowd: float = 1.0) -> Any:
        """Cut the line and mend it as time passes, besides what every journey does."""
        outage.on = WORKING_S * pace <= seconds < (WORKING_S + CUT_S) * pace
        return super().at(seconds, pace=pace, crowd=crowd)
