"""Receiving: pages of rows, the entitlement they were made for, and the token for the next one."""

from uuid import UUID

import msgspec

from schemas.patch import PATCHES
from schemas.protocol import Entitlement, LookReply, LookRequest, MemberState, PullReply, PullRequest, in_full
from sync.patching import DoesNotFit
from sync.replica import outbox, records, tail
from sync.replica.draft import lens_from
from sync.replica.store import Change, Store

PAGE_BYTES = 1 << 20
HISTORY_LOST = ("history", "token", "too_old")  # after these what was answered is asked again


def next_pull(store: Store, *, wall_ms: int) -> PullRequest:
    """Return the request for what is new."""
    progress = store.meta.progress
    store.asked = PullRequest(
        caller=store.caller(wall_ms),
        token=progress.token,
        max_bytes=PAGE_BYTES,
        erase_ack=progress.erase_ack,
        looked=progress.looked,
        patches=store.patches,
    )
    return store.asked


def apply_page(store: Store, request: PullRequest, reply: PullReply, *, wall_ms: int) -> frozenset[UUID]:
    """Apply a page, its token and the entitlement it states; return the records that may look different now.

    All of it or nothing: after a crash the same page is asked for again. A late or repeated reply, asked for
    with another token than the one held now, changes nothing. One whose changes do not fit what is held
    changes nothing either; the next is asked for without any.
    """
    try:
        touched = _apply_page(store, request, reply, wall_ms=wall_ms)
    except DoesNotFit:
        store.patches = 0
        return frozenset()
    if request.token != store.meta.progress.token:
        store.patches = PATCHES
    return touched


def _apply_page(store: Store, request: PullRequest, reply: PullReply, *, wall_ms: int) -> frozenset[UUID]:
    progress = store.meta.progress
    if request.token != progress.token or request.caller.incarnation != store.identity.incarnation:
        return frozenset()
    entitlement = in_full(reply.entitlement, store.meta.entitlement)
    if entitlement is None:
        return frozenset()
    with store.change() as change:
        store.hear_time(entitlement, wall_ms)
        told = set(request.erase_ack)
        progress = msgspec.structs.replace(
            progress,
            last_contact=wall_ms,
            erase_ack=tuple(each for each in progress.erase_ack if each not in told),
            looked=None if request == store.asked else progress.looked,
        )
        store.meta.progress = progress
        apply_erasures(store, entitlement, change)
        if reply.reconcile in HISTORY_LOST:  # before anything goes: what the server has not is not sent yet
            kept = 0 if reply.reconcile == "history" else store.identity.fence
            send_tail_again(store, change, fence=kept)
        entitle(store, entitlement, change)
        progress = store.meta.progress
        if reply.reconcile is not None:
            walk_anew(store)
            progress = store.meta.progress
            if not reply.token:
                return frozenset(change.touched)
        # Only now: what was answered long ago may be asked for again, by a server that lost it.
        if tail.expire(store.connection, wall_ms=store.server_time(wall_ms)):
            change.purged = True
        change.take(
            records.apply_rows(
                store.connection, reply.rows, entitlement=entitlement, generation=progress.generation
            )
        )
        if reply.patches is not None:
            change.take(
                records.apply_patches(
                    store.connection,
                    reply.patches,
                    entitlement=entitlement,
                    generation=progress.generation,
                )
            )
        if any(row.state != MemberState.IN for row in reply.rows):
            change.purged = True  # who left a scope leaves no trace of it
        if not reply.more:
            records.forget_departures(store.connection)
            if progress.reconciling:
                change.touched |= records.sweep(store.connection, generation=progress.generation)
                change.purged = True
            progress = msgspec.structs.replace(
                progress,
                reconciling=False,
                last_full_sync=wall_ms,
                last_checked=progress.last_checked or wall_ms,
            )
        for outcome in reply.verdicts:
            if outbox.is_quiet(outcome):
                now = store.server_time(wall_ms)
                lens = lens_from(entitlement)
                tail.keep(store.connection, outcome.mutation_id, lens=lens, wall_ms=now)
            if outbox.conclude(store.connection, outcome):
                change.purged = True
        store.meta.progress = msgspec.structs.replace(progress, token=reply.token)
        if request.token is None and (asked := tail.ask_again(store.connection)):
            # What became of these before a first page nobody told, and it may be swept by now.
            change.touched |= asked
            change.purged = True
            outbox.renumber(store.connection, first=store.identity.answered + 1)
    if not reply.more:
        store.pack_search()
    return frozenset(change.touched)


def look(store: Store, *, query: str, wall_ms: int, record_ids: tuple[UUID, ...] = ()) -> LookRequest:
    """Return the request that searches beyond the tablet, or pins customers to it."""
    return LookRequest(caller=store.caller(wall_ms), query=query, record_ids=record_ids)


def apply_look(store: Store, reply: LookReply, *, asked_with: bytes | None, wall_ms: int) -> frozenset[UUID]:
    """Apply the rows of customers just pinned; return the records that may look different now.

    Rows made for another entitlement than the one held are left for the next pull.

    Args:
        asked_with: the token held when the question was asked.
    """
    entitlement = in_full(reply.entitlement, store.meta.entitlement)
    if entitlement is None:
        return frozenset()
    with store.change() as change:
        store.hear_time(entitlement, wall_ms)
        apply_erasures(store, entitlement, change)
        held = fits(store, entitlement, asked_with=asked_with, life=reply.life)
        if held is not None and reply.rows:
            generation = store.meta.progress.generation
            change.take(
                records.apply_rows(store.connection, reply.rows, entitlement=held, generation=generation)
            )
            note_life(store, reply.life)
    return frozenset(change.touched)


def fits(
    store: Store, stated: Entitlement, *, asked_with: bytes | None, life: UUID | None
) -> Entitlement | None:
    """Return the entitlement held if rows beside the feed may be applied under it, else None.

    They have to be made for it, and no page may have come since they were asked for: a page may rest on what
    these rows do not know, as that a record has left, or that the server was put back to an earlier day. Nor
    may rows of another life of the database have come: one of the two is lost, and both count alike.

    Args:
        stated: what the reply was made for.
        asked_with: the token held when it was asked for.
        life: of the database, in which the rows were made; None if the server did not say.
    """
    held, progress = store.meta.entitlement, store.meta.progress
    same = held is not None and held.epoch == stated.epoch
    same = same and (life is None or progress.looked in (None, life))
    return held if same and asked_with is not None and asked_with == progress.token else None


def note_life(store: Store, life: UUID | None) -> None:
    """Keep in which life of the database rows beside the feed were made, until a pull asks whether it lasts.

    No token tells that they were seen: a server that lost that life gives their revisions out again. Inside
    a change.
    """
    progress = store.meta.progress
    store.meta.progress = msgspec.structs.replace(progress, looked=progress.looked or life)
    store.asked = None  # a page asked for before does not answer for them


def walk_anew(store: Store) -> None:
    """Ask for everything again. What is here stays in sight until the walk has shown what stands.

    Inside a change.
    """
    progress = store.meta.progress
    store.meta.progress = msgspec.structs.replace(
        progress, token=None, generation=progress.generation + 1, reconciling=True
    )


def send_tail_again(store: Store, change: Change, *, fence: int) -> None:
    """Queue again what a server that lost its history may have forgotten. Inside a change.

    Args:
        fence: to count from. A server that knows less than the tablet says again that it forgot.
    """
    change.touched |= tail.send_again(store.connection)
    store.meta.identity = msgspec.structs.replace(store.identity, fence=fence)
    outbox.renumber(store.connection, first=store.identity.answered + 1)


def apply_erasures(store: Store, entitlement: Entitlement, change: Change) -> None:
    """Forget the people that a reply names, before anything else in it. Inside a change."""
    if not entitlement.erased:
        return
    fresh = records.bury(store.connection, entitlement.erased)
    for record_id in fresh:
        outbox.erase(store.connection, record_id)
    tail.forget(store.connection, fresh)
    progress = store.meta.progress
    acknowledged = dict.fromkeys((*progress.erase_ack, *entitlement.erased))
    store.meta.progress = msgspec.structs.replace(progress, erase_ack=tuple(acknowledged))
    if fresh:
        change.touched |= fresh
        change.purged = True


def entitle(store: Store, entitlement: Entitlement, change: Change) -> None:
    """Hold what this entitlement names and nothing else. Inside a change."""
    held = store.meta.entitlement
    store.meta.entitlement = msgspec.structs.replace(entitlement, erased=())
    if held is None or (held.scopes, held.groups, held.levels) != (
        entitlement.scopes,
        entitlement.groups,
        entitlement.levels,
    ):
        lost = records.purge(store.connection, entitlement)
        if lost:
            change.touched |= lost
            change.purged = True
            store.customers.pack_after()
            tail.forget(store.connection, lost - records.present_among(store.connection, lost))
        lens = lens_from(entitlement)
        unread = (tail.forget_unreadable, outbox.forget_unreadable)
        if any([forget(store.connection, lens) for forget in unread]):
            change.purged = True
        if held is not None and held.levels != entitlement.levels:
            change.touched |= outbox.queued_records(store.connection)
