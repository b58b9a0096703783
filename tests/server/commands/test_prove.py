"""What `comptoir prove` keeps of a run, for every promise in the same shape."""

import json
from pathlib import Path

import pytest

from server.cli import main
from server.commands import prove
from server.proofs.keeping import keep, page
from server.proofs.proof import Proof


class TestSave:
    @pytest.mark.parametrize("name", prove.PROMISES)
    def test_is_offered_by_every_promise(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main(["prove", name, "--help"])
        assert "--save" in capsys.readouterr().out

    def test_keeps_the_figures_beside_the_command_the_machine_and_the_day(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "kept" / "consent.json"
        assert main(["prove", "consent", "--orders", "300", "--save", str(file)]) == 0
        capsys.readouterr()
        kept = json.loads(file.read_text())
        assert kept["command"] == "comptoir prove consent --orders 300"
        assert {"at", "commit", "machine", "seconds", "processor_seconds", "promise", "holds"} <= set(kept)
        assert (kept["orders"], kept["holds"]) == (300, True)

    def test_keeps_a_promise_that_broke_as_broken(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken = Proof(promise="p", figure="f", holds=False, broken_by=("x",), figures={"cases": 1})
        monkeypatch.setattr("server.proofs.consent.prove_alone", lambda options: broken)
        file = tmp_path / "consent.json"
        assert main(["prove", "consent", "--save", str(file)]) == 1
        kept = json.loads(file.read_text())
        assert (kept["holds"], kept["broken_by"], kept["cases"]) == (False, ["x"], 1)

    def test_lists_on_one_page_what_every_proof_came_to(self, tmp_path: Path) -> None:
        for name, holds in (("a", True), ("b", False)):
            keep(
                tmp_path / f"{name}.json", {"promise": f"promise {name}", "figure": "7 of 7", "holds": holds}
            )
        lines = page(tmp_path).splitlines()
        assert any("promise a: 7 of 7 | yes" in line for line in lines)
        assert any("promise b: 7 of 7 | **no**" in line for line in lines)
