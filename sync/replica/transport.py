"""The tablet's way to the server: one message out, one message back, or a named reason why not."""

import gzip
import re
from collections.abc import Awaitable, Callable

import httpx
import msgspec

from schemas.problem import PROTOCOL_POINTER, ErrorCode, Problem
from schemas.protocol import CONTENT_TYPE
from schemas.snapshot import PART_TYPE

PROBLEM_TYPE = "application/problem+json"
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
WORTH_COMPRESSING = 512  # bytes: a pull is mostly its token, which does not compress
BIGGEST_REPLY = 16 << 20  # bytes after decompression
LONGEST_WAIT_S = 3600.0
LONGEST_WAIT_OF_OTHERS_S = 30.0  # a proxy or a captive portal on the way may say anything


class ServerUnreachable(Exception):
    """Nothing that speaks our protocol answered. The same bytes are sent again later."""


class ServerBusy(ServerUnreachable):
    """The server asks to come back later."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"retry after {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class RequestRejected(Exception):
    """The server answered, and will not serve this request however often it is sent."""

    def __init__(self, status: int, code: ErrorCode, protocols: tuple[int, int] | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.protocols = protocols  # oldest and newest that the server speaks, when it says so


class HttpTransport:
    """Speaks to one server as one person.

    Args:
        bearer: gives a valid access token, refreshing it when needed; what it raises passes through.
    """

    def __init__(self, client: httpx.AsyncClient, *, bearer: Callable[[], Awaitable[str]]) -> None:
        self._client = client
        self._bearer = bearer

    async def exchange(self, path: str, body: bytes) -> bytes:
        """Return the server's reply to a message.

        Raises:
            ServerUnreachable: no answer, a broken one, or somebody else's (a captive portal).
            ServerBusy: the server said when to come back.
            RequestRejected: the server said no.
        """
        headers = {
            "Authorization": f"Bearer {await self._bearer()}",
            "Content-Type": CONTENT_TYPE,
            "Accept": CONTENT_TYPE,
            "Accept-Encoding": "gzip",
        }
        if len(body) > WORTH_COMPRESSING:
            body = gzip.compress(body, compresslevel=9, mtime=0)
            headers["Content-Encoding"] = "gzip"
        try:
            asking = self._client.stream("POST", path, content=body, headers=headers, timeout=TIMEOUT)
            async with asking as response:
                content = await _whole(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerUnreachable(type(error).__name__) from error
        return read_reply(response.status_code, dict(response.headers), content)

    async def fetch(self, path: str, into: bytearray, *, most: int) -> None:
        """Append to ``into`` what of a file is missing there; what arrived before a failure stays.

        Raises:
            ServerUnreachable, ServerBusy, RequestRejected: as ``exchange``.
        """
        headers = {
            "Authorization": f"Bearer {await self._bearer()}",
            "Accept-Encoding": "identity",
            "Range": f"bytes={len(into)}-",
        }
        try:
            async with self._client.stream("GET", path, headers=headers, timeout=TIMEOUT) as response:
                kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                if response.status_code not in (200, 206) or kind != PART_TYPE:
                    read_reply(response.status_code, dict(response.headers), await response.aread())
                    raise ServerUnreachable(f"status {response.status_code}, {kind[:40] or 'no type'}")
                if response.status_code == 200:
                    into.clear()
                elif not response.headers.get("content-range", "").startswith(f"bytes {len(into)}-"):
                    raise ServerUnreachable("another range than the one asked for")
                async for some in response.aiter_raw():
                    if len(into) + len(some) > most:
                        raise ServerUnreachable("the part is too long")
                    into += some
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise ServerUnreachable(type(error).__name__) from error


async def _whole(response: httpx.Response) -> bytes:
    """Return the body, decompressed; of one that never ends only a little more than we would read."""
    parts, size = [], 0
    async for part in response.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size > BIGGEST_REPLY:
            break
    return b"".join(parts)


def read_reply(status: int, headers: dict[str, str], content: bytes) -> bytes:
    """Return the body of a reply that is ours.

    Args:
        headers: with lower-case names.
        content: the body, decompressed.

    Raises:
        ServerUnreachable, ServerBusy, RequestRejected: as ``HttpTransport.exchange`` says.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if status in (429, 503):
        longest = LONGEST_WAIT_S if kind == PROBLEM_TYPE else LONGEST_WAIT_OF_OTHERS_S
        raise ServerBusy(min(_retry_after_s(headers.get("retry-after", "")), longest))
    if 400 <= status < 500 and kind == PROBLEM_TYPE:
        problem = _problem(content)
        raise RequestRejected(status, problem.code, _protocols(problem))
    if status != 200 or kind != CONTENT_TYPE:
        raise ServerUnreachable(f"status {status}, {kind[:40] or 'no type'}")
    length = headers.get("content-length")
    if "content-encoding" not in headers and length is not None and int(length) != len(content):
        raise ServerUnreachable("the reply was cut")
    if len(content) > BIGGEST_REPLY:
        raise ServerUnreachable("the reply is too long")
    return content


def _retry_after_s(text: str) -> float:
    return min(float(text), LONGEST_WAIT_S) if re.fullmatch(r"\d{1,9}", text) else 0.0


def _problem(content: bytes) -> Problem:
    try:
        return msgspec.json.decode(content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ServerUnreachable("a problem that cannot be read") from error


def _protocols(problem: Problem) -> tuple[int, int] | None:
    for error in problem.errors:
        spoken = re.fullmatch(r"(\d{1,6})-(\d{1,6})", error.detail)
        if error.pointer == PROTOCOL_POINTER and spoken:
            return int(spoken[1]), int(spoken[2])
    return None
