"""Text messages handed to a provider over real HTTP, and addresses that no provider may have."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from schemas.consent import ContactChannel
from server.outgoing.carriers import Bounced, Later, NoAnswer, Parcel, Stopped
from server.outgoing.sms import HttpProvider
from server.outside import HostRefused, is_outside
from server.settings import SmsProvider

pytestmark = pytest.mark.anyio

PARCEL = Parcel(id="m-1", channel=ContactChannel.SMS, address="+33600000001", text="Votre sac est prêt")
GONE_OUT = "192.0.2.1"  # a documentation address: nothing may ever be sent there


class Provider:
    """A provider on this machine that answers as it is told, and keeps what it was told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.answer = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): said.strip() for name, _, said in (line.partition(":") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.requests.append((head[0], headers, body))
        writer.write(self.answer)
        writer.close()


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    held = Provider()
    server = await asyncio.start_server(held.serve, "127.0.0.1", 0)
    held.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/texts"
    async with server:
        yield held


async def goes() -> None:
    """The gate is open."""


def told(answer: str, **headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {said}\r\n" for name, said in headers.items())
    return f"HTTP/1.1 {answer}\r\n{lines}content-length: 0\r\n\r\n".encode()


class TestAProvider:
    async def test_is_told_the_text_once_with_its_key_and_a_stable_id(self) -> None:
        async with provider() as held:
            settings = SmsProvider(url=held.url, token="key of the provider", sender="Maison")
            assert await HttpProvider(settings).carry(PARCEL, goes) == "202"
        ((line, headers, body),) = held.requests
        assert line == "POST /texts HTTP/1.1"
        assert headers["authorization"] == "Bearer key of the provider"
        assert headers["idempotency-key"] == "m-1"
        assert json.loads(body) == {
            "id": "m-1",
            "to": "+33600000001",
            "from": "Maison",
            "channel": "sms",
            "text": "Votre sac est prêt",
        }

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            ("400 Bad Request", Bounced),
            ("422 Unprocessable Content", Bounced),
            ("408 Request Timeout", Later),
            ("429 Too Many Requests", Later),
            ("500 Internal Server Error", Later),
            ("503 Service Unavailable", Later),
        ],
    )
    async def test_says_whether_to_try_again(self, answer: str, kind: type[Exception]) -> None:
        async with provider() as held:
            held.answer = told(answer)
            with pytest.raises(kind):
                await HttpProvider(SmsProvider(url=held.url)).carry(PARCEL, goes)

    async def test_leads_nowhere_else(self) -> None:
        async with provider() as held, provider() as other:
            held.answer = told("307 Temporary Redirect", location=other.url)
            with pytest.raises(Later, match="redirected"):
                await HttpProvider(SmsProvider(url=held.url)).carry(PARCEL, goes)
            assert other.requests == []

    @pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 2", b"\x00\xff" * 40, told("202 Accepted")[:-3]])
    async def test_that_breaks_off_leaves_it_unsure(self, answer: bytes) -> None:
        async with provider() as held:
            held.answer = answer
            with pytest.raises(NoAnswer):
                await HttpProvider(SmsProvider(url=held.url)).carry(PARCEL, goes)

    async def test_may_talk_as_much_as_it_likes(self) -> None:
        async with provider() as held:
            held.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 900000\r\n\r\n" + b"x" * 900_000
            assert await HttpProvider(SmsProvider(url=held.url)).carry(PARCEL, goes) == "200"

    async def test_that_is_not_there_is_asked_later(self) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{nobody.getsockname()[1]}/texts"
            with pytest.raises(Later):
                await HttpProvider(SmsProvider(url=url)).carry(PARCEL, goes)

    async def test_hears_nothing_when_the_gate_closes_at_the_last_moment(self) -> None:
        async def closed() -> None:
            raise Stopped

        async with provider() as held:
            with pytest.raises(Stopped):
                await HttpProvider(SmsProvider(url=held.url)).carry(PARCEL, closed)
            assert held.requests == []


class TestAnAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "http://provider.example/texts",
            "https://user:secret@provider.example/texts",
            "https:///texts",
            "file:///etc/passwd",
            "gopher://provider.example/",
            "http://127.0.0.1.example/texts",
        ],
    )
    async def test_of_no_provider_is_refused_at_once(self, url: str) -> None:
        with pytest.raises(HostRefused):
            HttpProvider(SmsProvider(url=url))

    @pytest.mark.parametrize(
        "host",
        [
            "169.254.169.254",
            "10.0.0.5",
            "127.0.0.2",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0",
            "[::ffff:127.0.0.1]",
        ],
    )
    async def test_within_our_network_gets_nothing_however_it_is_written(self, host: str) -> None:
        asked: list[Any] = []
        with pytest.raises((HostRefused, Later)):
            carrier = HttpProvider(
                SmsProvider(url=f"https://{host}/texts"), transport=httpx.MockTransport(asked.append)
            )
            await carrier.carry(PARCEL, goes)
        assert asked == []

    @pytest.mark.parametrize(
        "leads_to",
        [
            ["127.0.0.1"],
            ["93.184.215.14", "127.0.0.1"],  # one of several is enough
            ["::1"],
            ["fe80::1%eth0"],
            ["fd00::1"],
            ["64:ff9b::7f00:1"],
            ["2002:7f00:1::1"],
        ],
    )
    async def test_by_a_name_that_leads_there_gets_nothing(
        self, leads_to: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", _resolving(lambda: leads_to))
        asked: list[Any] = []
        carrier = HttpProvider(
            SmsProvider(url="https://provider.example/texts"), transport=httpx.MockTransport(asked.append)
        )
        with pytest.raises(Later, match="host_refused"):
            await carrier.carry(PARCEL, goes)
        assert asked == []

    async def test_is_looked_at_once_and_then_spoken_to_by_number(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A name that leads elsewhere the second time leads nowhere: nobody asks for it again."""
        answers = [["93.184.215.14"], ["127.0.0.1"]]
        monkeypatch.setattr(socket, "getaddrinfo", _resolving(lambda: answers.pop(0)))
        asked: list[httpx.Request] = []

        def take(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return httpx.Response(202)

        carrier = HttpProvider(
            SmsProvider(url="https://provider.example:8443/texts"), transport=httpx.MockTransport(take)
        )
        assert await carrier.carry(PARCEL, goes) == "202"
        (request,) = asked
        assert str(request.url) == "https://93.184.215.14:8443/texts"
        assert request.headers["host"] == "provider.example:8443"
        assert request.extensions["sni_hostname"] == "provider.example"

    @pytest.mark.parametrize(
        ("address", "outside"),
        [
            ("93.184.215.14", True),
            ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
            ("64:ff9b::5db8:d70e", True),
            (GONE_OUT, False),
            ("100.64.0.1", False),
            ("224.0.0.1", False),
            ("0.0.0.0", False),
            ("::", False),
        ],
    )
    async def test_is_of_the_internet_or_not(self, address: str, outside: bool) -> None:
        assert is_outside(address) is outside


def _resolving(leads_to: Callable[[], list[str]]) -> Callable[..., list[tuple[Any, ...]]]:
    def getaddrinfo(host: str, port: int, *more: Any, **named: Any) -> list[tuple[Any, ...]]:
        return [(None, None, None, "", (address, port)) for address in leads_to()]

    return getaddrinfo
