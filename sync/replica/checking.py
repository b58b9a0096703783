"""Checking that the replica holds what it should: sums first, then lists of what differs, then those rows.

A difference is mended without touching the outbox; the server counts it and tells head office.
"""

from collections.abc import Callable, Generator
from uuid import UUID

import msgspec

from schemas.protocol import CheckReply, CheckRequest, in_full
from sync.digest import differing, digest
from sync.replica import records
from sync.replica.store import Store

LISTED_AT_ONCE = 32  # buckets
MENDED_AT_ONCE = 200  # records


class Mended:
    """What a check found and put right."""

    def __init__(self) -> None:
        self.buckets = 0
        self.touched: set[UUID] = set()


def check_round(
    store: Store, mended: Mended, *, wall_ms: Callable[[], int]
) -> Generator[CheckRequest, CheckReply, None]:
    """Yield each request of a check in its turn; expect its reply to be sent in.

    Dropping the generator leaves the store as it is; the next check finds what is still to be done.
    """
    token = store.meta.progress.token
    if token is None or store.meta.progress.reconciling:
        return
    reply = yield CheckRequest(caller=store.caller(wall_ms()), token=token)
    if not reply.sums or not _is_for(store, reply, token):
        return
    buckets = differing(digest(_settled(store, reply)), reply.sums)
    mended.buckets = len(buckets)
    for start in range(0, len(buckets), LISTED_AT_ONCE):
        some = buckets[start : start + LISTED_AT_ONCE]
        reply = yield CheckRequest(caller=store.caller(wall_ms()), token=token, buckets=some)
        if not _is_for(store, reply, token):
            return
        theirs = {(each.record_id, each.group, each.rev) for each in reply.held}
        ours = {each for each in _settled(store, reply) if each[0].bytes[0] in some}
        wrong = sorted({record_id for record_id, _, _ in ours ^ theirs})
        for place in range(0, len(wrong), MENDED_AT_ONCE):
            asked = tuple(wrong[place : place + MENDED_AT_ONCE])
            reply = yield CheckRequest(caller=store.caller(wall_ms()), token=token, records=asked)
            if not _is_for(store, reply, token):
                return
            _mend(store, asked, reply)
            mended.touched |= set(asked)
    progress = store.meta.progress
    with store.change():
        store.meta.progress = msgspec.structs.replace(progress, last_checked=wall_ms())


def _mend(store: Store, asked: tuple[UUID, ...], reply: CheckReply) -> None:
    """Put the server's rows of these records in the place of ours."""
    entitlement = in_full(reply.entitlement, store.meta.entitlement)
    assert entitlement is not None
    with store.change() as change:
        records.remove(store.connection, asked)
        records.apply_rows(
            store.connection,
            reply.rows,
            entitlement=entitlement,
            generation=store.meta.progress.generation,
        )
        change.touched |= set(asked)
        change.purged = True


def _is_for(store: Store, reply: CheckReply, token: bytes) -> bool:
    """Whether a reply speaks of what is held here now."""
    held = store.meta.entitlement
    said = in_full(reply.entitlement, held)
    return (
        held is not None
        and said is not None
        and said.epoch == held.epoch
        and said.name == held.name
        and store.meta.progress.token == token
    )


def _settled(store: Store, reply: CheckReply) -> list[tuple[UUID, str, int]]:
    changing = set(reply.unsettled)
    return [each for each in records.fragments_held(store.connection) if each[0] not in changing]
