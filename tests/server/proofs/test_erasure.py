"""The search for what is left of an erased person, and whether it would find something."""

import pytest

from server.privacy import erasing
from server.proofs.erasure import prove


class TestProve:
    async def test_finds_what_one_forgotten_table_leaves_and_nothing_else(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept = {table: column for table, column in erasing.GOES.items() if table != "field_past"}
        monkeypatch.setattr(erasing, "GOES", kept)
        proof = await prove(database)
        assert not proof.holds
        assert {"table field_past", "restored backup: table field_past"} <= set(proof.broken_by)
        assert all("field_past" in place for place in proof.broken_by), proof.broken_by
