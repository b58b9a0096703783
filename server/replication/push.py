"""The one way in: edits are judged one by one, and everything they change is written and published together.

Submitting is a transaction of its own inside the caller's. Customers are locked in the order of their ids
before anything is judged; nothing is written before all edits are. Should the database refuse what was judged
good, the batch is judged again one edit at a time, so that one bad edit never takes others with it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import asyncpg
import msgspec

from schemas.mutations import Envelope
from schemas.problem import ErrorCode
from schemas.protocol import FragmentRow, MemberRow, Outcome, OutcomeStatus
from schemas.visibility import Lens
from server.auth.principal import Principal
from server.database.pool import Connection
from server.policy.in_force import Policies, lens_for
from server.replication import recording
from server.replication.batch import Batch, Judged
from server.replication.given import Given, Speaking, own_voice
from server.replication.judging import refused
from server.replication.known import look_up
from server.replication.rows import rows_of
from server.replication.workspace import installed

__all__ = ["Speaking", "Submit", "Unstorable", "submit", "submit_whole"]

ATTEMPTS = 3
_TAKEN_MEANWHILE = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError)
_NEVER_HELD = (asyncpg.DataError, asyncpg.InterfaceError, UnicodeError)
# After these the record is not what the tablet makes of its edit, nor need it hold what stands instead.
UNEXPECTED = (OutcomeStatus.MERGED, OutcomeStatus.CONFLICT)


class Unstorable(Exception):
    """The database refused what was judged good, and with it the transaction."""


class Submit(Protocol):
    """How a tablet's edits are submitted."""

    async def __call__(
        self,
        connection: Connection,
        principal: Principal,
        envelopes: Sequence[Envelope],
        *,
        now: datetime,
        policies: Policies | None = None,
        installation: UUID | None = None,
    ) -> list[Outcome]:
        """Return one terminal verdict for each edit."""


async def submit(
    connection: Connection,
    principal: Principal,
    envelopes: Sequence[Envelope],
    *,
    now: datetime,
    policies: Policies | None = None,
    speaking: Speaking | None = None,
    installation: UUID | None = None,
    lens: Lens | None = None,
) -> list[Outcome]:
    """Judge edits in order and carry out those that pass; return one terminal verdict for each.

    Args:
        now: server time; a reading further ahead is clamped to it.
        policies: the published policies this process knows already.
        speaking: whose word it is, if not the principal's.
        installation: of the principal's tablet that sent them: the last verdict on a record comes with the
            rows that these edits changed, as he may hold them.
        lens: what the server itself may write when it speaks for nobody; None: what the policy gives him.
    """
    known = policies or Policies()
    given = await _given(
        connection, principal, known, now=now, speaking=speaking, installation=installation, lens=lens
    )
    return await _submit(connection, given, known, list(envelopes))


async def submit_whole(
    connection: Connection,
    principal: Principal,
    envelopes: Sequence[Envelope],
    *,
    now: datetime,
    policies: Policies | None = None,
    installation: UUID | None = None,
) -> list[Outcome]:
    """Submit edits without a transaction of their own: two round trips less, and nothing to go back to.

    Raises:
        Unstorable: the caller's transaction is over; `submit` in another one parts the edits.
    """
    if not envelopes:
        return []
    known = policies or Policies()
    given = await _given(
        connection, principal, known, now=now, speaking=None, installation=installation, lens=None
    )
    try:
        return await _carry_out(connection, given, known, list(envelopes))
    except (*_TAKEN_MEANWHILE, *_NEVER_HELD) as error:
        raise Unstorable from error


async def _given(
    connection: Connection,
    principal: Principal,
    policies: Policies,
    *,
    now: datetime,
    speaking: Speaking | None,
    installation: UUID | None,
    lens: Lens | None,
) -> Given:
    policy = await policies.version(connection, principal.policy_version)
    return Given(
        principal=principal,
        policy=policy,
        lens=lens or lens_for(policy, principal),
        now=now,
        speaking=speaking or own_voice(principal),
        installation=installation,
    )


async def _submit(
    connection: Connection, given: Given, policies: Policies, envelopes: list[Envelope]
) -> list[Outcome]:
    if not envelopes:
        return []
    reason = ErrorCode.ALREADY_EXISTS
    for _ in range(ATTEMPTS):
        try:
            async with connection.transaction():
                return await _carry_out(connection, given, policies, envelopes)
        except _TAKEN_MEANWHILE:
            continue  # somebody committed the same thing meanwhile: the next look sees it
        except _NEVER_HELD:
            reason = ErrorCode.FIELD_INVALID
            break
    if len(envelopes) == 1:
        return [await _refuse_unstorable(connection, given, envelopes[0], reason)]
    outcomes: list[Outcome] = []
    for envelope in envelopes:
        outcomes += await _submit(connection, given, policies, [envelope])
    return outcomes


async def _carry_out(
    connection: Connection, given: Given, policies: Policies, envelopes: Sequence[Envelope]
) -> list[Outcome]:
    known = await look_up(connection, given.principal, envelopes, installed())
    batch = Batch(connection, given, policies, installed(), known)
    await batch.judge(envelopes)
    written = await recording.write(batch)
    rows = await _rows(batch, written) if given.installation else {}
    outcomes = [_outcome(each, _rows_for(each, rows)) for each in reversed(batch.judged)]
    return outcomes[::-1]


async def _rows(batch: Batch, written: Mapping[UUID, list[FragmentRow]]) -> dict[UUID, tuple[MemberRow, ...]]:
    """Return what the tablet must hold when its edits are gone: what they wrote, and what stands instead."""
    whole = {each.record_id for each in batch.judged if each.repeated}
    touched = {state.customer_id for state in batch.touched()}
    for each in batch.judged:
        given_way = each.judgement.lost and each.record_id not in touched
        if each.judgement.status in UNEXPECTED or given_way:
            whole.add(each.record_id)
    allowed = batch.known.reach | touched
    aliases = {each.envelope.record_id for each in batch.judged} & set(batch.known.trails)
    return await rows_of(
        batch.connection,
        batch.given.principal,
        batch.given.lens,
        changed={record_id: written.get(record_id, []) for record_id in touched & allowed},
        whole=(whole & allowed) | aliases,
    )


def _rows_for(judged: Judged, rows: dict[UUID, tuple[MemberRow, ...]]) -> tuple[MemberRow, ...]:
    """Take the rows of the record an edit landed on; of a merged customer also those that say where she went.

    Each record's rows travel once: a reply is taken in whole.
    """
    landed, named = judged.record_id, judged.envelope.record_id
    return (*rows.pop(landed, ()), *(rows.pop(named, ()) if named != landed else ()))


def _outcome(judged: Judged, rows: tuple[MemberRow, ...]) -> Outcome:
    judgement = judged.judgement
    return Outcome(
        seq=judged.envelope.seq,
        mutation_id=judged.envelope.mutation_id,
        status=judgement.status,
        code=judgement.code.value if judgement.code else None,
        detail=judgement.detail,
        rows=rows,
    )


async def _refuse_unstorable(
    connection: Connection, given: Given, envelope: Envelope, reason: ErrorCode
) -> Outcome:
    """Refuse an edit that was judged good and that the database cannot hold (NUL, an id taken)."""
    judgement = refused(reason, rule="cannot be stored")
    async with connection.transaction():
        judged = Judged(
            envelope=msgspec.structs.replace(envelope, op=envelope.op.replace("\x00", ""), args=b"null"),
            judgement=judgement,
            mutation=None,
            record_id=envelope.record_id,
            said=given.said(envelope),
        )
        await recording.refuse(connection, given, judged)
    return _outcome(judged, ())
