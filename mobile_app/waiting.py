"""The edits of a store as its person sees them: what waits, what the server did not take."""

from typing import Any
from uuid import UUID

import msgspec

from mobile_app.screens.outbox.model import Edit, Standing
from schemas.protocol import OutcomeStatus
from sync.replica.store import Store

RESOLVE = "conflict.resolve@"
_STANDINGS = {
    str(OutcomeStatus.CONFLICT): Standing.CONFLICT,
    str(OutcomeStatus.REFUSED): Standing.REFUSED,
    str(OutcomeStatus.PARKED): Standing.PARKED,
    str(OutcomeStatus.ERASED): Standing.ERASED,
}


def edits(store: Store) -> tuple[Edit, ...]:
    """Return every edit that the server did not take, then every one that waits."""
    waiting = [
        _edit(
            store,
            queued.envelope.mutation_id,
            queued.envelope.record_id,
            queued.envelope.op,
            queued.envelope.args,
            queued.at,
        )
        for queued in store.pending()
    ]
    decided = _decisions(waiting)
    problems = [
        msgspec.structs.replace(
            _edit(store, problem.mutation_id, problem.record_id, problem.op, problem.args, problem.at),
            standing=_STANDINGS.get(problem.state, Standing.REFUSED),
            code=problem.code,
            detail=problem.detail,
            decided=decided.get(problem.detail.get("conflict_id", ""), ""),
        )
        for problem in store.problems()
    ]
    # A decision is shown at the edit it is about.
    return (*problems, *(edit for edit in waiting if not edit.op.startswith(RESOLVE)))


def decided(store: Store) -> int:
    """Return how many conflicts were decided and wait for the server to hear of it."""
    asked = {problem.detail.get("conflict_id") for problem in store.problems()}
    said = [queued.envelope for queued in store.pending() if queued.envelope.op.startswith(RESOLVE)]
    return len({msgspec.json.decode(each.args)["conflict_id"] for each in said} & asked)


def _edit(store: Store, mutation_id: UUID, record_id: UUID, op: str, args: bytes, at: int) -> Edit:
    summary = store.summary(record_id)
    name = ""
    if summary is not None:
        name = " ".join(word for word in (summary.given_name, summary.family_name) if word)
    return Edit(
        mutation_id=mutation_id,
        record_id=record_id,
        customer=name,
        op=op,
        said=msgspec.json.decode(args, type=dict[str, Any]),
        at_ms=at,
        standing=Standing.WAITING,
    )


def _decisions(waiting: list[Edit]) -> dict[str, str]:
    """Return which word each conflict was decided for, while that waits to be sent."""
    return {
        str(edit.said["conflict_id"]): str(edit.said["keep"])
        for edit in waiting
        if edit.op.startswith(RESOLVE)
    }
