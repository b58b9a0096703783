"""What every load test is told besides Locust's own options, and how it is judged."""

from pathlib import Path
from typing import Any

import msgspec
from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests import staff
from loadtests.budgets import FEWEST, Judged, judged
from loadtests.shapes import Stages


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
        "--steps", default="", help="people of each stage, as 100,200, in place of the journey's own stages"
    )
    parser.add_argument("--hold", type=float, default=60.0, help="seconds of each of these steps")
    parser.add_argument("--arriving", type=float, default=10.0, help="people a second between these steps")
    parser.add_argument(
        "--until-broken", action="store_true", help="end with the first step that breaks a budget"
    )
    parser.add_argument(
        "--shops", default="", help="codes of stores, each of a manager of that code (default: the brand's)"
    )
    parser.add_argument(
        "--budget-factor", type=float, default=1.0, help="how much slower than two free cores this machine is"
    )
    parser.add_argument(
        "--budget-fewest", type=int, default=FEWEST, help="requests of a name below which it is not judged"
    )
    parser.add_argument("--verdict", default="", help="file for what was judged, as JSON")


@events.test_start.add_listener
def staff_the_shops(environment: Environment, **_: Any) -> None:
    """Say who works where."""
    options = environment.parsed_options
    if options is not None and options.shops:
        staff.work_in(options.shops.split(","))


class Judging:
    """Judges each stage of a run, before ``reset-stats`` forgets it because more people have come."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._forgets, environment.reset_stats = environment.reset_stats, False
        self._stages: list[Judged] = []
        self._people = 0  # since the last arrival has ended
        environment.events.spawning_complete.add_listener(self.go_on)  # type: ignore[no-untyped-call]
        environment.events.quitting.add_listener(self.end)  # type: ignore[no-untyped-call]

    def go_on(self, user_count: int, **_: Any) -> None:
        """Judge what these people asked for until more of them were there, or fewer."""
        if self._people and not self._enough:
            self._keep(self._judged())
        self._people = user_count
        if self._forgets:
            self._environment.stats.reset_all()

    def end(self, **_: Any) -> None:
        """Fail the run when a budget is broken, or when nobody asked for anything."""
        options = self._environment.parsed_options
        assert options is not None
        if not self._enough:
            self._keep(self._judged())
        stages = self._stages
        broken = [f"{stage.people} people: {line}" for stage in stages for line in stage.broken]
        for line in broken:
            print(f"over budget: {line}")
        asked = any(stage.requests for stage in stages)
        if not asked:
            print("nothing was asked: the run was too short, or nobody could begin")
        if broken or not asked:
            self._environment.process_exit_code = 1

    @property
    def _enough(self) -> bool:
        return isinstance(shape := self._environment.shape_class, Stages) and shape.over

    def _keep(self, stage: Judged) -> None:
        """Add what was judged to the verdict: whoever ends the run early has it so far."""
        options = self._environment.parsed_options
        assert options is not None
        self._stages.append(stage)
        if options.verdict:
            Path(options.verdict).write_bytes(msgspec.json.encode(self._stages))
        shape = self._environment.shape_class
        if options.until_broken and (stage.broken or stage.failures) and isinstance(shape, Stages):
            shape.over = True

    def _judged(self) -> Judged:
        options = self._environment.parsed_options
        assert options is not None
        return judged(
            list(self._environment.stats.entries.values()),
            people=self._people,
            factor=options.budget_factor,
            fewest=options.budget_fewest,
        )


@events.init.add_listener
def judge(environment: Environment, **_: Any) -> None:
    """Let a run be judged, once, by whoever gathers what all its processes asked."""
    if not isinstance(environment.runner, WorkerRunner):
        Judging(environment)
