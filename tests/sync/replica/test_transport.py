"""The tablet's way to the server: what counts as its reply, and what everything else is called."""

import gzip
from collections.abc import Callable

import httpx
import pytest

from schemas.problem import ErrorCode
from schemas.protocol import CONTENT_TYPE
from sync.replica.transport import PROBLEM_TYPE, HttpTransport, RequestRejected, ServerBusy, ServerUnreachable

Answer = Callable[[httpx.Request], httpx.Response]


async def exchange(answer: Answer) -> bytes:
    async def bearer() -> str:
        return "token"

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://test") as client:
        return await HttpTransport(client, bearer=bearer).exchange("/v1/sync/pull", b"asked")


def ours(content: bytes, **headers: str) -> Answer:
    return lambda request: httpx.Response(
        200, content=content, headers={"Content-Type": CONTENT_TYPE, **headers}
    )


@pytest.mark.anyio
class TestExchange:
    async def test_gives_the_reply(self) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            assert request.headers["authorization"] == "Bearer token"
            assert request.headers["content-type"] == CONTENT_TYPE
            return httpx.Response(200, content=request.content, headers={"Content-Type": CONTENT_TYPE})

        assert await exchange(answer) == b"asked"

    async def test_inflates_a_compressed_reply(self) -> None:
        answer = ours(gzip.compress(b"a" * 9000), **{"Content-Encoding": "gzip"})
        assert await exchange(answer) == b"a" * 9000

    @pytest.mark.parametrize(
        "answer",
        [
            lambda request: httpx.Response(200, html="<h1>Bienvenue sur le WiFi</h1>"),
            lambda request: httpx.Response(302, headers={"Location": "http://portal"}),
            lambda request: httpx.Response(200, content=b"no type"),
            lambda request: httpx.Response(502, html="bad gateway"),
            lambda request: httpx.Response(404, html="not found"),
            lambda request: httpx.Response(
                401, content=b"{", headers={"Content-Type": "application/problem+json"}
            ),
            ours(b"cut", **{"Content-Length": "9"}),
            ours(b"not gzip", **{"Content-Encoding": "gzip"}),
            ours(b"0" * ((16 << 20) + 1)),
        ],
    )
    async def test_takes_no_other_answer_for_the_servers(self, answer: Answer) -> None:
        with pytest.raises(ServerUnreachable):
            await exchange(answer)

    async def test_says_that_nobody_answered(self) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("no route")

        with pytest.raises(ServerUnreachable):
            await exchange(answer)

    @pytest.mark.parametrize(
        ("status", "header", "seconds"), [(503, "7", 7.0), (429, "99999", 30.0), (503, "soon", 0.0)]
    )
    async def test_says_when_to_come_back(self, status: int, header: str, seconds: float) -> None:
        with pytest.raises(ServerBusy) as busy:
            await exchange(lambda request: httpx.Response(status, headers={"Retry-After": header}))
        assert busy.value.retry_after_s == seconds

    async def test_obeys_its_own_server_for_longer_than_whoever_is_on_the_way(self) -> None:
        headers = {"Retry-After": "600", "Content-Type": PROBLEM_TYPE}
        with pytest.raises(ServerBusy) as busy:
            await exchange(lambda request: httpx.Response(503, headers=headers))
        assert busy.value.retry_after_s == 600

    async def test_says_why_the_server_said_no(self) -> None:
        problem = {"type": "x", "title": "x", "status": 403, "code": "device_revoked"}
        with pytest.raises(RequestRejected) as rejected:
            await exchange(
                lambda request: httpx.Response(
                    403, json=problem, headers={"Content-Type": "application/problem+json"}
                )
            )
        assert rejected.value.code == ErrorCode.DEVICE_REVOKED
