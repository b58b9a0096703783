"""The files of the deployment guide say what is true of this code."""

import argparse
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client.metrics import MetricWrapperBase

from server import cli
from server.telemetry import meters

FOLDER = Path(__file__).parents[2] / "docs" / "deployment"
GUIDE = (FOLDER / "README.md").read_text(encoding="utf-8")


def understood(words: list[str]) -> bool:
    return isinstance(cli.parser(words[0]).parse_args(words), argparse.Namespace)


def known_metrics() -> set[str]:
    """Return every name that a scrape may hold."""
    names = set()
    for each in vars(meters).values():
        for family in each.describe() if isinstance(each, MetricWrapperBase) else ():
            names.add(family.name)
            names.update(f"{family.name}{end}" for end in ("_count", "_bucket", "_sum", "_total"))
    return names


def queries() -> dict[str, str]:
    """Return every query of the alerts and the dashboard by its title."""
    rules = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    panels = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    found = {rule["alert"]: rule["expr"] for rule in rules}
    return found | {panel["title"]: target["expr"] for panel in panels for target in panel["targets"]}


class TestTheGuide:
    @pytest.mark.parametrize(
        "line", re.findall(r"^comptoir (?!serve).+?(?=#|$)|comptoir doctor", GUIDE, re.M)
    )
    def test_names_commands_that_exist(self, line: str) -> None:
        assert understood(line.split()[1:])

    def test_names_settings_that_are_read(self) -> None:
        texts = [each.read_text(encoding="utf-8") for each in sorted(FOLDER.iterdir()) if each.is_file()]
        named = set(re.findall(r"\bCOMPTOIR_[A-Z_]+\b", "\n".join(texts)))
        sources = (FOLDER.parents[1] / "server").rglob("*.py")
        code = "\n".join(each.read_text(encoding="utf-8") for each in sources)
        assert [name for name in named if f'"{name}' not in code and "COMPTOIR_OIDC_" not in name] == []

    def test_points_at_files_that_are_there(self) -> None:
        assert [name for name in re.findall(r"\]\(([^)]+)\)", GUIDE) if not (FOLDER / name).exists()] == []


class TestAQuery:
    @pytest.mark.parametrize("title", queries())
    def test_asks_for_what_a_process_tells(self, title: str) -> None:
        asked = set(re.findall(r"\bcomptoir_[a-z_]+", queries()[title]))
        assert asked <= known_metrics()

    def test_knows_the_kinds_of_backlog(self) -> None:
        named = re.findall(r'kind="([a-z_]+)"', " ".join(queries().values()))
        assert named and set(named) <= set(meters.Waiting)


class TestAFile:
    def test_of_compose_starts_the_house_in_order(self) -> None:
        services = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]
        assert services["api"]["depends_on"]["migration"]["condition"] == "service_completed_successfully"
        for name in ("api", "migration"):
            words = services[name]["command"].split()
            assert understood(words)

    def test_of_systemd_starts_what_exists(self) -> None:
        unit = (FOLDER / "comptoir.service").read_text(encoding="utf-8")
        for words in re.findall(r"^ExecStart\w*=\S+/comptoir (.+)$", unit, re.M):
            assert understood(words.split())

    @pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
    def test_of_systemd_is_understood_by_it(self, tmp_path: Path) -> None:
        unit = tmp_path / "comptoir.service"
        text = (FOLDER / "comptoir.service").read_text(encoding="utf-8")
        unit.write_text(re.sub(r"/opt/comptoir/\S+", "/bin/true", text), encoding="utf-8")
        done = subprocess.run(
            ["systemd-analyze", "verify", str(unit)], capture_output=True, encoding="utf-8", check=False
        )
        assert "comptoir.service" not in done.stderr
