"""Leaks in what a tablet is told: pages of the feed, and answers to what it pushes."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from schemas.mutations import SetField
from schemas.problem import ErrorCode
from schemas.protocol import OutcomeStatus
from server.replication import batch, feed, fragments, publishing, push, snapshot, tablet_pull, tablet_push
from tests.twin_worlds.planting import BY_CROWDS, LASTING, LEAKS, Plant, all_groups, leak, secret


@leak("feed", among=BY_CROWDS)
def page_that_counts_unseen_rows(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tablet_pull, "MOST_SILENT_PAGES", 1)


@leak("feed")
def feed_of_every_group(patch: pytest.MonkeyPatch) -> None:
    honest = tablet_pull.read_page

    async def leaking(connection: Any, *, entitled: Any, **named: Any) -> Any:
        every = msgspec.structs.replace(entitled, groups=tuple(sorted({*entitled.groups, *all_groups()})))
        return await honest(connection, entitled=every, **named)

    patch.setattr(tablet_pull, "read_page", leaking)


@leak("feed", among=LASTING)
def revision_that_grows_unseen(patch: pytest.MonkeyPatch) -> None:
    async def leaking(connection: Any, record_ids: Any) -> None:
        await connection.execute(
            "update member set rev = rev + 1, xid = pg_current_xact_id(), moved = pg_current_xact_id() "
            "where record_id = any($1)",
            list(record_ids),
        )

    patch.setattr(publishing, "_touch", leaking)


@leak("feed")
def row_without_content_for_a_hidden_edit(patch: pytest.MonkeyPatch) -> None:
    honest = feed._row

    def leaking(parts: Any, *args: Any, **named: Any) -> Any:
        first = {**dict(parts[0]), "moved": True}
        return honest([first, *parts[1:]], *args, **named)

    patch.setattr(feed, "_row", leaking)


@leak("feed")
def badge_of_all_activity(patch: pytest.MonkeyPatch) -> None:
    honest = tablet_pull.pull

    async def leaking(connection: Any, *args: Any, **named: Any) -> Any:
        reply = await honest(connection, *args, **named)
        count = await connection.fetchval("select count(*) from audit_event")
        stated = msgspec.structs.replace(reply.entitlement, epoch=f"{reply.entitlement.epoch}.{count}")
        return msgspec.structs.replace(reply, entitlement=stated)

    patch.setattr(tablet_pull, "pull", leaking)


@leak("feed", among=LASTING)
def order_of_entries_that_tells_of_edits(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fragments, "_encoder", msgspec.json.Encoder())


def _verdict_with(tell: Callable[[Any], str]) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        honest = batch.judge_edit

        def leaking(state: Any, mutation: Any, **named: Any) -> Any:
            judged = honest(state, mutation, **named)
            return msgspec.structs.replace(judged, detail={**judged.detail, "told": tell(state)})

        patch.setattr(batch, "judge_edit", leaking)

    return plant


LEAKS["push_reply_with_a_value"] = (
    frozenset({"pushes"}),
    _verdict_with(lambda state: str(state.values.get("address"))),
)


@leak("pushes")
def conflict_that_echoes(patch: pytest.MonkeyPatch) -> None:
    honest, judged = push._outcome, batch.judge_edit

    def judging(state: Any, mutation: Any, **named: Any) -> Any:
        secret.set(state.values)
        return judged(state, mutation, **named)

    def leaking(*args: Any, **named: Any) -> Any:
        outcome = honest(*args, **named)
        if outcome.status != OutcomeStatus.CONFLICT:
            return outcome
        told = {**outcome.detail, "theirs": str(secret.get().get("email"))}
        return msgspec.structs.replace(outcome, detail=told)

    patch.setattr(batch, "judge_edit", judging)
    patch.setattr(push, "_outcome", leaking)


@leak("pushes")
def push_reply_with_every_group(patch: pytest.MonkeyPatch) -> None:
    honest = push.rows_of

    async def leaking(connection: Any, principal: Any, lens: Any, **named: Any) -> Any:
        every = msgspec.structs.replace(lens, groups=all_groups())
        named["whole"] = {*named["whole"], *named["changed"]}
        return await honest(connection, principal, every, **named)

    patch.setattr(push, "rows_of", leaking)


@leak("pushes")
def inference_by_writing_the_same(patch: pytest.MonkeyPatch) -> None:
    honest = batch.right_to

    def leaking(mutation: Any, lens: Any, then: Any) -> Any:
        if isinstance(mutation, SetField) and mutation.field == "email":
            return None  # judged first, refused only when it would change something
        return honest(mutation, lens, then)

    judged = batch.judge_edit

    def judging(state: Any, mutation: Any, **named: Any) -> Any:
        if isinstance(mutation, SetField) and mutation.field == "email":
            told = len(state.values.get("email") or "") % 2
            code = ErrorCode.FIELD_NOT_ALLOWED if told else ErrorCode.STALE
            return batch.refused(code)
        return judged(state, mutation, **named)

    patch.setattr(batch, "right_to", leaking)
    patch.setattr(batch, "judge_edit", judging)


@leak("pushes")
def watermark_of_everybody(patch: pytest.MonkeyPatch) -> None:
    honest = tablet_push.push

    async def leaking(connection: Any, *args: Any, **named: Any) -> Any:
        reply = await honest(connection, *args, **named)
        count = await connection.fetchval("select count(*) from receipt")
        return msgspec.structs.replace(reply, watermark=count)

    patch.setattr(tablet_push, "push", leaking)


@leak("checks")
def file_with_every_group(patch: pytest.MonkeyPatch) -> None:
    """The first download that is made beforehand holds what no page would bring."""
    honest = snapshot.shared_channels
    shared = tuple(key for key in all_groups() if not key.startswith(snapshot.PERSONAL_GROUPS))
    patch.setattr(
        snapshot,
        "shared_channels",
        lambda *whose: msgspec.structs.replace(honest(*whose), groups=tuple(sorted(shared))),
    )
