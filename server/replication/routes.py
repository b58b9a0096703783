"""Doors for tablets: push, pull, look. MessagePack in and out, compressed when asked.

They ask the framework for their connection alone: it would start a task for each of two things.
"""

import gzip
import zlib
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response, Router, post
from litestar.datastructures import State
from litestar.di import NamedDependency

from schemas.problem import ErrorCode
from schemas.protocol import (
    CONTENT_TYPE,
    MAX_PUSH_BYTES,
    CheckRequest,
    LookRequest,
    PullRequest,
    PushReply,
    PushRequest,
    encode,
)
from schemas.record import Struct
from server.auth.extraction import UNCOUNTED
from server.auth.guard import current_principal
from server.auth.sealing import derive
from server.database.pool import Connection, transaction
from server.gate import ACCEPTS
from server.problems import Refusal
from server.replication import checking, tablet_pull, tablet_push
from server.replication import look as looking
from server.replication.push import Submit, Unstorable, submit, submit_whole
from server.scope import AS_CALLER, BRAND_WIDE
from server.settings import Settings

MAX_ASKED_BYTES = 256 * 1024  # of a pull or a look: acknowledgements are 18 bytes each
WORTH_COMPRESSING = 512  # bytes
WORTH_AN_EFFORT = 64 * 1024  # bytes: up to here a better level costs less time than the line takes
GZIP_HEADER = 16 + zlib.MAX_WBITS

Message = TypeVar("Message", bound=Struct)


@post("/push", opt={ACCEPTS: CONTENT_TYPE, UNCOUNTED: True}, status_code=200)
async def push(request: Request[Any, Any, State]) -> Response[bytes]:
    """Judge a tablet's edits; each gets one terminal verdict.

    All at once; where the database will not have it, again in a transaction in which they can be parted.
    """
    asked = await read_message(request, PushRequest, MAX_PUSH_BYTES)
    try:
        reply = await _push(request, asked, submit_whole)
    except Unstorable:
        reply = await _push(request, asked, submit)
    return answer(request, reply)


async def _push(request: Request[Any, Any, State], asked: PushRequest, submitting: Submit) -> PushReply:
    async with transaction(request.app.state.pool) as connection:
        return await tablet_push.push(
            connection,
            current_principal(request),
            asked,
            now=datetime.now(UTC),
            policies=request.app.state.policies,
            lease_s=request.app.state.settings.lease_s,
            submitting=submitting,
        )


@post("/pull", opt={ACCEPTS: CONTENT_TYPE, UNCOUNTED: True, AS_CALLER: True}, status_code=200)
async def pull(request: Request[Any, Any, State], connection: NamedDependency[Connection]) -> Response[bytes]:
    """Give a tablet what it has not seen."""
    asked = await read_message(request, PullRequest, MAX_ASKED_BYTES)
    settings: Settings = request.app.state.settings
    reply = await tablet_pull.pull(
        connection,
        current_principal(request),
        asked,
        now=datetime.now(UTC),
        policies=request.app.state.policies,
        token_key=request.app.state.feed_key,
        lease_s=settings.lease_s,
    )
    return answer(request, reply)


@post("/look", opt={ACCEPTS: CONTENT_TYPE, AS_CALLER: BRAND_WIDE}, status_code=200)
async def look(request: Request[Any, Any, State], connection: NamedDependency[Connection]) -> Response[bytes]:
    """Search the whole brand, and pin customers to this tablet."""
    asked = await read_message(request, LookRequest, MAX_ASKED_BYTES)
    reply = await looking.look(
        connection,
        current_principal(request),
        asked,
        now=datetime.now(UTC),
        policies=request.app.state.policies,
        find=request.app.state.find,
        lease_s=request.app.state.settings.lease_s,
    )
    return answer(request, reply)


@post("/check", opt={ACCEPTS: CONTENT_TYPE, UNCOUNTED: True, AS_CALLER: True}, status_code=200)
async def check(
    request: Request[Any, Any, State], connection: NamedDependency[Connection]
) -> Response[bytes]:
    """Tell a tablet what it should hold, so that it finds out whether it does."""
    asked = await read_message(request, CheckRequest, MAX_ASKED_BYTES)
    reply = await checking.check(
        connection,
        current_principal(request),
        asked,
        now=datetime.now(UTC),
        policies=request.app.state.policies,
        token_key=request.app.state.feed_key,
        lease_s=request.app.state.settings.lease_s,
    )
    return answer(request, reply)


def feed_key(settings: Settings) -> bytes:
    """Return the key that seals the tokens of tablets."""
    return derive(settings.secret, "feed-token")


async def read_message(request: Request[Any, Any, State], kind: type[Message], limit: int) -> Message:
    """Return the message in a request's body.

    Raises:
        Refusal: UNSUPPORTED_MEDIA_TYPE, TOO_LARGE or MALFORMED.
    """
    body = await request.body()
    match request.headers.get("content-encoding", "identity").casefold():
        case "identity":
            plain = body
        case "gzip":
            plain = inflate(body, limit)
        case _:
            raise Refusal(ErrorCode.UNSUPPORTED_MEDIA_TYPE)
    if len(plain) > limit:
        raise Refusal(ErrorCode.TOO_LARGE)
    try:
        return msgspec.msgpack.decode(plain, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise Refusal(ErrorCode.MALFORMED) from error


def inflate(body: bytes, limit: int) -> bytes:
    """Return the content of one gzip frame of at most ``limit`` bytes.

    Raises:
        Refusal: TOO_LARGE beyond the limit, MALFORMED for anything but exactly one whole frame.
    """
    frame = zlib.decompressobj(GZIP_HEADER)
    try:
        plain = frame.decompress(body, limit + 1)
    except zlib.error as error:
        raise Refusal(ErrorCode.MALFORMED) from error
    if len(plain) > limit:
        raise Refusal(ErrorCode.TOO_LARGE)
    if not frame.eof or frame.unused_data:
        raise Refusal(ErrorCode.MALFORMED)
    return plain


def answer(request: Request[Any, Any, State], reply: Struct) -> Response[bytes]:
    """Return a message as the response, compressed where that pays and is understood."""
    content = encode(reply)
    headers = {"vary": "accept-encoding"}
    if len(content) > WORTH_COMPRESSING and _accepts_gzip(request.headers.get("accept-encoding", "")):
        # What is in one frame is what this lens shows, and nothing else: its size tells of nothing hidden.
        level = 9 if len(content) <= WORTH_AN_EFFORT else 1
        content = gzip.compress(content, compresslevel=level, mtime=0)
        headers["content-encoding"] = "gzip"
    return Response(content, media_type=CONTENT_TYPE, headers=headers)


def _accepts_gzip(header: str) -> bool:
    for offer in header.casefold().split(","):
        coding, _, quality = offer.strip().partition(";")
        if coding.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


router = Router("/v1/sync", route_handlers=[push, pull, look, check], tags=["sync"], include_in_schema=False)
