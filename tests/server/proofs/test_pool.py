"""A slice of the cancellations, and whether a connection that keeps something would be noticed."""

import argparse
from typing import Any

import pytest

from server.database import pool as pools
from server.proofs.pool import prove

SLICE = argparse.Namespace(cancellations=250, seed=2)


class TestProve:
    async def test_finds_nothing_left(self, database: str) -> None:
        proof = await prove(database, options=SLICE)
        assert proof.holds, (proof.figure, proof.broken_by)

    async def test_breaks_when_a_setting_is_made_for_the_session(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def keeps(connection: Any) -> None:
            await connection.execute("set statement_timeout = 99000")

        monkeypatch.setattr(pools, "_reset", keeps)
        proof = await prove(database, options=SLICE)
        assert not proof.holds
