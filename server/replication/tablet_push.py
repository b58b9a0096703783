"""A tablet's push: its numbering checked, its edits judged, its watermark moved, in one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from schemas.mutations import Envelope
from schemas.problem import ErrorCode
from schemas.protocol import (
    MAX_EDITS,
    OLDEST_PUSH,
    Caller,
    OutcomeStatus,
    PushReply,
    PushRequest,
    Resend,
)
from server.auth.principal import Principal
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.problems import Refusal
from server.replication.entitlement import (
    entitlement_of,
    note_seen,
    require_tablet,
    version_kept,
)
from server.replication.erasures import MOST_NAMED, STILL_TO_FORGET
from server.replication.push import Submit, submit
from server.telemetry.meters import count_edits

LARGEST_SEQ = 2**62


async def push(
    connection: Connection,
    principal: Principal,
    request: PushRequest,
    *,
    now: datetime,
    policies: Policies,
    lease_s: int,
    submitting: Submit = submit,
) -> PushReply:
    """Return one verdict per edit, or why none was judged: a hole in the numbers, or a copy of this tablet.

    Raises:
        Refusal: too many edits, or the caller is not the tablet the token was given to.
        Unstorable: from ``submit_whole`` alone.
    """
    require_tablet(principal, request.caller, oldest=OLDEST_PUSH)
    if len(request.edits) > MAX_EDITS:
        raise Refusal(ErrorCode.TOO_LARGE)
    caller = request.caller
    # In one statement where the numbers fit, as they nearly always do; whatever does not is looked into.
    standing = await _move_on(connection, principal, request, now=now, lease_s=lease_s)
    moved = standing is not None
    if standing is None:
        standing = await _lock_standing(connection, principal, caller)
    if standing is None or not request.edits:  # else it is noted when the watermark moves
        await note_seen(connection, principal, caller, now=now, lease_s=lease_s)
        standing = await _lock_standing(connection, principal, caller)
        assert standing is not None  # written a moment ago
    watermark, fence = standing["watermark"], standing["fence"]
    lens = await policies.lens(connection, principal)
    entitlement = entitlement_of(
        principal, lens, now=now, lease_s=lease_s, holds=caller.holds, erased=standing["erased"] or ()
    )
    if not moved:
        resend = await _mend(connection, principal, request, watermark=watermark, fence=fence)
        if resend is not None:
            return PushReply(entitlement=entitlement, fence=fence, watermark=watermark, resend=resend)
    outcomes = await submitting(
        connection, principal, request.edits, now=now, policies=policies, installation=caller.incarnation
    )
    if request.edits:
        count_edits(each.status.value for each in outcomes)
        if not moved:
            watermark = max(watermark, request.edits[-1].seq)
            fence = max(fence, caller.fence) + 1
            await _move_standing(
                connection, principal, caller, watermark=watermark, fence=fence, now=now, lease_s=lease_s
            )
        repeated = [each.mutation_id for each in outcomes if each.status == OutcomeStatus.DUPLICATE]
        if repeated:
            await _bind_receipts(connection, repeated, caller)
    return PushReply(
        entitlement=entitlement,
        fence=fence,
        watermark=watermark,
        outcomes=tuple(outcomes),
        life=standing["life"] if outcomes else None,
    )


async def _move_on(
    connection: Connection, principal: Principal, request: PushRequest, *, now: datetime, lease_s: int
) -> asyncpg.Record | None:
    """Move the watermark and the fence past these edits, if they are the next ones; return the standing then.

    None: nothing was moved. A push that this waited for has moved the fence: the numbers fit no more.
    """
    in_range = 0 <= request.caller.fence < LARGEST_SEQ  # the database counts no further
    if not request.edits or not _in_order(request.edits) or not in_range:
        return None
    caller = request.caller
    return await connection.fetchrow(
        f"""
        update device_incarnation
        set watermark = greatest(watermark, $5), fence = fence + 1, lease_until = $6, seen_at = $7,
            app_version = $8
        where device_id = $1 and incarnation = $4 and associate_id = $2 and fence = $9
          and watermark >= $10::bigint - 1
        returning watermark, fence, name_life() as life, array({STILL_TO_FORGET}) as erased
        """,  # noqa: S608 (both parts are ours)
        principal.device_id,
        principal.associate_id,
        MOST_NAMED,
        caller.incarnation,
        request.edits[-1].seq,
        now + timedelta(seconds=lease_s),
        now,
        version_kept(caller),
        caller.fence,
        request.edits[0].seq,
    )


async def _lock_standing(
    connection: Connection, principal: Principal, caller: Caller
) -> asyncpg.Record | None:
    """Return how far this installation is, in which life of the database, and whom it must forget.

    None for one that never called.

    Two pushes of one installation are judged one after the other.
    """
    return await connection.fetchrow(
        f"""
        select watermark, fence, name_life() as life, array({STILL_TO_FORGET}) as erased
        from device_incarnation
        where device_id = $1 and incarnation = $4 and associate_id = $2 for update
        """,  # noqa: S608 (both parts are ours)
        principal.device_id,
        principal.associate_id,
        MOST_NAMED,
        caller.incarnation,
    )


async def _move_standing(
    connection: Connection,
    principal: Principal,
    caller: Caller,
    *,
    watermark: int,
    fence: int,
    now: datetime,
    lease_s: int,
) -> None:
    await connection.execute(
        """
        update device_incarnation
        set watermark = $4, fence = $5, lease_until = $6, seen_at = $7, app_version = $8
        where device_id = $1 and incarnation = $2 and associate_id = $3
        """,
        principal.device_id,
        caller.incarnation,
        principal.associate_id,
        watermark,
        fence,
        now + timedelta(seconds=lease_s),
        now,
        version_kept(caller),
    )


async def _mend(
    connection: Connection, principal: Principal, request: PushRequest, *, watermark: int, fence: int
) -> Resend | None:
    """Return what keeps a push from being judged, or None.

    A fence behind ours means that another copy of this tablet has pushed, unless this very push was judged
    and only its reply got lost. A fence ahead of ours means that we were restored from a backup: the tablet
    sends again what we had answered and forgot.
    """
    edits = request.edits
    if not edits:
        return None
    first = edits[0].seq
    if not _in_order(edits):
        return Resend(why="gap", expected=watermark + 1)
    if request.caller.fence < fence and not await _was_judged(connection, principal, request, edits):
        return Resend(why="fork", expected=1)
    if request.caller.fence > fence:  # said until the tablet has heard it: then it counts from ours on
        return Resend(why="history", expected=watermark + 1)
    if first > watermark + 1:
        return Resend(why="gap", expected=watermark + 1)
    return None


def _in_order(edits: Sequence[Envelope]) -> bool:
    """Whether edits are numbered one after the other."""
    first = edits[0].seq
    return 0 < first < LARGEST_SEQ and all(each.seq == first + place for place, each in enumerate(edits))


async def _was_judged(
    connection: Connection, principal: Principal, request: PushRequest, edits: Sequence[Envelope]
) -> bool:
    """Whether the first edit of this push was answered under this number before."""
    found: bool = await connection.fetchval(
        """
        select exists (select 1 from receipt where mutation_id = $1 and device_id = $2
                       and incarnation = $3 and seq = $4)
        """,
        edits[0].mutation_id,
        principal.device_id,
        request.caller.incarnation,
        edits[0].seq,
    )
    return found


async def _bind_receipts(connection: Connection, mutation_ids: Sequence[UUID], caller: Caller) -> None:
    """Let edits that came another way before (a rescue file) count as judged by this installation's push."""
    await connection.execute(
        "update receipt set incarnation = $2 where mutation_id = any($1) and incarnation is null",
        list(mutation_ids),
        caller.incarnation,
    )
