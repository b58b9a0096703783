"""Load on a running server: tablets that open in the morning, tablets in a quiet hour, head office.

    comptoir demo --no-tablet &        # or any server with the made-up brand
    locust                             # host, users and length stand in pyproject.toml
    locust -f loadtests/journeys/saturday.py --html saturday.html --processes 2

The run fails (exit code 1) when a request fails, when a budget of ``budgets.py`` is broken, or when a
tablet's ledger shows that something was lost or leaked.
"""

from loadtests.running import add_options, judge
from loadtests.users import HeadOffice, QuietManager, QuietSeller, StoreOpening

__all__ = ["HeadOffice", "QuietManager", "QuietSeller", "StoreOpening", "add_options", "judge"]
