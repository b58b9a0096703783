"""A slice of the hostile requests, and whether a server that fails would be noticed."""

import argparse

import asyncpg
import pytest

from server.problems import HANDLERS, _bug
from server.proofs.hostile import prove

SLICE = argparse.Namespace(requests=500, seed=3, schemathesis=0, doors="/")
WITH_A_WORD_IN_THE_PATH = argparse.Namespace(requests=1200, seed=3, schemathesis=0, doors="/v1/products/")
AS_DESCRIBED = argparse.Namespace(
    requests=8, seed=3, schemathesis=1, doors="/", roles=["seller", "service_key"], phases="fuzzing"
)


class TestProve:
    async def test_finds_no_failure(self, database: str) -> None:
        proof = await prove(database, options=SLICE)
        assert proof.holds, (proof.figure, proof.broken_by)

    async def test_finds_that_the_document_tells_the_truth_to_a_seller(self, database: str) -> None:
        proof = await prove(database, options=AS_DESCRIBED)
        assert proof.holds, (proof.figure, proof.broken_by)
        assert set(proof.figures["schemathesis"]) == {"seller", "service_key"}
        assert all(tally["cases"] for tally in proof.figures["schemathesis"].values())

    async def test_breaks_when_what_a_column_cannot_hold_is_our_fault(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(HANDLERS, asyncpg.DataError, _bug)
        monkeypatch.setitem(HANDLERS, UnicodeDecodeError, _bug)
        monkeypatch.setattr("server.gate.inspect_json", lambda body: None)
        proof = await prove(database, options=WITH_A_WORD_IN_THE_PATH)
        assert not proof.holds
