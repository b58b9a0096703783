"""What a card shows: the server's record with this person's unanswered edits applied, through his lens."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from schemas.customer import FieldInvalid
from schemas.mutations import MalformedMutation, UnknownOperation, decode_mutation
from schemas.protocol import Entitlement, FragmentBody
from schemas.record import Channel, Said, Stamp, Struct
from schemas.staff import Role
from schemas.visibility import NOTES, Lens, Level, mask, may_read_note, shows_masked
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


def in_clear(values: Mapping[str, Any], levels: Mapping[str, Level]) -> dict[str, Any]:
    """Return the values that are the values: a masked shape is nothing an edit could start from."""
    return {field: value for field, value in values.items() if levels.get(field, Level.HIDDEN) >= Level.READ}


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
    shown, stamps = _record(fragments, lens)
    values = in_clear(shown, lens.levels)
    pending: list[str] = []
    for each in queued:
        said = said_of(each, identity)
        try:
            mutation = decode_mutation(each.envelope.op, each.envelope.args)
            change = reduce(values, mutation, said)
        except (FieldInvalid, NotAllowedHere, UnknownOperation, MalformedMutation):
            continue
        values.update(change.values)
        for path in change.stamped:
            stamps[path] = said.stamp(stamps.get(path))
            pending.append(path)
    shown.update(shown_through(values, lens))
    paths = frozenset(path for path in pending if path.partition("/")[0] in shown)
    return Card(
        record_id=record_id,
        values=shown,
        stamps=stamps,
        pending_fields=frozenset(path.partition("/")[0] for path in paths),
        pending_paths=paths,
        levels=lens.levels,
    )


def _record(fragments: Iterable[FragmentBody], lens: Lens) -> tuple[dict[str, Any], dict[str, Stamp]]:
    values: dict[str, Any] = {}
    stamps: dict[str, Stamp] = {}
    notes: list[Mapping[str, Any]] = []
    for body in fragments:
        for field, value in body.values.items():
            if field == NOTES and isinstance(value, list):
                notes += value
            elif lens.reads(field) or (field in lens.levels and shows_masked(field)):
                values[field] = value
        stamps.update(body.stamps)
    if lens.reads(NOTES):
        # Notes come in one fragment per audience; a card shows them as one list, newest first.
        values[NOTES] = sorted(notes, key=lambda note: (note["at"], note["note_id"]), reverse=True)
    return values, stamps


def shown_through(values: Mapping[str, Any], lens: Lens) -> dict[str, Any]:
    """Return values with own edits in them as the lens shows the server's: own words are no way around it."""
    shown: dict[str, Any] = {}
    for field, value in values.items():
        level = lens.levels.get(field, Level.HIDDEN)
        if level == Level.MASKED:
            if shows_masked(field):
                shown[field] = mask(field, value)
        elif field == NOTES and level:
            shown[field] = [note for note in value if may_read_note(note, lens)]
        elif level:
            shown[field] = value
    return shown
