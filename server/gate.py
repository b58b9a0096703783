"""What is looked at in a request before the framework reads it: type, encoding, depth, and each word."""

import json
import re
from functools import cache
from typing import Annotated, Any, get_args, get_origin

import msgspec
from litestar import Request

from schemas.problem import ErrorCode, FieldError
from server.problems import Refusal

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
ACCEPTS = "accepts"  # a route's opt: the one content type its body may have, instead of JSON
ANSWERS = "answers"  # a route's opt: the content types of what it gives, where that is not JSON alone
ANYTHING = "*/*"  # value of it: nothing is looked at before the route has verified who sent it
DEPTH_LIMIT = 32

# A string, or one that nobody closed. Nothing is given back: one without end would be begun anew at each
# quote in it, and a megabyte of them would hold the whole process for an hour.
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_LONG_NUMBER = re.compile(rb"(?<![\w.\"])-?\d{20,}")


async def inspect(request: Request[Any, Any, Any]) -> None:
    """Refuse a body that this route does not take or that no reader should be given.

    Raises:
        Refusal: UNSUPPORTED_MEDIA_TYPE, MALFORMED or INVALID.
        msgspec.ValidationError: a value is not of the type it has to be, though it may look like one.
    """
    if request.method in ("GET", "HEAD", "DELETE", "OPTIONS"):
        return
    expected = request.route_handler.opt.get(ACCEPTS, JSON)
    body = await request.body()
    if not body or expected == ANYTHING:
        return
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if content_type != expected:
        raise Refusal(ErrorCode.UNSUPPORTED_MEDIA_TYPE, f"send {expected}")
    if expected != JSON:
        return
    if request.headers.get("content-encoding", "identity").casefold() != "identity":
        raise Refusal(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "send it without a content encoding")
    inspect_json(body)
    _require_said_once(body)
    data = request.route_handler.parsed_data_field
    if data is None:
        return
    try:
        _reader(data.annotation).decode(body)
    except msgspec.ValidationError as error:
        # A member that is not known, of the body itself: msgspec does not say where it would be known.
        if (
            "unknown field" in str(error)
            and " - at `$" not in str(error)
            and (known := _members(data.annotation))
        ):
            said = FieldError(pointer="", detail=f"unknown field; known here: {', '.join(known)}")
            raise Refusal(ErrorCode.INVALID, errors=(said,)) from error
        raise


def inspect_json(body: bytes, *, depth_limit: int = DEPTH_LIMIT) -> None:
    """Refuse JSON that is not UTF-8, holds NUL or endless numbers, or nests too deeply.

    Raises:
        Refusal: MALFORMED or INVALID.
    """
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise Refusal(ErrorCode.MALFORMED, "not UTF-8") from error
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


def _require_said_once(body: bytes) -> None:
    """Refuse an object that says a member twice: one reader would believe the first, another the last."""

    def once(members: list[tuple[str, object]]) -> None:
        if len({name for name, _ in members}) < len(members):
            raise Refusal(ErrorCode.INVALID, "a member is said twice")

    try:
        json.loads(body.decode(), object_pairs_hook=once)
    except ValueError:
        return  # no JSON: whoever reads it says so


@cache
def _members(kind: Any) -> tuple[str, ...]:
    """Return the names of the members of a body; none where it is no object of one kind."""
    while hasattr(kind, "__value__") or get_origin(kind) is Annotated:
        kind = kind.__value__ if hasattr(kind, "__value__") else get_args(kind)[0]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return tuple(sorted(field.encode_name for field in msgspec.structs.fields(kind)))
    return ()


@cache
def _reader(kind: Any) -> msgspec.json.Decoder[Any]:
    """Return what reads a body to the letter. The framework takes "1" for 1, and a number for an instant."""
    return msgspec.json.Decoder(kind)
