"""The search for what is left of an erased person, and whether it would find something."""

from argparse import Namespace

import pytest

from server.privacy import erasing
from server.proofs.erasure import prove_alone
from server.proofs.erasure_world import CROWD


class TestProve:
    def test_finds_what_one_forgotten_table_leaves_and_nothing_else(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept = {table: column for table, column in erasing.GOES.items() if table != "field_past"}
        monkeypatch.setattr(erasing, "GOES", kept)
        proof = prove_alone(Namespace(crowd=CROWD))
        assert not proof.holds
        assert {
            "database: table field_past",
            "database: file field_past",
            "standby: table field_past",
            "standby: file field_past",
            "backup: table field_past",
        } <= set(proof.broken_by)
        others = [place for place in proof.broken_by if "field_past" not in place]
        assert not others, others
        assert proof.figures["planted_and_missed"] == []
        assert proof.figures["tablets_that_acknowledged"] == 3
        assert proof.figures["places"]["tablet"] > 50
