"""The file that makes the environment: what it says when it cannot."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.architecture.checkout import ROOT


@pytest.fixture
def run() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_file", ROOT / "run.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestCauseOf:
    @pytest.mark.parametrize(
        ("log", "words"),
        [
            ("ERROR: Could not install packages: [Errno 28] No space left on device", "the disk is full"),
            ("Failed to establish a new connection: [Errno -3] Temporary failure", "no network"),
            ("ERROR: No matching distribution found for kivy==2.3.1", "no package kivy==2.3.1"),
            ("OSError: [Errno 13] Permission denied: '/srv/x'", "may not write /srv/x"),
            ("Collecting x\nERROR: Something else\nmore", "ERROR: Something else"),
            ("Killed", "pip failed: Killed"),
        ],
    )
    def test_says_what_a_person_can_act_on(self, run: ModuleType, log: str, words: str) -> None:
        assert words in run.cause_of(log)


class TestFindPip:
    def test_says_what_to_install_when_there_is_none(
        self, run: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run, "quiet", lambda command: subprocess.CompletedProcess(command, 1, "", ""))
        with pytest.raises(SystemExit, match="install python3-venv or python3-pip"):
            run.find_pip()

    def test_borrows_the_pip_outside(self, run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        def quiet(command: list[str]) -> subprocess.CompletedProcess[str]:
            return subprocess.CompletedProcess(command, 0 if "--python" in command else 1, "", "")

        monkeypatch.setattr(run, "quiet", quiet)
        assert run.find_pip() == [sys.executable, "-m", "pip", "--python", str(run.PYTHON)]


class TestPrepare:
    def test_says_that_the_disk_is_full(
        self, run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(run, "is_ready", lambda: False)
        monkeypatch.setattr(run, "SPACE_NEEDED", 10**18)
        with pytest.raises(SystemExit, match="the disk is full"):
            run.prepare()

    def test_does_nothing_the_second_time(
        self, run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(run, "STAMP", tmp_path / "ready")
        monkeypatch.setattr(run, "PYTHON", Path(sys.executable))
        assert not run.is_ready()
        run.STAMP.write_text(run.fingerprint())
        assert run.is_ready()
