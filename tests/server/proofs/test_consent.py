"""The attack on consent, and whether it would notice."""

import argparse
import json
from pathlib import Path

from server.proofs.consent import configure, prove_alone


class TestProve:
    def test_finds_nobody_sendable_without_proof_and_every_planted_defect(self, tmp_path: Path) -> None:
        parser = argparse.ArgumentParser()
        configure(parser)
        file = tmp_path / "consent.json"

        proof = prove_alone(parser.parse_args(["--orders", "2000", "--save", str(file)]))

        assert proof.holds, (proof.figure, proof.broken_by)
        kept = json.loads(file.read_text())
        assert kept["sendable_without_proof"] == 0
        assert kept["defects_found"] == kept["defects_planted"] >= 17
