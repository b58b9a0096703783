"""A real fail-over in small: the command does many."""

from argparse import Namespace

import asyncpg
import pytest
from litestar import Request

from schemas.problem import ErrorCode
from server.problems import HANDLERS, Refusal
from server.proofs.failover import both, prove_alone


class TestFailover:
    def test_loses_nothing_that_was_acknowledged(self) -> None:
        proof = prove_alone(Namespace(rounds=1, kills=2))
        assert proof.holds, proof
        assert " 0 lost, 0 doubled" in proof.figure

    def test_knows_two_hosts_by_one_address(self) -> None:
        assert both("postgresql://u:p@a:1/db", "postgresql://u:p@b:2/db") == (
            "postgresql://u:p@a:1,b:2/db?target_session_attrs=read-write"
        )


class TestALostDatabase:
    @pytest.mark.parametrize(
        "error",
        [
            asyncpg.ConnectionDoesNotExistError("x"),
            asyncpg.InterfaceError("cannot call Connection.execute(): connection is closed"),
            asyncpg.AdminShutdownError("x"),
            asyncpg.CannotConnectNowError("x"),
            asyncpg.ReadOnlySQLTransactionError("x"),
            asyncpg.TargetServerAttributeNotMatched("x"),
            ConnectionResetError(),
            TimeoutError(),
            ExceptionGroup("x", [Refusal(ErrorCode.NOT_FOUND), asyncpg.InterfaceError("it is closed")]),
        ],
    )
    def test_is_said_as_503(self, error: Exception) -> None:
        handler = next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)
        reply = handler(Request({"type": "http", "headers": []}), error)  # type: ignore[arg-type, typeddict-item]
        assert reply.status_code == 503 and int(reply.headers["retry-after"]) > 0
