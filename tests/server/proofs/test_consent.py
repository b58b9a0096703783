"""The attack on consent, and whether it would notice."""

import argparse

from server.proofs.consent import configure, prove_alone


class TestProve:
    def test_finds_nobody_sendable_without_proof_and_every_planted_defect(self) -> None:
        parser = argparse.ArgumentParser()
        configure(parser)

        proof = prove_alone(parser.parse_args(["--orders", "2000"]))

        assert proof.holds, (proof.figure, proof.broken_by)
        assert proof.figures["sendable_without_proof"] == 0
        assert proof.figures["defects_found"] == proof.figures["defects_planted"] >= 19
