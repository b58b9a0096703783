"""The network attacked in small: the command does thousands."""

from argparse import Namespace

import pytest

from server.proofs.network import prove


@pytest.mark.anyio
async def test_no_network_loses_or_doubles_an_edit(database: str) -> None:
    proof = await prove(database, Namespace(requests=150, seed=7))
    assert proof.holds, proof
    assert "0 lost, 0 doubled" in proof.figure
