"""A tablet's pull with nothing new, answered before the framework is entered: one look at the database.

Most pulls are of this kind. Whatever is out of the ordinary, in the request, in who is asking or in what
there is to tell, goes on to the real door as it came, which judges it anew: here nothing is ever refused.
"""

import asyncio
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import msgspec
import structlog
from litestar import Litestar

from schemas.protocol import CONTENT_TYPE, Caller, PullReply, PullRequest, encode
from schemas.record import Struct
from schemas.visibility import Lens
from server.auth.access_token import Claims, KeyRing
from server.auth.principal import Principal, principal_from
from server.auth.service_keys import MARK
from server.database.pool import GuardedPool, Pool
from server.database.roles import Standing
from server.database.together import Together
from server.policy.in_force import Policies
from server.problems import Refusal
from server.replication.entitlement import SEEN_EVERY, entitlement_of, require_tablet
from server.replication.glance import Glimpse, Seen, glance
from server.replication.lives import remembered
from server.replication.routes import WORTH_COMPRESSING
from server.replication.token import OpenedToken, TokenBroken, channels_of, open_token, read_on
from server.scope import standing_of, tablet_scopes

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Receive, Scope, Send

PATH = "/v1/sync/pull"
LONGEST = 4096  # bytes of a request that is looked at here
MOST_KNOWN = 50_000
LONGEST_LOOK_S = 2.0  # then the real door is asked, which has its own patience

log = structlog.get_logger()


class _Known(Struct):
    """Who a person on a tablet was when he last called: compared before anything of it is believed."""

    device_id: UUID
    who: tuple[Any, ...]
    principal: Principal
    scopes: tuple[str, ...]
    standing: Standing


class _Call(Struct):
    """A pull that may have nothing to bring, by a tablet that has read all it may up to one moment."""

    claims: Claims
    caller: Caller
    known: _Known
    lens: Lens
    token: OpenedToken
    base: str


class QuickPulls:
    """Answers pulls with nothing new. One for each start of the application."""

    def __init__(
        self, pool: Pool, keys: KeyRing, policies: Policies, *, lease_s: int, feed_key: bytes
    ) -> None:
        self._pool = pool
        self._keys = keys
        self._policies = policies
        self._lease_s = lease_s
        self._feed_key = feed_key
        self._looks = Together(pool, glance)
        self._known: dict[tuple[UUID, UUID], _Known] = {}  # by person and tablet
        self.answered = 0

    async def answer(self, bearer: str, body: bytes, *, now: datetime) -> bytes | None:
        """Return the reply to a pull with nothing new; None for anything else."""
        call = await self._understood(bearer, body, now)
        if call is None or not isinstance(self._pool, GuardedPool):
            return None
        said = self._pool.keys.said(call.known.standing)
        seen = await self._look(Glimpse(claims=call.claims, said=said, base=call.base))
        if seen is None or seen.row is None or seen.who != call.known.who:
            self._known.pop((call.claims.sub, call.known.device_id), None)
            return None
        swept = int(call.base.partition(":")[0]) < seen.gc_floor
        if not seen.unmoved or swept or seen.boot != call.token.boot:
            return None
        return self._reply(call, seen, now)

    async def _understood(self, bearer: str, body: bytes, now: datetime) -> _Call | None:
        if bearer.startswith(MARK):
            return None
        try:
            claims = await self._keys.verify(bearer, now=int(now.timestamp()))
            request = msgspec.msgpack.decode(body, type=PullRequest)
        except (Refusal, msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError):
            return None
        if claims.dev is None or request.token is None or request.erase_ack:
            return None
        known = self._known.get((claims.sub, claims.dev))
        if known is None:
            await self._meet(claims, claims.dev)
            return None
        try:
            require_tablet(known.principal, request.caller)
            token = open_token(self._feed_key, request.token, claims.dev, claims.sub)
        except (Refusal, TokenBroken):
            return None
        if request.looked not in (None, token.boot):
            return None
        life, lens = remembered(token.boot), self._policies.lens_known(known.principal)
        ids = life.ids_known(known.scopes)
        due = life.is_due((claims.dev, request.caller.incarnation, claims.sub), now, SEEN_EVERY)
        if due or ids is None or lens is None:
            return None
        base = token.read_to(channels_of(ids, lens.groups))
        if base is None:
            return None
        return _Call(claims=claims, caller=request.caller, known=known, lens=lens, token=token, base=base)

    async def _meet(self, claims: Claims, device_id: UUID) -> None:
        """Get to know who is calling, for his next call."""
        seen = await self._look(Glimpse(claims=claims))
        if seen is None or seen.row is None:
            return
        principal = principal_from(seen.row)
        scopes = tablet_scopes(principal)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[claims.sub, device_id] = _Known(
            device_id=device_id,
            who=seen.who,
            principal=principal,
            scopes=scopes,
            standing=msgspec.structs.replace(standing_of(principal), keys=scopes, stores=()),
        )

    async def _look(self, glimpse: Glimpse) -> Seen | None:
        try:
            async with asyncio.timeout(LONGEST_LOOK_S):
                return await self._looks.ask(glimpse)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("pull.glance_failed", kind=type(error).__name__)
            return None

    def _reply(self, call: _Call, seen: Seen, now: datetime) -> bytes | None:
        entitlement = entitlement_of(
            call.known.principal, call.lens, now=now, lease_s=self._lease_s, holds=call.caller.holds
        )
        if not entitlement.is_brief:
            return None
        token = read_on(
            self._feed_key, call.token, seen.snapshot, seen.lsn, call.known.device_id, call.claims.sub
        )
        content = encode(PullReply(entitlement=entitlement, token=token, more=False))
        if len(content) > WORTH_COMPRESSING:
            return None
        self.answered += 1
        return content


def quick_pulls(app: Litestar, next_app: "ASGIApp") -> "ASGIApp":
    """Return the application with this shortcut before it."""

    async def answering(scope: "Scope", receive: "Receive", send: "Send") -> None:
        bearer = _bearer_of(scope)
        if bearer is None:
            await next_app(scope, receive, send)
            return
        taken, body = await _taken(receive)
        pulls: QuickPulls = app.state.quick_pulls
        content = None if body is None else await pulls.answer(bearer, body, now=datetime.now(UTC))
        if content is None:
            await next_app(scope, _again(taken, receive), send)
            return
        scope["path_template"] = PATH  # for the meters
        headers = [
            (b"cache-control", b"no-store"),
            (b"vary", b"accept-encoding"),
            (b"content-type", CONTENT_TYPE.encode()),
            (b"content-length", str(len(content)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content, "more_body": False})

    return answering


def _bearer_of(scope: Any) -> str | None:
    """Return the access token of a request that may be a pull as tablets send it."""
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
        return None
    said: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in said:
            return None  # said twice: the real door knows which one counts
        said[name] = value
    length = said.get(b"content-length", b"")
    if not length.isdigit() or int(length) > LONGEST or b"content-encoding" in said or scope["query_string"]:
        return None
    if said.get(b"content-type") != CONTENT_TYPE.encode():
        return None
    scheme, _, token = said.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token.isascii():
        return None
    return token.decode("ascii")


async def _taken(receive: "Receive") -> tuple[deque[Any], bytes | None]:
    """Return the messages of a request, and its body; None when it does not end as it said."""
    messages: deque[Any] = deque()
    size = 0
    while size <= LONGEST:
        message: Any = await receive()
        messages.append(message)
        if message["type"] != "http.request":
            break
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            return messages, b"".join(each.get("body", b"") for each in messages)
    return messages, None


def _again(taken: deque[Any], receive: "Receive") -> "Receive":
    """Return what gives the messages that were taken once more, and then the rest."""

    async def replay() -> Any:
        return taken.popleft() if taken else await receive()

    return replay
