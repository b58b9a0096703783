"""The attack on the audit trail, and whether it would notice a trail that does not hold."""

import pytest

from server.audit import chain
from server.database.pool import Connection
from server.proofs.audit_trail import ATTACKS, attack


@pytest.mark.anyio
class TestAttack:
    async def test_finds_every_alteration_noticed(self, connection: Connection) -> None:
        proof = await attack(connection)
        assert proof.holds, proof.broken_by

    async def test_breaks_when_verification_looks_away(
        self, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def looks_away(connection: Connection) -> chain.ChainHead:
            return chain.ChainHead(link=40, hash=b"same")

        monkeypatch.setattr(chain, "verify", looks_away)
        proof = await attack(connection)
        assert not proof.holds
        assert len(proof.broken_by) > len(ATTACKS) - 3
