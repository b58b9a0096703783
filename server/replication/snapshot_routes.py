"""The doors of ready-made first downloads: what is offered, and its parts by ranges."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from schemas.problem import ErrorCode
from schemas.protocol import CONTENT_TYPE
from schemas.snapshot import PART_TYPE, SnapshotReply, SnapshotRequest
from server.audit import chain
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.database.pool import Connection
from server.gate import ACCEPTS
from server.problems import Refusal
from server.replication import snapshot
from server.replication.entitlement import entitlement_of, note_seen, require_tablet
from server.replication.routes import MAX_ASKED_BYTES, answer, read_message
from sync.snapshot_part import FORMAT

_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})")


@post("/", opt={ACCEPTS: CONTENT_TYPE}, status_code=200)
async def offered(
    request: Request[Any, Any, State],
    principal: NamedDependency[Principal],
    connection: NamedDependency[Connection],
) -> Response[bytes]:
    """Say whether a file is ready for exactly what this person may hold; if not, one will be made."""
    asked = await read_message(request, SnapshotRequest, MAX_ASKED_BYTES)
    require_tablet(principal, asked.caller)
    now, lease_s = datetime.now(UTC), request.app.state.settings.lease_s
    await note_seen(connection, principal, asked.caller, now=now, lease_s=lease_s)
    lens = await request.app.state.policies.lens(connection, principal)
    channels = snapshot.shared_channels(principal, lens)
    found = None
    if asked.format == FORMAT:  # any other pulls pages
        found = await snapshot.offer(connection, principal, channels, token_key=request.app.state.feed_key)
    if found is not None:
        await chain.append(connection, principal, "sync.snapshot_given", facts={"parts": len(found.parts)})
    return answer(
        request,
        SnapshotReply(entitlement=entitlement_of(principal, lens, now=now, lease_s=lease_s), offer=found),
    )


@get("/{snapshot_id:uuid}/{number:int}")
async def part(
    request: Request[Any, Any, State],
    principal: NamedDependency[Principal],
    connection: NamedDependency[Connection],
    snapshot_id: FromPath[UUID],
    number: FromPath[int],
) -> Response[bytes]:
    """Give one immutable part, whole or by a range, to whoever is entitled to exactly what it holds."""
    if principal.device_id is None:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    lens = await request.app.state.policies.lens(connection, principal)
    channels = snapshot.shared_channels(principal, lens)
    start, end = _wanted(request.headers.get("range"))
    found = None
    if 0 <= number < 2**31 - 1:
        found = await snapshot.read_slice(connection, channels, snapshot_id, number, start=start, end=end)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    etag = f'"{found.digest.hex()}"'
    headers = {"etag": etag, "accept-ranges": "bytes"}
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers, media_type=PART_TYPE)
    whole = "range" not in request.headers or request.headers.get("if-range", etag) != etag
    if whole:
        if start:  # the range was of another file
            found = await snapshot.read_slice(connection, channels, snapshot_id, number, start=0, end=None)
            assert found is not None
        return Response(found.body, headers=headers, media_type=PART_TYPE)
    if start >= found.size or not found.body:
        headers["content-range"] = f"bytes */{found.size}"
        return Response(b"", status_code=416, headers=headers, media_type=PART_TYPE)
    headers["content-range"] = f"bytes {start}-{start + len(found.body) - 1}/{found.size}"
    return Response(found.body, status_code=206, headers=headers, media_type=PART_TYPE)


def _wanted(header: str | None) -> tuple[int, int | None]:
    """Return the range a header asks for; anything but one plain range asks for the whole."""
    match = _RANGE.fullmatch(header or "")
    if match is None:
        return 0, None
    start, last = int(match[1]), match[2]
    return min(start, 2**31 - 2), (min(int(last), 2**31 - 2) + 1 if last else None)


router = Router(
    "/v1/sync/snapshot",
    route_handlers=[offered, part],
    tags=["sync"],
    include_in_schema=False,
    opt={UNCOUNTED: True},
)
