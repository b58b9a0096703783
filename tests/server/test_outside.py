"""Which addresses are outside, and that one that was looked at is the one that is spoken to."""

import asyncio
import socket
from typing import Any

import pytest

from server.outside import HostRefused, checked_url, is_outside, way_to
from server.webhooks.sending import post

pytestmark = pytest.mark.anyio


class TestAnAddress:
    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
            "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
            "::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
            "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::1", "2001:db8::1",
        ],
    )  # fmt: skip
    def test_of_ours_is_not_outside(self, address: str) -> None:
        assert not is_outside(address)

    @pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
    def test_of_the_internet_is(self, address: str) -> None:
        assert is_outside(address)


class TestAUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "http://example.org/", "ftp://example.org/", "https://", "https:///path", "example.org",
            "https://user@example.org/", "https://user:word@example.org/", "https://example.org/#here",
            "https://example.org:0/", "https://example.org:99999/", "https://exa mple.org/",
            "https://ex\u00e4mple.org/", "https://example.org/\r\nx: y", "https://127.0.0.1/", "https://[::1]/",
            "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest/meta-data", "https://example.org/"
            + "a" * 600, "https://example.org\\@127.0.0.1/",
        ],
    )  # fmt: skip
    def test_that_leads_inside_or_says_too_much_is_not_written_down(self, url: str) -> None:
        with pytest.raises(HostRefused):
            checked_url(url)

    def test_of_a_receiver_is(self) -> None:
        assert checked_url("https://hooks.example.org:8443/in?of=shop")
        assert checked_url("http://127.0.0.1:8080/", inside=True)

    @pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1", "0177.0.0.1"])
    async def test_of_this_machine_by_another_name_is_not_gone_to(self, host: str) -> None:
        with pytest.raises((HostRefused, OSError)):
            await way_to(f"https://{host}/")

    async def test_is_resolved_once_and_refused_if_one_of_its_addresses_is_inside(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []
        answers = [["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], []]

        async def resolve(host: str, port: int, **_: Any) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, 0, 0, "", (address, port)) for address in answers[len(asked) - 1]]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        way = await way_to("https://hooks.example.org/in")
        assert (way.url.host, way.host, way.name) == (
            "93.184.216.34",
            "hooks.example.org",
            "hooks.example.org",
        )
        assert len(asked) == 1, "and the connection goes to the address that was looked at"
        for _ in range(2):
            with pytest.raises(HostRefused):
                await way_to("https://hooks.example.org/in")
        with pytest.raises(OSError, match="no address"):
            await way_to("https://hooks.example.org/in")

    async def test_of_ours_is_never_posted_to(self) -> None:
        touched: list[object] = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            touched.append(reader)
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            for url in (f"http://127.0.0.1:{port}/", f"https://localhost:{port}/", f"https://127.1:{port}/"):
                assert (await post(url, b"{}", {})).error in ("host_refused", "gaierror"), url
        assert touched == []
