"""Text messages through a provider: one JSON POST to the one host that was configured."""

import socket
from urllib.parse import urlsplit

import anyio.to_thread
import httpx
import msgspec

from server.outgoing.carriers import Bounced, Later, Leaving, NoAnswer, Parcel
from server.outside import HostRefused, is_outside
from server.settings import SmsProvider

LARGEST_ANSWER = 64 << 10
LOCAL = ("localhost", "127.0.0.1", "::1")


class HttpProvider:
    """Posts ``{"id", "to", "from", "channel", "text"}`` with a bearer token; any 2xx means it was taken.

    No other host is ever asked: redirects are not followed, and a name that leads into our own network is
    refused each time, whatever it led to before. 408, 425, 429 and 5xx are worth another attempt; another 4xx
    means that this number or this text is refused for good. ``id`` is stable, for the provider to tell a
    repetition by.
    """

    def __init__(self, settings: SmsProvider, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        parts = urlsplit(settings.url)
        if parts.username or parts.password or not parts.hostname:
            raise HostRefused("the address of a provider has a host and no password in it")
        if parts.scheme != "https" and parts.hostname not in LOCAL:
            raise HostRefused("a provider is reached by https")
        self._settings = settings
        self._host = parts.hostname
        self._transport = transport

    async def carry(self, parcel: Parcel, leaving: Leaving) -> str:
        """Hand one text over and return the status it was taken with."""
        await self._look_where_it_leads()
        body = {
            "id": parcel.id,
            "to": parcel.address,
            "from": self._settings.sender,
            "channel": parcel.channel.value,
            "text": parcel.text,
        }
        headers = {"content-type": "application/json", "idempotency-key": parcel.id}
        if self._settings.token:
            headers["authorization"] = f"Bearer {self._settings.token}"
        await leaving()
        try:
            async with (
                httpx.AsyncClient(
                    timeout=self._settings.timeout_s,
                    follow_redirects=False,
                    trust_env=False,
                    transport=self._transport,
                ) as client,
                client.stream(
                    "POST", self._settings.url, content=msgspec.json.encode(body), headers=headers
                ) as reply,
            ):
                return await _status(reply)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise Later(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from error

    async def _look_where_it_leads(self) -> None:
        if self._host in LOCAL:
            return  # said so by whoever runs this machine
        try:
            found = await anyio.to_thread.run_sync(
                lambda: socket.getaddrinfo(self._host, 443, type=socket.SOCK_STREAM)
            )
        except OSError as error:
            raise Later("unknown_host") from error
        if not all(is_outside(str(each[4][0])) for each in found):
            raise Later("host_refused")


async def _status(reply: httpx.Response) -> str:
    read = 0
    async for piece in reply.aiter_bytes():
        read += len(piece)
        if read > LARGEST_ANSWER:
            break  # what it says is not read anyway
    status = str(reply.status_code)
    if reply.is_success:
        return status
    if reply.status_code in (408, 425, 429) or reply.status_code >= 500:
        raise Later(status)
    if reply.is_redirect:
        raise Later("redirected")
    raise Bounced(status)
