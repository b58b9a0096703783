"""Sending edits: oldest first, and settling exactly the ones that were answered."""

from uuid import UUID

import msgspec

from schemas.protocol import PushReply, PushRequest, Resend, in_full
from sync.replica import outbox, records, tail
from sync.replica.draft import lens_from
from sync.replica.pull import apply_erasures, fits, note_life, send_tail_again, walk_anew
from sync.replica.store import Change, Store


def next_push(store: Store, *, wall_ms: int) -> PushRequest | None:
    """Return the oldest edits that wait, as many as one request may carry; None when nothing waits."""
    edits = outbox.batch(store.connection)
    return PushRequest(caller=store.caller(wall_ms), edits=edits) if edits else None


def settle(
    store: Store,
    request: PushRequest,
    reply: PushReply,
    *,
    asked_with: bytes | None,
    wall_ms: int,
    new_incarnation: UUID,
) -> frozenset[UUID]:
    """Take the server's verdicts; return the records whose card may look different now.

    A reply to another incarnation than today's is a late one: its verdicts are on edits that were numbered
    anew, so it changes nothing. Rows are applied where they fit (``pull.fits``); a pull brings the others.

    Args:
        asked_with: the token held when the edits were sent.
        new_incarnation: a fresh random id, taken if the server says that this file has a twin.
    """
    if request.caller.incarnation != store.identity.incarnation:
        return frozenset()
    entitlement = in_full(reply.entitlement, store.meta.entitlement)
    if entitlement is None:
        return frozenset()
    with store.change() as change:
        store.hear_time(entitlement, wall_ms)
        apply_erasures(store, entitlement, change)
        store.meta.progress = msgspec.structs.replace(store.meta.progress, last_contact=wall_ms)
        if reply.resend is not None:
            _mend(store, reply.resend, change, fence=reply.fence, new_incarnation=new_incarnation)
            return frozenset(change.touched)
        identity = store.identity
        answered = max([identity.answered, reply.watermark, *(outcome.seq for outcome in reply.outcomes)])
        store.meta.identity = msgspec.structs.replace(
            identity, fence=max(identity.fence, reply.fence), answered=answered
        )
        held = fits(store, entitlement, asked_with=asked_with, life=reply.life)
        lens = store.lens or lens_from(entitlement)  # before the first page: as the reply says
        for outcome in reply.outcomes:
            if outbox.is_quiet(outcome):
                now = store.server_time(wall_ms)  # a clock that jumps must not make it old
                tail.keep(store.connection, outcome.mutation_id, lens=lens, wall_ms=now)
            record_id = outbox.settle(store.connection, outcome)
            if record_id is not None:
                change.touched.add(record_id)
                change.purged = True  # a settled edit may hold what its author was told and may not read
            if held is not None:
                applied = records.apply_rows(
                    store.connection,
                    outcome.rows,
                    entitlement=held,
                    generation=store.meta.progress.generation,
                )
                change.take(applied)
        brought = held is not None and any(outcome.rows for outcome in reply.outcomes)
        if brought or (reply.outcomes and store.meta.progress.token is None):
            note_life(store, reply.life)  # without a token nothing else says of which life these answers are
        otherwise = [each.mutation_id for each in reply.outcomes if not outbox.is_quiet(each)]
        if doubted := tail.doubt(store.connection, otherwise):  # a late word, or a server that forgot?
            change.touched |= doubted
            outbox.renumber(store.connection, first=answered + 1)
        outbox.forget_unreadable(store.connection, lens)  # a late reply may tell what he may no longer read
    return frozenset(change.touched)


def _mend(store: Store, resend: Resend, change: Change, *, fence: int, new_incarnation: UUID) -> None:
    """Number the queue anew: as another incarnation after a fork, else from the number expected.

    An edit that the server has judged under its old number is answered again by its id. When the server lost
    answers it had given, those edits go first.
    """
    if resend.why in ("gap", "history"):
        if resend.why == "history":
            send_tail_again(store, change, fence=fence)
            walk_anew(store)
        store.meta.identity = msgspec.structs.replace(store.identity, answered=resend.expected - 1)
        outbox.renumber(store.connection, first=resend.expected)
    else:
        store.meta.identity = msgspec.structs.replace(
            store.identity, incarnation=new_incarnation, fence=0, answered=0
        )
        outbox.renumber(store.connection, first=1)
