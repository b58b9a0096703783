"""A short run of the load test against a real server process with the made-up brand."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """A running server with the made-up brand."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    with TemporaryDirectory(prefix="comptoir-test-") as folder:
        options = ["--no-tablet", "--json", "--customers", "120", "--port", "0", "--data", folder]
        demo = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "demo", *options],
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
            cwd=ROOT,
        )
        try:
            assert demo.stdout is not None
            yield json.loads(demo.stdout.readline())["server"].removesuffix("/v1")
        finally:
            demo.terminate()
            demo.wait(60)


def run(host: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "locust", "--host", host, "--users", "6", "--spawn-rate", "6", *options],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=240,
        check=False,
    )


@pytest.mark.slow
class TestLocust:
    def test_runs_bare_and_loses_nothing(self, host: str, tmp_path: Path) -> None:
        wanted = {"push", "pull", "sync round", "last round", "read a customer"}
        for seconds in (8, 30, 90):  # where the machine is too busy for all of it, longer
            options = ["--run-time", f"{seconds}s", "--budget-factor", "100", "--ledgers", str(tmp_path)]
            done = run(host, *options, "--json")
            counted = {each["name"]: each for each in json.loads(done.stdout[done.stdout.index("[") :])}
            if wanted <= set(counted):
                break
        assert done.returncode == 0, done.stderr[-3000:]
        assert wanted <= set(counted)
        assert sum(each["num_failures"] for each in counted.values()) == 0
        assert any(path.read_text() for path in tmp_path.glob("*.jsonl"))

    def test_fails_when_a_budget_is_broken(self, host: str) -> None:
        done = run(host, "--run-time", "6s", "--budget-factor", "0.0001", "--budget-fewest", "1")
        assert done.returncode == 1
        assert "over budget: " in done.stdout + done.stderr or "nothing was asked" in done.stdout

    def test_ends_with_the_first_step_that_breaks_a_budget(self, host: str, tmp_path: Path) -> None:
        verdict = tmp_path / "verdict.json"
        steps = ["--steps", "4,5,6,7", "--hold", "8", "--until-broken", "--verdict", str(verdict)]
        budgets = ["--budget-factor", "0.0001", "--budget-fewest", "1"]
        done = run(host, "-f", "loadtests/journeys/saturday.py", "--headless", *steps, *budgets)
        assert done.returncode == 1, done.stderr[-3000:]
        judged = json.loads(verdict.read_text())
        assert [stage["people"] for stage in judged] == [4]
