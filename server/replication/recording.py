"""Writing down what a batch of edits came to: customers first, then the feed, then every verdict."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from schemas.ids import conflict_id_of
from schemas.mutations import Envelope
from schemas.problem import ErrorCode
from schemas.protocol import FragmentRow, OutcomeStatus
from schemas.record import Kind, Said
from server.audit import chain
from server.database.pool import Connection
from server.replication import publishing
from server.replication.aliases import mark_where_said
from server.replication.batch import Batch, Judged
from server.replication.conflicts import keep_decisions, open_conflicts
from server.replication.given import Given
from server.replication.held import hold
from server.replication.workspace import CustomerState

_VERDICTS = f"""
with kept as (
  insert into receipt (mutation_id, record_id, device_id, incarnation, seq, status, code)
  select mid, record, $1, $2, seq, status, code
  from unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[])
    as each (mid, record, seq, status, code)),
past as (
  insert into field_past (record_id, field, value, stamp, lost_to)
  select * from unnest($8::uuid[], $9::text[], $10::jsonb[], $11::jsonb[], $12::uuid[]))
{chain.noting_each(13)}
"""  # noqa: S608 (both parts are ours)


async def write(batch: Batch) -> dict[UUID, list[FragmentRow]]:
    """Write and publish what was judged, and return the fragments written, by record.

    The caller's savepoint undoes everything if this raises.
    """
    connection, known, given = batch.connection, batch.known, batch.given
    for kind, entries in batch.entries.items():
        await batch.capabilities.ledgers[kind](connection, entries, given.now_ms)
    touched = batch.touched()
    await batch.capabilities.save_customers(connection, touched)
    written = await publishing.publish_customers(connection, touched, known.groups)
    fresh = [each for each in batch.judged if not each.repeated]
    await keep_verdicts(connection, given, fresh, touched)
    await _write_conflicts(batch, fresh)
    await hold(connection, given.principal, _not_passed(fresh))
    await mark_where_said(
        connection,
        [
            (each.envelope.mutation_id, each.envelope.record_id, each.record_id)
            for each in fresh
            if each.record_id != each.envelope.record_id
        ],
    )
    if batch.lifted:
        await batch.capabilities.forget_fingerprints(connection, batch.lifted)
        await chain.append(connection, given.principal, "erasure.lifted_by_return")
    return written


async def keep_verdicts(
    connection: Connection, given: Given, fresh: Sequence[Judged], touched: Sequence[CustomerState] = ()
) -> None:
    """Keep each verdict under its mutation's id, each value that gave way, and who changed whom.

    The same edit gets the same answer for ninety days.
    """
    if not fresh and not touched:
        return
    lost = [(each.record_id, lost) for each in fresh for lost in each.judgement.lost]
    await connection.execute(
        _VERDICTS,
        given.principal.device_id,
        given.installation,
        [each.envelope.mutation_id for each in fresh],
        [each.record_id for each in fresh],
        [each.envelope.seq for each in fresh],
        [each.judgement.status.value for each in fresh],
        [each.judgement.code.value if each.judgement.code else None for each in fresh],
        [record_id for record_id, _ in lost],
        [each.path for _, each in lost],
        [each.value for _, each in lost],
        [msgspec.to_builtins(each.stamp) for _, each in lost],
        [each.lost_to for _, each in lost],
        *chain.noted_each(given.principal, Kind.CUSTOMER.value, _changes(touched)),
    )


async def refuse(connection: Connection, given: Given, judged: Judged) -> None:
    """Keep the refusal of an edit that cannot be stored."""
    await keep_verdicts(connection, given, [judged])
    await hold(connection, given.principal, _not_passed([judged]))


def _changes(touched: Sequence[CustomerState]) -> list[tuple[str, UUID, Mapping[str, Any]]]:
    return [
        (
            "customer.created" if state.is_new else "customer.edited",
            state.customer_id,
            {"fields": sorted(state.changed)},
        )
        for state in touched
    ]


async def _write_conflicts(batch: Batch, fresh: Sequence[Judged]) -> None:
    opened = [
        batch.conflicts[conflict_id]
        for each in fresh
        if each.judgement.contest is not None
        and (conflict_id := conflict_id_of(each.envelope.mutation_id)) in batch.conflicts
    ]
    await open_conflicts(batch.connection, opened)
    await keep_decisions(batch.connection, batch.conflicts.values(), batch.given.principal)


def _not_passed(judged: Iterable[Judged]) -> list[tuple[Envelope, Said, ErrorCode | None]]:
    return [
        (each.envelope, each.said, each.judgement.code)
        for each in judged
        if each.judgement.status in (OutcomeStatus.REFUSED, OutcomeStatus.PARKED)
        and each.judgement.code != ErrorCode.PERSON_ERASED  # nothing of her is kept
    ]
