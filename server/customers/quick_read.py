"""The read of one customer, answered before the framework is entered: one statement for all of a moment.

Whatever is out of the ordinary, in the request, in who is asking or in what he may see, goes on to the real
door as it came, which judges it anew: here nothing is ever refused. What is stored is composed, and what is
shown picked, by what the real door composes and picks with.
"""

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import msgspec
import structlog
from litestar import Litestar

from schemas.visibility import Lens
from server.auth.access_token import Claims, KeyRing
from server.auth.service_keys import MARK
from server.customers import queries
from server.customers.routes import encoded, etag_of, expanded
from server.customers.together import Asked, Reader, Rows, Stranger, meet, read_together
from server.database.pool import GuardedPool, Pool, at_rest
from server.database.roles import Standing
from server.database.together import Together
from server.policy.in_force import Policies
from server.problems import Refusal
from server.scope import customer_scopes, standing_before_one

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Receive, Scope, Send

ROUTE = "/v1/customers/{customer_id}"
MOST_KNOWN = 50_000
LONGEST_WAIT_S = 2.0  # then the real door is asked, which has its own patience

# Spelled as we spell it ourselves; another way of writing the same is the framework's to understand.
_PATH = re.compile(r"/v1/customers/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
_QUERY = re.compile(rb"expand=([a-z_,]{1,200})")
# Words of a request by which the real door gives another answer, or waits for more.
_OUT_OF_THE_ORDINARY = frozenset(
    {b"if-none-match", b"content-length", b"transfer-encoding", b"content-encoding"}
)

log = structlog.get_logger()


class _Known:
    """A person who asked before, and what follows from who he was then."""

    def __init__(self, reader: Reader, lens: Lens) -> None:
        self.reader = reader
        self.lens = lens
        self.standing: Standing = standing_before_one(reader.principal, lens)
        self.reaches = bool(customer_scopes(reader.principal))
        self._groups = frozenset(lens.groups)
        self._facts: dict[tuple[str, ...], str] = {}

    def facts(self, wanted: tuple[str, ...]) -> str:
        """Return what is noted of a read of these fields."""
        if wanted not in self._facts:
            shown = [field for field in wanted if field in self.lens.levels]
            self._facts[wanted] = msgspec.json.encode({"fields": shown}).decode()
        return self._facts[wanted]

    def shown(self, rows: Rows) -> queries.Fields:
        """Return what he may see of what is stored."""
        return queries.shown_of([row for row in rows if row[0] in self._groups], self.lens)


class QuickReads:
    """Answers reads of one customer. One for each start of the application."""

    def __init__(self, pool: Pool, keys: KeyRing, policies: Policies, *, capped: bool) -> None:
        """Prepare; ``capped``: whether there is an end to how much people may read."""
        self._pool = pool
        self._keys = keys
        self._policies = policies
        self._capped = capped
        self._reads = Together(pool, read_together)
        self._known: dict[tuple[UUID, UUID | None], _Known] = {}  # by person and tablet
        self.answered = 0

    async def answer(self, bearer: str, customer_id: UUID, expand: str | None) -> bytes | None:
        """Return the body of a profile as it is at this moment; None for whatever else is to be said."""
        if not isinstance(self._pool, GuardedPool) or bearer.startswith(MARK):
            return None
        try:
            wanted, provenance = expanded(expand)
            claims = await self._keys.verify(bearer, now=int(datetime.now(UTC).timestamp()))
        except Refusal:
            return None
        if provenance:
            return None
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                return await self._read(self._pool, claims, customer_id, wanted)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
            log.warning("customer.quick_read_failed", kind=type(error).__name__)
            return None

    async def _read(
        self, pool: GuardedPool, claims: Claims, customer_id: UUID, wanted: tuple[str, ...]
    ) -> bytes | None:
        key = (claims.sub, claims.dev)
        known = self._known.get(key) or await self._met(claims)
        if known is None or not known.reaches:
            return None
        rows = await self._reads.ask(
            Asked(
                claims=claims,
                reader=known.reader,
                standing=pool.keys.said(known.standing),
                customer_id=customer_id,
                facts=known.facts(wanted),
            )
        )
        if isinstance(rows, Stranger):
            self._known.pop(key, None)
            return None
        if not rows:
            return None
        self.answered += 1
        return encoded(customer_id, known.shown(rows), wanted, None)

    async def _met(self, claims: Claims) -> _Known | None:
        """Get to know who is asking; None when he is nobody."""
        async with at_rest(self._pool) as connection:
            reader = await meet(connection, claims, capped=self._capped)
        if reader is None:
            return None
        lens = await self._policies.lens(self._pool, reader.principal)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        known = self._known[claims.sub, claims.dev] = _Known(reader, lens)
        return known


def quick_reads(app: Litestar, next_app: "ASGIApp") -> "ASGIApp":
    """Return the application with this shortcut before it."""

    async def answering(scope: "Scope", receive: "Receive", send: "Send") -> None:
        asked = _asked(scope)
        reads: QuickReads | None = None if asked is None else app.state.quick_reads
        body = None if reads is None or asked is None else await reads.answer(*asked)
        if body is None:
            await next_app(scope, receive, send)
            return
        scope["path_template"] = ROUTE  # for the meters
        headers = [
            (b"cache-control", b"no-store"),
            (b"etag", etag_of(body).encode()),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return answering


def _asked(scope: Any) -> tuple[str, UUID, str | None] | None:
    """Return token, customer and ``expand`` of a request that may be such a read as most people send it."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    path = _PATH.fullmatch(scope["path"])
    query = _QUERY.fullmatch(scope["query_string"]) if path and scope["query_string"] else None
    if path is None or (query is None and scope["query_string"]):
        return None
    presented = []
    for name, value in scope["headers"]:
        if name in _OUT_OF_THE_ORDINARY:
            return None
        if name == b"authorization":
            presented.append(value)
    if len(presented) != 1:
        return None
    scheme, _, token = presented[0].partition(b" ")
    if scheme.lower() != b"bearer" or not token.isascii():
        return None
    return token.decode("ascii"), UUID(path[1]), None if query is None else query[1].decode("ascii")
