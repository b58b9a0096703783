"""Text messages through a provider: one JSON POST to the one host that was configured."""

import httpx
import msgspec

from server.outgoing.carriers import Bounced, Later, Leaving, NoAnswer, Parcel
from server.outside import HostRefused, Way, checked_url, way_to
from server.settings import SmsProvider

LARGEST_ANSWER = 64 << 10
LOCAL = ("localhost", "127.0.0.1", "::1")


class HttpProvider:
    """Posts ``{"id", "to", "from", "channel", "text"}`` with a bearer token; any 2xx means it was taken.

    No other host is ever asked: redirects are not followed, a name that leads into our own network is refused
    each time, whatever it led to before, and the connection goes to the address that was looked at. 408, 425,
    429 and 5xx are worth another attempt; another 4xx means that this number or this text is refused.
    ``id`` is stable, for the provider to tell a repetition by.
    """

    def __init__(self, settings: SmsProvider, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._local = httpx.URL(settings.url).host in LOCAL  # said so by whoever runs this machine
        self._url = checked_url(settings.url, inside=self._local)
        self._settings = settings
        self._transport = transport

    async def carry(self, parcel: Parcel, leaving: Leaving) -> str:
        """Hand one text over and return the status it was taken with."""
        way = await self._way()
        body = {
            "id": parcel.id,
            "to": parcel.address,
            "from": self._settings.sender,
            "channel": parcel.channel.value,
            "text": parcel.text,
        }
        headers = {"content-type": "application/json", "idempotency-key": parcel.id, "host": way.host}
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
                    "POST",
                    way.url,
                    content=msgspec.json.encode(body),
                    headers=headers,
                    extensions={"sni_hostname": way.name},  # whose certificate it must show
                ) as reply,
            ):
                return await _status(reply)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise Later(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from error

    async def _way(self) -> Way:
        try:
            return await way_to(self._url, inside=self._local)
        except HostRefused as error:
            raise Later("host_refused") from error
        except OSError as error:
            raise Later("unknown_host") from error


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
