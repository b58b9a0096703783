"""What an attack in a process of its own says: its last line, whatever was logged before."""

from pathlib import Path

import pytest

from server.proofs import simulation
from server.proofs.tablet_side import AttackFailed

SAYS = """
import sys
print("2026-11-23 [error] sync.digest.mismatch buckets=1")
print('{"promise": "p", "figure": "f", "holds": true}')
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "tests" / "simulation").mkdir(parents=True)
    monkeypatch.setattr(simulation, "CHECKOUT", tmp_path)
    return tmp_path


class TestProofOfChild:
    def test_reads_the_last_line_and_passes_on_what_was_logged(
        self, checkout: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (checkout / "attack.py").write_text(SAYS)
        assert simulation.proof_of_child("attack", []).figure == "f"
        assert "sync.digest.mismatch" in capsys.readouterr().err

    def test_says_that_an_attack_broke_off_without_a_word(self, checkout: Path) -> None:
        (checkout / "attack.py").write_text("raise SystemExit(3)")
        with pytest.raises(AttackFailed, match="ended with 3"):
            simulation.proof_of_child("attack", [])
