"""Held edits as a manager sees them, and what he decides about them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from schemas.ids import id_from
from schemas.mutations import (
    AddElement,
    CreateCustomer,
    Envelope,
    MalformedMutation,
    Mutation,
    PutEntry,
    RemoveElement,
    SetField,
    UnknownOperation,
    WriteNote,
    decode_mutation,
)
from schemas.problem import ErrorCode
from schemas.protocol import Outcome, OutcomeStatus
from schemas.record import Channel, Struct
from schemas.visibility import NOTES, Lens, Level, note_group, project
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.problems import Refusal
from server.replication.late_verdicts import tell_later
from server.replication.push import Speaking, submit
from server.rest.writing import raise_refused
from server.scope import customer_scopes
from sync.reducer import fields_of, paths_of
from sync.state_machine import beginning_of, move_of

COLUMNS = "h.mutation_id, h.record_id, h.op, h.args, h.code, h.author, h.device_id, h.store, h.hlc, h.review"
AT_ONCE = 200  # rows looked at before those a lens does not show are left out


class Held(Struct):
    """One edit that did not pass. ``mutation`` is None where this build cannot read it."""

    mutation_id: UUID
    record_id: UUID
    op: str
    mutation: Mutation | None
    args: bytes
    code: str
    author: UUID
    device_id: UUID | None
    store: str | None
    hlc: int
    review: str  # open, applied, dismissed
    held_at: datetime

    def said(self, lens: Lens) -> dict[str, Any] | None:
        """Return what the edit says, field by field, as a lens shows it; None when nothing of it is shown."""
        if self.mutation is None:
            return {}
        if isinstance(self.mutation, WriteNote):
            audience = note_group(
                self.mutation.level, store=self.mutation.store or self.store, author=str(self.author)
            )
            shown = lens.reads(NOTES) and audience in lens.groups
            return {NOTES: self.mutation.text} if shown else None
        fields = fields_of(self.mutation)
        if any(lens.levels.get(field, Level.HIDDEN) is Level.HIDDEN for field in fields):
            return None
        # Notes come by an edit of their own; what another puts in their place has no author to go by.
        said = {field: value for field, value in _values_of(self.mutation).items() if field != NOTES}
        return project(said, lens)

    @property
    def path(self) -> str | None:
        """The one field or entry it is about, if it is one."""
        paths = paths_of(self.mutation) if self.mutation is not None else ()
        return paths[0] if len(paths) == 1 and not isinstance(self.mutation, CreateCustomer) else None


async def held_edits(
    connection: Connection,
    principal: Principal,
    lens: Lens,
    *,
    after: tuple[datetime, UUID],
    limit: int,
) -> list[Held]:
    """Return open edits said in the manager's stores about people he reaches, the oldest first.

    An edit of a field that is hidden from him is not there at all.
    """
    found: list[Held] = []
    while len(found) < limit:
        rows = await connection.fetch(
            f"""
            select {COLUMNS}, h.created_at from held_edit h left join customer c on c.id = h.record_id
            where h.review = 'open' and h.store = any($1) and (h.created_at, h.mutation_id) > ($2, $3)
              and (exists (select from member m join scope s on s.id = m.scope
                           where m.record_id = coalesce(c.alias_of, h.record_id) and m.state = 1
                             and s.key = any($4))
                   or (c.id is null and h.op like 'customer.create@%'
                       and not exists (select from erasure e where e.record_id = h.record_id)))
            order by h.created_at, h.mutation_id limit $5
            """,  # noqa: S608 (columns are ours)
            list(principal.stores),
            *after,
            list(customer_scopes(principal)),
            AT_ONCE,
        )
        edits = [_held(row) for row in rows]
        found += [edit for edit in edits if edit.said(lens) is not None]
        if len(rows) < AT_ONCE:
            break
        after = (edits[-1].held_at, edits[-1].mutation_id)
    return found[:limit]


async def held_edit(connection: Connection, principal: Principal, lens: Lens, mutation_id: UUID) -> Held:
    """Return one held edit, locked until the transaction ends.

    Raises:
        Refusal: NOT_FOUND when there is none, or none that this manager may see.
    """
    row = await connection.fetchrow(
        f"""
        select {COLUMNS}, h.created_at from held_edit h where h.mutation_id = $1 and h.store = any($2)
        for update
        """,  # noqa: S608 (columns are ours)
        mutation_id,
        list(principal.stores),
    )
    held = _held(row) if row else None
    if held is None or held.said(lens) is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return held


async def apply(
    connection: Connection,
    principal: Principal,
    held: Held,
    *,
    now: datetime,
    policies: Policies,
    seen: Mapping[str, int],
) -> Outcome:
    """Let a held edit stand, by the manager's right and as its author's word; tell the author's tablet.

    What stands now is what the manager had in front of him: his decision is not concurrent with it.

    Raises:
        Refusal: PRECONDITION when it was dismissed; by the edit's code when it does not stand by this right
            either. Nothing of the attempt may be kept then.
    """
    mutation_id = id_from("held", str(held.mutation_id))
    if held.review == "dismissed":
        raise Refusal(ErrorCode.PRECONDITION, "this edit was dismissed")
    envelope = Envelope(
        seq=0,
        mutation_id=mutation_id,
        record_id=held.record_id,
        op=held.op,
        args=held.args,
        base=dict(seen),
        hlc=held.hlc,
        policy_version=principal.policy_version,
    )
    speaking = Speaking(
        channel=Channel.STORE,
        author=str(held.author),
        elsewhere=True,
        store=held.store,
        device=held.device_id,
    )
    (outcome,) = await submit(
        connection, principal, [envelope], now=now, policies=policies, speaking=speaking
    )
    raise_refused(outcome)
    if held.review == "open":
        await _decide(connection, principal, held, "applied")
        await tell_later(connection, held.mutation_id, OutcomeStatus.APPLIED)
    return outcome


async def dismiss(connection: Connection, principal: Principal, held: Held) -> None:
    """Let a held edit go, and tell the author's tablet. Saying it twice is saying it once.

    Raises:
        Refusal: PRECONDITION when it was applied.
    """
    if held.review == "applied":
        raise Refusal(ErrorCode.PRECONDITION, "this edit was applied")
    if held.review == "open":
        await _decide(connection, principal, held, "dismissed")
        await tell_later(connection, held.mutation_id, OutcomeStatus.REFUSED, ErrorCode.DISMISSED)


def fields_spoken_of(edit: Held) -> tuple[str, ...]:
    """Return the fields whose present value belongs beside the edit."""
    if edit.mutation is None or isinstance(edit.mutation, CreateCustomer):
        return ()
    return tuple(field for field in fields_of(edit.mutation) if field != NOTES)


def _values_of(mutation: Mutation) -> dict[str, Any]:
    match mutation:
        case SetField(field=field, value=value):
            return {field: value}
        case PutEntry(field=field, key=key, value=value):
            return {field: {key: value}}
        case AddElement(field=field, element=element) | RemoveElement(field=field, element=element):
            return {field: element}
        case CreateCustomer(values=values):
            return values
    if (beginning := beginning_of(mutation)) is not None:
        return {beginning[0].field: beginning[2]}
    if (move := move_of(mutation)) is not None:
        said = {"to": move.to, "why": move.why, **move.parts}
        return {move.machine.field: {name: word for name, word in said.items() if word not in (None, "")}}
    return {}


async def _decide(connection: Connection, principal: Principal, held: Held, review: str) -> None:
    await connection.execute(
        "update held_edit set review = $2, decided_by = $3, decided_at = now() where mutation_id = $1",
        held.mutation_id,
        review,
        principal.associate_id,
    )
    await chain.append(
        connection,
        principal,
        f"held_edit.{review}",
        subject_kind="customer",
        subject_id=held.record_id,
        facts={"op": held.op, "author": str(held.author)},
    )


def _held(row: asyncpg.Record) -> Held:
    args = msgspec.json.encode(row["args"])
    try:
        mutation = decode_mutation(row["op"], args)
    except (UnknownOperation, MalformedMutation):
        mutation = None
    return Held(
        mutation_id=row["mutation_id"],
        record_id=row["record_id"],
        op=row["op"],
        mutation=mutation,
        args=args,
        code=row["code"],
        author=row["author"],
        device_id=row["device_id"],
        store=row["store"],
        hlc=row["hlc"],
        review=row["review"],
        held_at=row["created_at"],
    )
