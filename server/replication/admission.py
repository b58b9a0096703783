"""Admission of tablets: so many requests at work at once, a short queue, and *come back later* for the rest.

A herd that reconnects after an outage would otherwise queue for the database until everybody's patience ends,
and those who are served would be those who have given up. Edits go before news: a push waits before a pull.

Whoever is turned away is given a second of his own to come back in: as many are told the same one as a second
serves, by what was served lately and by how long one takes. So they are spread no wider than the work that is
there, from the first second on, and nobody comes in vain.

How many are at work at once follows from how long one takes then: where processors are what there is too
little of, more at once means the same work for each of them later. A process begins with two for each core.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware

from schemas.problem import ErrorCode
from server.problems import problem_response

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Receive, Scope, Send

LONGEST_WAIT_S = 0.1
AT_WORK_S = 0.08  # that one shall have a place for; together with the wait, what a person takes for at once
LEAST_PLACES = 2  # one is judged while another waits for the database
PER_CORE = 2
PER_SLOT = 3  # that may wait, for each that is at work
LONGEST_SPAN_S = 300  # as the tablet rests at most
SLOWEST = 5  # a second: what is taken to be served before anybody was
LATELY = 20  # requests whose time counts most
LARGEST_BODY = 2 << 20  # bytes; what is longer is refused while it is read
WATCHED = "/v1/sync/"
FIRST = "/v1/sync/push"


class Overloaded(Exception):
    """Come back later."""


class Admission:
    """The places of one process.

    Args:
        most: of them, however quickly each is given back.
        cores: of this machine.
    """

    def __init__(
        self, most: int, *, cores: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._least = min(LEAST_PLACES, most)
        self.places = min(max(PER_CORE * (cores or os.cpu_count() or 1), self._least), most)
        self._measured = 0  # requests that had as many places as there are now
        self._was_full = False  # somebody had to wait since they were measured
        self._clock = clock
        self._first: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()
        self._second = int(clock())
        self._served = self._rate = 0
        self._each_s = 0.0  # that one takes with a place, lately
        self._booked: dict[int, int] = {}  # second -> how many were told to come back then
        self._full_until = 0  # every second before it is booked out
        self.at_work = 0
        self.refused_in_all = 0
        self._served_in_all = 0

    async def take(self, *, first: bool) -> Callable[[], None]:
        """Wait for a place and return what gives it back; giving it back twice is no matter.

        Raises:
            Overloaded: too many wait, or the wait was too long.
        """
        await self._take(first)
        began = self._clock()
        held = True

        def give_back() -> None:
            nonlocal held
            if held:
                held = False
                self._count()
                self._served += 1
                self._each_s += (self._clock() - began - self._each_s) / min(self._served_in_all + 1, LATELY)
                self._served_in_all += 1
                self._fit()
                self._give()

        return give_back

    def come_back_s(self) -> int:
        """Return how many seconds to stay away: until the first second that is not booked out."""
        self._count()
        able = round(self.places / self._each_s) if self._each_s else 0
        most = max(self._rate, self._served, able, SLOWEST)
        second = max(self._second + 1, self._full_until)
        while self._booked.get(second, 0) >= most:
            second += 1
        second = min(second, self._second + LONGEST_SPAN_S)
        self._full_until = second
        self._booked[second] = self._booked.get(second, 0) + 1
        return second - self._second

    async def _take(self, first: bool) -> None:
        if self.at_work < self.places:
            self.at_work += 1
            return
        self._was_full = True
        if len(self._first) + len(self._others) >= self.places * PER_SLOT and not (
            first and self._displace()
        ):
            self._refuse()
        waiting = asyncio.get_running_loop().create_future()
        queue = self._first if first else self._others
        queue.append(waiting)
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await waiting
        except TimeoutError:
            self._withdraw(waiting, queue)
            self._refuse()
        except BaseException:
            self._withdraw(waiting, queue)
            raise

    def _displace(self) -> bool:
        """Turn away the pull that came last, for a push."""
        while self._others:
            last = self._others.pop()
            if not last.done():
                last.set_exception(Overloaded)
                self.refused_in_all += 1
                return True
        return False

    def _withdraw(self, waiting: "asyncio.Future[None]", queue: "deque[asyncio.Future[None]]") -> None:
        if waiting in queue:
            queue.remove(waiting)
        elif waiting.done() and not waiting.cancelled() and waiting.exception() is None:
            self._give()  # the place came at the moment we left

    def _fit(self) -> None:
        """Have as many places as let each be given back in time, by how long the latest took."""
        self._measured += 1
        if self._measured < LATELY:
            return
        if self._each_s > AT_WORK_S:
            fitting = max(int(self.places * AT_WORK_S / self._each_s), self._least)
        elif self._was_full and self._each_s * (self.places + 1) < AT_WORK_S * self.places:
            fitting = min(self.places + 1, self._most)
        else:
            fitting = self.places
        self.places, self._measured, self._was_full = fitting, 0, False

    def _give(self) -> None:
        """Give a place back, and let those in for whom there is one: fewer than before, or one more."""
        self.at_work -= 1
        while self.at_work < self.places and (waiting := self._next()) is not None:
            self.at_work += 1
            waiting.set_result(None)

    def _next(self) -> "asyncio.Future[None] | None":
        for queue in (self._first, self._others):
            while queue:
                if not (waiting := queue.popleft()).done():
                    return waiting
        return None

    def _refuse(self) -> None:
        self.refused_in_all += 1
        raise Overloaded

    def _count(self) -> None:
        now = int(self._clock())
        if now != self._second:
            self._rate = self._served // (now - self._second)
            self._served = 0
            self._second = now
            self._booked = {second: count for second, count in self._booked.items() if second > now}
            self._full_until = min(self._full_until, max(self._booked, default=0))


class AdmitTablets(ASGIMiddleware):
    """Lets requests of tablets through one admission, before anything of theirs is read."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, admission: Admission) -> None:
        self.admission = admission

    async def handle(self, scope: "Scope", receive: "Receive", send: "Send", next_app: "ASGIApp") -> None:
        """Admit, or answer 503 with a moment to come back at."""
        if not scope["path"].startswith(WATCHED):
            await next_app(scope, receive, send)
            return
        replay = await _arrived(receive)
        try:
            give_back = await self.admission.take(first=scope["path"] == FIRST)
        except Overloaded:
            await _turn_away(send, self.admission.come_back_s())
            return

        async def answer(message: Any) -> None:
            give_back()  # the work is done; whoever reads slowly keeps nobody waiting
            await send(message)

        try:
            await next_app(scope, replay, answer)
        finally:
            give_back()


async def _arrived(receive: "Receive") -> "Receive":
    """Wait until a request is here, however slowly it was sent, and return it to be read."""
    messages: deque[Any] = deque()
    size = 0
    while size <= LARGEST_BODY:
        message: Any = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break

    async def replay() -> Any:
        return messages.popleft() if messages else await receive()

    return replay


async def _turn_away(send: Any, after_s: int) -> None:
    answer = problem_response(ErrorCode.UNAVAILABLE, retry_after_s=after_s)
    body = msgspec.json.encode(answer.content)
    headers = {**answer.headers, "content-type": str(answer.media_type), "content-length": str(len(body))}
    await send(
        {
            "type": "http.response.start",
            "status": answer.status_code,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
