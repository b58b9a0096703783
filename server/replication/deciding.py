"""Deciding a conflict: an edit that names one, and the value that stands from then on."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import msgspec

from schemas.mutations import (
    Envelope,
    MalformedMutation,
    ResolveConflict,
    SetField,
    UnknownOperation,
    decode_mutation,
)
from schemas.problem import ErrorCode
from schemas.protocol import OutcomeStatus
from schemas.record import Said
from schemas.visibility import Policy
from server.database.pool import Connection
from server.replication.conflicts import Conflict, conflict_named, told
from server.replication.given import Given
from server.replication.judging import Judgement, Lost, frozen, judge_edit, refused, right_to
from server.replication.known import Known
from server.replication.workspace import CustomerState

Load = Callable[[Connection, Sequence[UUID]], Awaitable[dict[UUID, CustomerState]]]


async def decide(
    connection: Connection,
    mutation: ResolveConflict,
    record_id: UUID,
    *,
    given: Given,
    known: Known,
    conflicts: dict[UUID, Conflict],
    load_customers: Load,
    said: Said,
    then: Policy | None,
) -> tuple[Judgement, UUID]:
    """Carry out what a person decides. A conflict that is not his, or of another person, is unknown."""
    unknown = refused(ErrorCode.NOT_FOUND), record_id
    conflict = conflicts.get(mutation.conflict_id) or await conflict_named(connection, mutation.conflict_id)
    if conflict is None or not conflict.may_be_decided_by(given.principal):
        return unknown
    survivor = known.survivor(known.states.get(record_id))
    if survivor is None or not await _is_about(connection, conflict, survivor, known, load_customers):
        return unknown
    if survivor.customer_id not in known.reach:
        return refused(ErrorCode.CUSTOMER_OUT_OF_SCOPE), record_id
    conflicts[conflict.conflict_id] = conflict
    if conflict.state != "open":
        if conflict.keep == mutation.keep:
            return Judgement(status=OutcomeStatus.APPLIED), survivor.customer_id
        rule = "already decided"
        return refused(ErrorCode.PRECONDITION, field=conflict.field, rule=rule), survivor.customer_id
    if mutation.keep == "theirs":
        conflict.decide("theirs")
        standing = conflict.theirs_stamp.mid if conflict.theirs_stamp else said.mid
        mine = Lost(path=conflict.field, value=conflict.mine, stamp=conflict.mine_stamp, lost_to=standing)
        return Judgement(status=OutcomeStatus.APPLIED, lost=(mine,)), survivor.customer_id
    edit = SetField(field=conflict.field, value=conflict.mine)
    if (barred := frozen(survivor.values, edit, by_right=given.speaking.by_right)) is not None:
        return barred, survivor.customer_id
    if (denied := right_to(edit, given.lens, then)) is not None:
        return denied, survivor.customer_id
    seen = {conflict.field: conflict.theirs_stamp.rev if conflict.theirs_stamp else 0}
    judgement = judge_edit(survivor, edit, base=seen, said=said, lens=given.lens)
    if judgement.contest is not None:
        conflict.face(judgement.contest)
        detail = told(conflict, given.lens)
        return msgspec.structs.replace(judgement, detail=detail), survivor.customer_id
    if judgement.status is OutcomeStatus.APPLIED:
        conflict.decide("mine")
        if judgement.stamped:
            survivor.put(judgement.values, judgement.stamped, said)
            survivor.put_part(conflict.via or conflict.record_id, edit, said)
    return judgement, survivor.customer_id


async def contested_again(
    connection: Connection, envelope: Envelope, *, given: Given, conflicts: dict[UUID, Conflict]
) -> Conflict | None:
    """Return the conflict that a decision sent again left open, if it still is for this person to decide."""
    try:
        mutation = decode_mutation(envelope.op, envelope.args)
    except (UnknownOperation, MalformedMutation):
        return None
    if not isinstance(mutation, ResolveConflict):
        return None
    named = mutation.conflict_id
    conflict = conflicts.get(named) or await conflict_named(connection, named)
    if conflict is None or conflict.state != "open" or not conflict.may_be_decided_by(given.principal):
        return None
    return conflict


async def _is_about(
    connection: Connection, conflict: Conflict, survivor: CustomerState, known: Known, load_customers: Load
) -> bool:
    """Whether a conflict is about this person, under whichever of her ids it was kept."""
    if conflict.record_id not in known.states:
        known.states |= await load_customers(connection, [conflict.record_id])
    return known.survivor(known.states.get(conflict.record_id)) is survivor
