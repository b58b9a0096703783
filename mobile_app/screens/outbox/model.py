"""The list behind the strip: every edit that waits, and every one the server did not take, in words."""

from enum import Enum
from typing import Any
from uuid import UUID

import msgspec

from mobile_app.effects import Discard, GoTo, OpenCard, ReadOutbox, Resend, SyncNow
from schemas.record import Struct


class Standing(Enum):
    """Where an edit stands."""

    WAITING = "waiting"  # on this tablet, will be sent by itself
    CONFLICT = "conflict"  # somebody else changed it too; both values are kept
    REFUSED = "refused"
    PARKED = "parked"  # the server keeps it for a later version
    ERASED = "erased"  # the customer asked to be forgotten: nothing is left of it but this line


class Edit(Struct, frozen=True):
    """One edit as its author meant it."""

    mutation_id: UUID
    record_id: UUID
    customer: str  # her name as this tablet knows it; empty when it knows none
    op: str
    said: dict[str, Any]  # the mutation's arguments: field, value, element, ...
    at_ms: int  # wall milliseconds UTC
    standing: Standing
    code: str | None = None  # schemas.problem.ErrorCode
    detail: dict[str, str] = {}


class OutboxModel(Struct, frozen=True):
    """What needs a person first, then what waits, the oldest first."""

    edits: tuple[Edit, ...] = ()
    confirming: UUID | None = None  # the edit whose discarding waits for a second press

    @property
    def unanswered(self) -> tuple[Edit, ...]:
        """Edits that will be sent by themselves."""
        return tuple(edit for edit in self.edits if edit.standing is Standing.WAITING)

    @property
    def for_a_person(self) -> tuple[Edit, ...]:
        """Edits that somebody has to decide about."""
        return tuple(edit for edit in self.edits if edit.standing is not Standing.WAITING)


class OutboxRead(Struct, frozen=True):
    edits: tuple[Edit, ...]


class OutboxChanged(Struct, frozen=True):
    pass


class DiscardPressed(Struct, frozen=True):
    mutation_id: UUID


class KeepPressed(Struct, frozen=True):
    """Not discarded after all."""


class ResendPressed(Struct, frozen=True):
    mutation_id: UUID


class CustomerPressed(Struct, frozen=True):
    record_id: UUID


class TryNowPressed(Struct, frozen=True):
    pass


class BackPressed(Struct, frozen=True):
    pass


OutboxEvent = (
    OutboxRead
    | OutboxChanged
    | DiscardPressed
    | KeepPressed
    | ResendPressed
    | CustomerPressed
    | TryNowPressed
    | BackPressed
)
OutboxEffect = ReadOutbox | Discard | Resend | OpenCard | SyncNow | GoTo

_FIRST = (Standing.CONFLICT, Standing.REFUSED, Standing.PARKED, Standing.ERASED, Standing.WAITING)


def update(model: OutboxModel, event: OutboxEvent) -> tuple[OutboxModel, list[OutboxEffect]]:
    """Decide what the list shows and asks for. Discarding takes two presses: it cannot be undone."""
    change = msgspec.structs.replace
    match event:
        case OutboxRead(edits=edits):
            ordered = sorted(edits, key=lambda edit: (_FIRST.index(edit.standing), edit.at_ms))
            known = any(edit.mutation_id == model.confirming for edit in edits)
            return OutboxModel(edits=tuple(ordered), confirming=model.confirming if known else None), []
        case OutboxChanged():
            return model, [ReadOutbox()]
        case DiscardPressed(mutation_id=mutation_id) if model.confirming == mutation_id:
            return change(model, confirming=None), [Discard(mutation_id=mutation_id)]
        case DiscardPressed(mutation_id=mutation_id):
            return change(model, confirming=mutation_id), []
        case KeepPressed():
            return change(model, confirming=None), []
        case ResendPressed(mutation_id=mutation_id):
            return change(model, confirming=None), [Resend(mutation_id=mutation_id)]
        case CustomerPressed(record_id=record_id):
            return model, [OpenCard(record_id=record_id), GoTo(screen="find")]
        case TryNowPressed():
            return model, [SyncNow()]
        case BackPressed():
            return change(model, confirming=None), [GoTo(screen="find")]
