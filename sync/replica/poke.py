"""Listening for pokes: a socket to the server on which it says *pull*, and nothing else.

A socket that cannot be had or is lost is never an error for anybody: the engine polls as it always does, and
another socket is tried after a while.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit, urlunsplit

import msgspec

from schemas.poke import LONGEST_SPREAD_S, POKE, Farewell, Poke
from sync.replica.engine import LONGEST_WAIT_S, wait_s
from sync.replica.transport import RequestRejected, ServerUnreachable

CONNECT_S = 10.0
PING_EVERY_S = 25.0  # below the minute after which networks forget an idle connection
BIGGEST_POKE = 1024  # bytes


class PokeListener:
    """Keeps one socket open and calls ``hint`` a moment after each poke; pokes in between are one.

    Args:
        server: the address of the server, as for requests.
        bearer: gives a valid access token; what the transport may raise, it may raise.
        hint: wakes the engine, from this very loop.
        chance: a random number of [0, 1).
        may_connect: asked before each attempt.
    """

    def __init__(
        self,
        server: str,
        *,
        bearer: Callable[[], Awaitable[str]],
        hint: Callable[[], None],
        chance: Callable[[], float],
        may_connect: Callable[[], bool] = lambda: True,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._address = poke_address(server)
        self._bearer = bearer
        self._hint = hint
        self._chance = chance
        self._may_connect = may_connect
        self._sleep = sleep
        self._failures = 0
        self._due: asyncio.TimerHandle | None = None
        self.connected = False

    async def run(self) -> None:
        """Listen until cancelled, connecting again after a while whenever the socket ends."""
        try:
            while True:
                rest = LONGEST_WAIT_S
                if self._may_connect():
                    farewell = await self._listen()
                    self._failures += 1
                    if farewell not in (Farewell.REVOKED, Farewell.FULL):
                        rest = wait_s(self._failures, self._chance())
                    else:
                        rest *= 0.5 + 0.5 * self._chance()
                else:
                    rest = wait_s(1, self._chance())
                await self._sleep(rest)
        finally:
            if self._due is not None:
                self._due.cancel()

    async def _listen(self) -> int | None:
        """Connect and hear until the socket ends; return the code it ended with, if there was one."""
        # A tenth of a second, which a start does not have to wait for.
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidURI, WebSocketException

        try:
            async with connect(
                self._address,
                additional_headers={"Authorization": f"Bearer {await self._bearer()}"},
                user_agent_header=None,
                compression=None,
                open_timeout=CONNECT_S,
                ping_interval=PING_EVERY_S,
                max_size=BIGGEST_POKE,
            ) as socket:
                self.connected = True
                async for message in socket:
                    self._hear(message)
                return socket.close_code
        except (OSError, TimeoutError, WebSocketException, InvalidURI):
            return None
        except (ServerUnreachable, RequestRejected):
            return None
        finally:
            self.connected = False

    def _hear(self, message: str | bytes) -> None:
        try:
            poke = msgspec.json.decode(message, type=Poke)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return  # a later server says more: the next poll will tell
        self._failures = 0
        delay = min(max(poke.within_s, 0.0), LONGEST_SPREAD_S) * self._chance()
        loop = asyncio.get_running_loop()
        if self._due is not None:
            if self._due.when() <= loop.time() + delay:
                return
            self._due.cancel()
        self._due = loop.call_later(delay, self._fall_due)

    def _fall_due(self) -> None:
        self._due = None
        self._hint()


def poke_address(server: str) -> str:
    """Return where the sockets of a server are."""
    parts = urlsplit(server)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + POKE, "", ""))


async def stop(task: "asyncio.Task[None] | None") -> None:
    """End a task that listens."""
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
