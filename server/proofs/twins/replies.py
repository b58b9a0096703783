"""Requests to an application in process, and their replies in the form in which worlds are compared.

Opaque tokens (sealed with fresh nonces over numbers of transactions) are renamed by first appearance; their
length stays. Nothing else of a reply is touched.
"""

import asyncio
import gzip
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar.routes import HTTPRoute

from schemas.poke import Poke
from schemas.protocol import CONTENT_TYPE
from schemas.record import Struct
from server.auth.principal import principal_of
from server.proofs.twins.stillness import begin, hearing
from server.replication.poke import Pokes
from server.rest.paging import QUERY

_OPAQUE: Final = re.compile(rb"[A-Za-z0-9_-]{40,}(?:\.[A-Za-z0-9_-]+)*")
# The clock of the world stands still some years ahead: what is dated before 2029 the database dated.
_INSTANT: Final = re.compile(rb"20[0-2]\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)|\b1[5-8]\d{11}\b")
_SUMS: Final = " /v1/sync/check"

LONGEST_ID: Final = 16  # bytes; what is longer in a message is JSON or sealed


class Reply(Struct):
    """One reply as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body decoded."""
        return msgspec.json.decode(self.body)


class Told(Struct):
    """One question and its reply in comparable form."""

    question: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    logged: tuple[str, ...] = ()  # meanwhile, for whoever reads logs

    def differences(self, other: "Told") -> list[str]:
        """Return what another world told otherwise. An answer of 500 is one of them, even of both."""
        found = [] if self.question == other.question else [f"asked {self.question} and {other.question}"]
        if self.status != other.status:
            found.append(f"status {self.status} and {other.status}")
        mine, theirs = dict(self.headers), dict(other.headers)
        found += [f"header {name}" for name in sorted({*mine, *theirs}) if mine.get(name) != theirs.get(name)]
        if self.body != other.body:
            found.append("body")
        if self.logged != other.logged:
            found.append("what was logged")
        if max(self.status, other.status) == HTTPStatus.INTERNAL_SERVER_ERROR:
            found.append("a bug: a reply of 500 says nothing for itself")
        return found

    @property
    def compared(self) -> int:
        """How many things of this reply are compared: status, each header, body, log."""
        return 3 + len(self.headers)


class Asker:
    """Somebody who asks one world, and everything he is told, in order."""

    def __init__(
        self,
        app: Litestar,
        name: str,
        only: frozenset[str] | None = None,
        *,
        told: list[Told] | None = None,
    ) -> None:
        self._app = app
        self._name = name
        self._only = only
        self._seen: dict[bytes, bytes] = {}
        self._new: Counter[int] = Counter()
        self.signed: dict[str, str] = {}
        self.life = b"no life known yet"  # the name of this life of the world's database, told to tablets
        self.file = b"no file known yet"  # the name of the file of a first download: chance, like a life's
        self.told: list[Told] = [] if told is None else told

    def wants(self, chapter: str) -> bool:
        """Whether this chapter of the transcript is to be read."""
        return self._only is None or chapter in self._only

    def doors(self) -> list[tuple[str, str]]:
        """Return every route of the application with each of its methods."""
        return [
            (route.path, method)
            for route in self._app.routes
            if isinstance(route, HTTPRoute)
            for method in sorted(route.methods - {"OPTIONS"})
        ]

    def parameters(self) -> dict[str, tuple[str, ...]]:
        """Return the query parameters that each route knows when it is read."""
        known: dict[str, tuple[str, ...]] = {}
        for route in self._app.routes:
            if isinstance(route, HTTPRoute) and "GET" in route.methods:
                handler, _ = route.route_handler_map["GET"]
                known[route.path] = tuple(handler.opt.get(QUERY, ()))
        return known

    async def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        silent: bool = False,
    ) -> Reply:
        """Ask, note what was told (unless silent), and return it as it came."""
        sent = {**self.signed, **(headers or {})}
        if body is not None:
            content = msgspec.json.encode(body)
            sent.setdefault("content-type", "application/json")
        asked = f"{method} {path}" + (f"?{urlencode(query)}" if query else "")
        begin(f"{self._name} {len(self.told)} {asked}")
        with hearing() as logged:
            reply = await call(self._app, method, path, urlencode(query or {}), sent, content or b"")
        if not silent:
            named = ", ".join(name for name in (headers or {}) if name != "content-type")
            question = f"{len(self.told)}: {asked}" + (f" [{named}]" if named else "")
            self.told.append(msgspec.structs.replace(self._told(question, reply), logged=tuple(logged)))
        return reply

    def note(self, question: str, heard: object) -> None:
        """Note what was told without being asked."""
        text = f"{len(self.told)}: {question}"
        self.told.append(Told(question=text, status=HTTPStatus.OK, headers=(), body=repr(heard).encode()))

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Callable[[], Awaitable[list[float]]]]:
        """Sit down as the person's tablet does at the door of pokes; what is given says what was told since.

        Apart from the node's own seats: those are looked after once a second, at a moment chance chooses.
        """
        state = self._app.state
        token = self.signed["authorization"].partition(" ")[2]
        claims = await state.key_ring.verify(token, now=int(time.time()))
        apart = Pokes(state.pool, state.policies)
        seat = await apart.take_seat(claims, await principal_of(state.pool, claims))

        async def hear() -> list[float]:
            await apart.look()
            told = []
            with suppress(TimeoutError):
                while True:
                    async with asyncio.timeout(0.01):
                        said = await seat.next()
                    told.append(said.within_s if isinstance(said, Poke) else float(said))
            return told

        await hear()  # the first look tells everybody
        try:
            yield hear
        finally:
            apart.leave(seat)

    def _told(self, question: str, reply: Reply) -> Told:
        body, length = reply.body, reply.headers.get("content-length")
        if reply.headers.get("content-encoding") == "gzip" and self.life in (plain := gzip.decompress(body)):
            body = gzip.compress(plain.replace(self.life, bytes(len(self.life))), mtime=0)
            length = str(len(body))
        if reply.headers.get("content-type") == CONTENT_TYPE and "content-encoding" not in reply.headers:
            message = msgspec.msgpack.decode(body)
            sums = _SUMS in question  # long, and nothing sealed among them
            text = repr(message if sums else self._named(message))
            body = text.replace(repr(self.life), "<life>").replace(repr(self.file), "<file>").encode()
        else:
            body = _INSTANT.sub(b"<dated by the database>", _OPAQUE.sub(self._renamed, body))
        headers = tuple(
            sorted(
                (
                    name,
                    _OPAQUE.sub(
                        self._renamed, (length or "" if name == "content-length" else text).encode()
                    ).decode(),
                )
                for name, text in reply.headers.items()
            )
        )
        question = _OPAQUE.sub(self._renamed, question.encode()).decode()
        question = question.replace(_as_text(self.file), "<file>")
        return Told(question=question, status=reply.status, headers=headers, body=body)

    def _named(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._named(held) for name, held in value.items()}
        if isinstance(value, list):
            return [self._named(held) for held in value]
        sealed = isinstance(value, bytes) and len(value) > LONGEST_ID and not _is_object(value)
        return self._rename(value) if sealed else value

    def _renamed(self, found: re.Match[bytes]) -> bytes:
        return self._rename(found.group())

    def _rename(self, token: bytes) -> bytes:
        if token not in self._seen:
            answer = len(self.told)
            self._new[answer] += 1  # of each answer: what he is told by right shows in no other
            name = b"<token %d of answer %d, %d bytes>" % (self._new[answer], answer, len(token))
            self._seen[token] = name
        return self._seen[token]


def _as_text(name: bytes) -> str:
    return str(UUID(bytes=name)) if len(name) == LONGEST_ID else name.decode()


def _is_object(content: bytes) -> bool:
    """Whether bytes are a JSON object; what is sealed begins with any byte, a brace among them."""
    return content.startswith(b'{"') and content.endswith(b"}")


async def call(
    app: Any, method: str, path: str, query: str, headers: Mapping[str, str], content: bytes
) -> Reply:
    """Ask an ASGI application directly."""
    messages: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), text.encode("latin-1")) for name, text in headers.items()],
        "client": ("192.0.2.7", 4711),
        "server": ("proof.invalid", 80),
    }
    given = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return given.pop() if given else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start = messages[0]
    return Reply(
        status=start["status"],
        headers={name.decode("latin-1"): text.decode("latin-1") for name, text in start["headers"]},
        body=b"".join(message.get("body", b"") for message in messages[1:]),
    )
