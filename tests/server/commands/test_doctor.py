"""What the doctor finds on this machine, and on one that lacks something."""

import json
from pathlib import Path

import pytest

from server.cli import main
from server.commands import doctor


class TestDoctor:
    def test_finds_this_machine_healthy_and_leaves_nothing_behind(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("DATABASE_URL", raising=False)
        assert main(["doctor", "--json", "--data", str(tmp_path / "nothing yet")]) == 0
        findings = {found["check"]: found for found in json.loads(capsys.readouterr().out)["findings"]}
        assert findings["database"]["cure"] == ""
        assert "comptoir migrate" in findings["migrations"]["cure"]
        assert not (tmp_path / "nothing yet").exists()

    def test_says_what_to_do_about_a_database_that_does_not_answer(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["doctor", "--database-url", "postgresql://x@127.0.0.1:1/x"]) == 1
        assert "-> check DATABASE_URL" in capsys.readouterr().out

    def test_says_what_to_do_about_a_full_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(doctor, "SPACE_NEEDED", 10**18)
        assert "--data" in doctor._disk(tmp_path).cure

    def test_knows_a_migrated_database(self, database: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["doctor", "--json", "--database-url", database]) == 0
        findings = {found["check"]: found for found in json.loads(capsys.readouterr().out)["findings"]}
        assert findings["migrations"]["seen"].startswith("newest")
