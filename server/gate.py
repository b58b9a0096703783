"""What is looked at in a request before anything is decoded: its type, its encoding, its depth, its text."""

import re
from typing import Any

from litestar import Request

from schemas.problem import ErrorCode
from server.problems import Refusal

JSON = "application/json"
ACCEPTS = "accepts"  # a route's opt: the one content type its body may have, instead of JSON
ANSWERS = "answers"  # a route's opt: the content types of what it gives, where that is not JSON alone
ANYTHING = "*/*"  # value of it: nothing is looked at before the route has verified who sent it
DEPTH_LIMIT = 32

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_LONG_NUMBER = re.compile(rb"(?<![\w.\"])-?\d{20,}")


async def inspect(request: Request[Any, Any, Any]) -> None:
    """Refuse a body that this route does not take or that no reader should be given.

    Raises:
        Refusal: UNSUPPORTED_MEDIA_TYPE, MALFORMED or INVALID.
    """
    if request.method in ("GET", "HEAD", "DELETE", "OPTIONS"):
        return
    expected = request.route_handler.opt.get(ACCEPTS, JSON)
    body = await request.body()
    if not body or expected == ANYTHING:
        return
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if content_type != expected:
        raise Refusal(ErrorCode.UNSUPPORTED_MEDIA_TYPE)
    if expected != JSON:
        return
    if request.headers.get("content-encoding", "identity").casefold() != "identity":
        raise Refusal(ErrorCode.UNSUPPORTED_MEDIA_TYPE)
    inspect_json(body)


def inspect_json(body: bytes, *, depth_limit: int = DEPTH_LIMIT) -> None:
    """Refuse JSON that is not UTF-8, holds NUL or endless numbers, or nests too deeply.

    Raises:
        Refusal: MALFORMED or INVALID.
    """
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise Refusal(ErrorCode.MALFORMED) from error
    if b"\\u0000" in body and _NUL.search(body):
        raise Refusal(ErrorCode.INVALID, "text may not hold NUL")
    bare = _STRINGS.sub(b'""', body)
    if _LONG_NUMBER.search(bare):
        raise Refusal(ErrorCode.INVALID, "a number is too long")
    depth = 0
    for bracket in _BRACKETS.findall(bare):
        depth += 1 if bracket in b"[{" else -1
        if depth > depth_limit:
            raise Refusal(ErrorCode.MALFORMED, "nested too deeply")
