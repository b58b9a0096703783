"""Opening hours with a full import going on: tills bring packets of tickets while sellers work."""

from loadtests.running import add_options, judge
from loadtests.shapes import Stage, Stages
from loadtests.users import HeadOffice, QuietManager, QuietSeller, Tills

__all__ = ["HeadOffice", "QuietManager", "QuietSeller", "TicketsComeIn", "Tills", "add_options", "judge"]


class TicketsComeIn(Stages):
    """The same people for ten minutes, beside the tills."""

    stages = (Stage(until_s=600, people=60, arriving=2),)
