"""What a card shows: the server's record with this person's unanswered edits applied, through his lens."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from schemas.customer import FieldInvalid
from schemas.mutations import MalformedMutation, UnknownOperation, decode_mutation
from schemas.protocol import Entitlement, FragmentBody
from schemas.record import Channel, Said, Stamp, Struct
from schemas.staff import Role
from schemas.visibility import NOTES, Lens, Level, mask, may_read_note
from sync.reducer import NotAllowedHere, reduce
from sync.replica.meta import Identity
from sync.replica.outbox import Queued


class Card(Struct):
    """One record as it stands on this tablet. Hidden fields are absent from ``values``."""

    record_id: UUID
    values: dict[str, Any]
    stamps: dict[str, Stamp]  # path (field or field/entry) -> where the value came from
    pending_fields: frozenset[str]  # fields with an edit that awaits its answer
    pending_paths: frozenset[str]
    levels: dict[str, Level]  # what may be done with each field; hidden ones are absent


def lens_from(entitlement: Entitlement) -> Lens:
    """Return the lens that an entitlement states."""
    return Lens(
        role=Role(entitlement.role),
        policy_version=entitlement.policy_version,
        levels={field: Level(min(level, Level.WRITE)) for field, level in entitlement.levels.items()},
        groups=entitlement.groups,
    )


def said_of(queued: Queued, identity: Identity) -> Said:
    """Return who says a queued edit, where and when."""
    envelope = queued.envelope
    return Said(
        mid=envelope.mutation_id,
        hlc=envelope.hlc,
        channel=Channel.STORE,
        author=queued.author,
        store=identity.shop,
        device=identity.device_id,
    )


def fold(
    record_id: UUID,
    fragments: Iterable[FragmentBody],
    queued: Iterable[Queued],
    *,
    identity: Identity,
    lens: Lens,
) -> Card:
    """Return the card: fragments put together, then each queued edit applied in the order it was made.

    A pure function of its arguments. An edit that no longer fits the record is left out of the draft; the
    server will say what becomes of it.
    """
    values, stamps = _record(fragments, lens)
    pending: list[str] = []
    drafted: set[str] = set()
    for each in queued:
        said = said_of(each, identity)
        try:
            mutation = decode_mutation(each.envelope.op, each.envelope.args)
            change = reduce(values, mutation, said)
        except (FieldInvalid, NotAllowedHere, UnknownOperation, MalformedMutation):
            continue
        values.update(change.values)
        drafted.update(change.values)
        for path in change.stamped:
            stamps[path] = said.stamp(stamps.get(path))
            pending.append(path)
    for field in drafted:
        _show_own(values, field, lens)
    shown = frozenset(path for path in pending if path.partition("/")[0] in values)
    return Card(
        record_id=record_id,
        values=values,
        stamps=stamps,
        pending_fields=frozenset(path.partition("/")[0] for path in shown),
        pending_paths=shown,
        levels=lens.levels,
    )


def _record(fragments: Iterable[FragmentBody], lens: Lens) -> tuple[dict[str, Any], dict[str, Stamp]]:
    values: dict[str, Any] = {}
    stamps: dict[str, Stamp] = {}
    notes: list[Mapping[str, Any]] = []
    for body in fragments:
        for field, value in body.values.items():
            if field == NOTES:
                notes += value
            elif field in lens.levels:
                values[field] = value
        stamps.update(body.stamps)
    if NOTES in lens.levels:
        # Notes come in one fragment per audience; a card shows them as one list, newest first.
        values[NOTES] = sorted(notes, key=lambda note: (note["at"], note["note_id"]), reverse=True)
    return values, stamps


def _show_own(values: dict[str, Any], field: str, lens: Lens) -> None:
    """Show a field with own edits in it no wider than the lens shows the server's."""
    level = lens.levels.get(field, Level.HIDDEN)
    if level == Level.HIDDEN:
        del values[field]
    elif level == Level.MASKED:
        values[field] = mask(field, values[field])
    elif field == NOTES:
        values[field] = [note for note in values[field] if may_read_note(note, lens)]
