"""The attack on the audit trail, and whether it would notice a trail that does not hold."""

import argparse

import pytest

from server.audit import sealing, verifying
from server.audit.head import Head
from server.audit.verifying import Finding
from server.proofs.audit import prove
from server.proofs.tampering import TAMPERINGS

SLICE = argparse.Namespace(tamperings=2 * len(TAMPERINGS), seed=3, seconds=0.1, looks=8)


class TestProve:
    async def test_finds_every_tampering(self, database: str) -> None:
        proof = await prove(database, options=SLICE)
        assert proof.holds, (proof.figure, proof.broken_by)

    async def test_breaks_when_nobody_compares_with_heads_kept_elsewhere(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def none(*_: object) -> list[Finding]:
            return []

        monkeypatch.setattr(verifying, "_of_kept", none)
        proof = await prove(database, options=SLICE)
        assert not proof.holds
        assert any("trail and head put back" in each for each in proof.broken_by)

    async def test_breaks_when_any_signature_is_taken_for_ours(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def trusting(_: object, head: Head) -> bool:
            return True

        monkeypatch.setattr(verifying, "genuine", trusting)
        monkeypatch.setattr(sealing, "genuine", trusting)
        proof = await prove(database, options=SLICE)
        assert not proof.holds
        assert any("the head dated or signed anew" in each for each in proof.broken_by)
