"""The order of a sync: push until nothing waits, pull until there is no more, rest, and try again.

``sync_round`` holds the order and touches neither network nor clock: whoever drives it owns both.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

import msgspec

from schemas.problem import ErrorCode
from schemas.protocol import OLDEST_PROTOCOL, CheckReply, LookReply, PullReply, PushReply, encode
from schemas.record import Struct
from sync.replica.bootstrap import FileTransport, bootstrap, is_wanted
from sync.replica.checking import Mended, check_round
from sync.replica.driver import StoreFull, StoreNotWritable
from sync.replica.pull import apply_look, apply_page, look, next_pull
from sync.replica.push import next_push, settle
from sync.replica.store import Store
from sync.replica.transport import RequestRejected, ServerBusy, ServerUnreachable

PUSH = "/v1/sync/push"
PULL = "/v1/sync/pull"
LOOK = "/v1/sync/look"
CHECK = "/v1/sync/check"

MOST_WALKS = 2  # of one round
MOST_MENDS = 4  # times one round numbers its queue anew before it gives up until the next
CHECK_EVERY_MS = 86_400_000
IDLE_S = 60.0
FIRST_WAIT_S = 1.0
TRUSTED = 6  # times in a row that a server says when to come back, before rests of our own are added
LONGEST_WAIT_S = 300.0


class Exchange(Struct):
    """One message to send, and the kind of reply that is expected."""

    path: str
    body: bytes
    reply: type[Any]


class Tally:
    """What a round did so far, also when it did not come to its end."""

    def __init__(self) -> None:
        self.touched: set[UUID] = set()  # records whose card may look different now
        self.filled = False  # a first download by file came to its end
        self.pushed = 0  # edits that got their verdict
        self.pages = 0
        self.mended = 0  # records that differed from the server's


Round = Generator[Exchange, Any, None]


def sync_round(
    store: Store, tally: Tally, *, wall_ms: Callable[[], int], entropy: Callable[[int], bytes]
) -> Round:
    """Yield each request in its turn; expect its decoded reply to be sent in.

    Dropping the generator at any yield is a lost reply: the next round says the same again.
    """
    yield from _push(store, tally, wall_ms, entropy)
    for _ in range(MOST_WALKS):
        yield from _pull(store, tally, wall_ms)
        yield from _push(store, tally, wall_ms, entropy)  # a server that lost its history gets the tail again
        if store.meta.progress.token is not None:
            return  # else the server lost it between the two, and all is asked for anew


def _pull(store: Store, tally: Tally, wall_ms: Callable[[], int]) -> Round:
    more = True
    while more:
        asked = next_pull(store, wall_ms=wall_ms())
        page = yield Exchange(path=PULL, body=encode(asked), reply=PullReply)
        tally.touched |= apply_page(store, asked, page, wall_ms=wall_ms())
        moved = store.meta.progress.token != asked.token  # what could not be applied is not asked again ...
        more = moved and (page.more or page.reconcile is not None)
        more = more or store.patches < asked.patches  # ... save in another form
        tally.pages += 1


def _push(store: Store, tally: Tally, wall_ms: Callable[[], int], entropy: Callable[[int], bytes]) -> Round:
    mends, first = 0, None
    while request := next_push(store, wall_ms=wall_ms()):
        token = store.meta.progress.token
        reply = yield Exchange(path=PUSH, body=encode(request), reply=PushReply)
        tally.touched |= settle(
            store,
            request,
            reply,
            asked_with=token,
            wall_ms=wall_ms(),
            new_incarnation=UUID(bytes=entropy(16)),
        )
        tally.pushed += len(reply.outcomes)
        if not reply.outcomes or first == request.edits[0].mutation_id:
            mends += 1
            if mends > MOST_MENDS:
                break
        first = request.edits[0].mutation_id


def check_steps(store: Store, tally: Tally, *, wall_ms: Callable[[], int]) -> Round:
    """Yield each request of a check in its turn, like ``sync_round``; what it mended is in the tally."""
    mended = Mended()
    steps = check_round(store, mended, wall_ms=wall_ms)
    try:
        asked = next(steps)
        while True:
            reply = yield Exchange(path=CHECK, body=encode(asked), reply=CheckReply)
            asked = steps.send(reply)
    except StopIteration:
        return
    finally:
        tally.touched |= mended.touched
        tally.mended += len(mended.touched)


class Transport(Protocol):
    """Carries a message to the server and back; ``HttpTransport`` says what it may raise."""

    def exchange(self, path: str, body: bytes) -> Awaitable[bytes]:
        """Return the server's reply."""


class Line(Enum):
    """How the last round ended."""

    SYNCED = "synced"
    UNREACHABLE = "unreachable"
    NO_ROOM = "no_room"  # the tablet can keep nothing now; what was kept is there, sync rests
    REJECTED = "rejected"  # the server answered and said no: sign in again, tablet revoked, app too old


class Report(Struct):
    """What a round came to."""

    line: Line
    touched: frozenset[UUID] = frozenset()
    filled: bool = False  # with a first download by file: customers are here of whom nothing was
    pushed: int = 0
    mended: int = 0  # records a check found to differ, and put right
    code: ErrorCode | None = None  # why it was rejected
    next_in_s: float = IDLE_S
    not_before_s: float = 0.0  # what of it the server asked for


def wait_s(failures: int, chance: float) -> float:
    """Return how long to rest after so many failures in a row: full jitter over a doubling span.

    Args:
        failures: 1 after the first; 0 or less for a mere moment.
        chance: a random number of [0, 1).
    """
    span: float = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(max(failures, 0), 30))
    return span * chance


async def drive(steps: Round, transport: Transport) -> None:
    """Carry each request of a round over a transport.

    Raises:
        ServerUnreachable: also when a reply cannot be decoded.
        RequestRejected: the server said no.
    """
    try:
        asked = next(steps)
        while True:
            content = await transport.exchange(asked.path, asked.body)
            asked = steps.send(decoded(content, asked.reply))
    except StopIteration:
        return
    finally:
        steps.close()


def decoded(content: bytes, kind: type[Any]) -> Any:
    """Return a reply.

    Raises:
        ServerUnreachable: these bytes are no such reply.
    """
    try:
        return msgspec.msgpack.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ServerUnreachable("a reply that cannot be read") from error


class Engine:
    """Keeps a store agreed with the server: one request in flight, rests with jitter, wakes when asked."""

    def __init__(
        self,
        store: Store,
        transport: Transport,
        *,
        wall_ms: Callable[[], int],
        chance: Callable[[], float],
        entropy: Callable[[int], bytes],
        report: Callable[[Report], None] = lambda report: None,
    ) -> None:
        self._store = store
        self._transport = transport
        self._wall_ms = wall_ms
        self._chance = chance
        self._entropy = entropy
        self._report = report
        self._failures = 0
        self._check = False
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Sync soon: somebody edited, tapped *try now*, or the server hinted. From the loop's own thread."""
        self._wake.set()

    def hint(self) -> None:
        """Sync soon, unless the last round failed: a rest after a failure is not cut short by the server."""
        if not self._failures:
            self._wake.set()

    def check(self) -> None:
        """Compare all that is held with the server at the end of the next round."""
        self._check = True
        self._wake.set()

    def _speak_older(self, rejected: RequestRejected) -> bool:
        """Take up a protocol that an older server speaks; return whether there is one."""
        if rejected.code != ErrorCode.SCHEMA_TOO_NEW or rejected.protocols is None:
            return False
        newest = rejected.protocols[1]
        if not OLDEST_PROTOCOL <= newest < self._store.protocol:
            return False
        self._store.protocol = newest
        return True

    def _check_due(self) -> bool:
        last = self._store.meta.progress.last_checked
        return self._check or (last is not None and self._wall_ms() - last >= CHECK_EVERY_MS)

    async def run(self) -> None:
        """Sync, rest, and sync again, until cancelled. What each round came to goes to ``report``."""
        while True:
            self._wake.clear()
            report = await self.once()
            await asyncio.sleep(report.not_before_s)  # the server asked for it: nobody cuts it short
            try:
                rest = report.next_in_s - report.not_before_s
                await asyncio.wait_for(self._wake.wait(), timeout=rest)
            except TimeoutError:
                continue

    async def once(self) -> Report:
        """Do one round now and return what it came to. A failure is a report, not an exception."""
        async with self._turn:
            report = await self._round()
        self._report(report)
        return report

    async def look(self, query: str, *, pin: tuple[UUID, ...] = ()) -> LookReply:
        """Search beyond the tablet; customers to pin arrive in the store before this returns.

        Raises:
            ServerUnreachable: looking needs the network.
            RequestRejected: the server said no.
        """
        async with self._turn:
            asked = look(self._store, query=query, wall_ms=self._wall_ms(), record_ids=pin)
            token = self._store.meta.progress.token
            reply: LookReply = decoded(await self._transport.exchange(LOOK, encode(asked)), LookReply)
            apply_look(self._store, reply, asked_with=token, wall_ms=self._wall_ms())
        return reply

    async def _round(self) -> Report:
        tally = Tally()
        line, code, asked_s = Line.SYNCED, None, 0.0
        try:
            if isinstance(self._transport, FileTransport) and is_wanted(self._store):
                tally.touched |= await bootstrap(self._store, self._transport, wall_ms=self._wall_ms())
                tally.filled = not is_wanted(self._store)
            await drive(
                sync_round(self._store, tally, wall_ms=self._wall_ms, entropy=self._entropy), self._transport
            )
            if self._check_due():
                await drive(check_steps(self._store, tally, wall_ms=self._wall_ms), self._transport)
                self._check = False
        except ServerBusy as busy:
            self._failures += 1
            asked_s = busy.retry_after_s
            # He knows better than we when there is room; one who says so for ever is not believed for ever.
            line, rest = Line.UNREACHABLE, asked_s + wait_s(self._failures - TRUSTED, self._chance())
        except ServerUnreachable:
            self._failures += 1
            line, rest = Line.UNREACHABLE, wait_s(self._failures, self._chance())
        except RequestRejected as rejected:
            if self._speak_older(rejected):
                return await self._round()
            self._failures += 1
            line, code, rest = Line.REJECTED, rejected.code, LONGEST_WAIT_S
        except (StoreFull, StoreNotWritable):
            self._failures += 1
            line, rest = Line.NO_ROOM, max(IDLE_S, wait_s(self._failures, self._chance()))
        else:
            self._failures = 0
            rest = IDLE_S * (0.8 + 0.4 * self._chance())
        return Report(
            line=line,
            touched=frozenset(tally.touched),
            filled=tally.filled,
            pushed=tally.pushed,
            mended=tally.mended,
            code=code,
            next_in_s=rest,
            not_before_s=asked_s,
        )
