"""What every load test is told besides Locust's own options, and how it is judged."""

from typing import Any

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.budgets import FEWEST, over_budget


@events.init_command_line_parser.add_listener
def add_options(parser: LocustArgumentParser) -> None:
    """Say what a run may be told besides Locust's own options."""
    parser.add_argument("--password", default="comptoir-demo", help="of every associate of the made-up brand")
    parser.add_argument(
        "--ledgers", default="", help="folder to keep the tablets' ledgers in (default: none)"
    )
    parser.add_argument(
        "--pace", type=float, default=1.0, help="of a journey's minutes: 0.1 plays an hour in six minutes"
    )
    parser.add_argument(
        "--crowd", type=float, default=1.0, help="of a journey's people: 0.1 sends a tenth of them"
    )
    parser.add_argument(
        "--budget-factor", type=float, default=1.0, help="how much slower than two free cores this machine is"
    )
    parser.add_argument(
        "--budget-fewest", type=int, default=FEWEST, help="requests of a name below which it is not judged"
    )


@events.quitting.add_listener
def judge(environment: Environment, **_: Any) -> None:
    """Fail the run when a budget is broken, or when nobody asked for anything."""
    options = environment.parsed_options
    assert options is not None
    entries = list(environment.stats.entries.values())
    broken = over_budget(entries, factor=options.budget_factor, fewest=options.budget_fewest)
    for line in broken:
        print(f"over budget: {line}")
    if not entries:
        print("nothing was asked: the run was too short, or nobody could begin")
    if broken or not entries:
        environment.process_exit_code = 1
