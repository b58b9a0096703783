"""The list behind the strip: every edit that waits, every one the server did not take, and what to do."""

from enum import Enum
from typing import Any
from uuid import UUID

import msgspec

from mobile_app.effects import (
    Discard,
    GoTo,
    OpenCard,
    ReadHeld,
    ReadOutbox,
    Resend,
    ResolveConflict,
    ReviewHeld,
    SyncNow,
)
from mobile_app.screens.directory import Directory
from schemas.record import Struct


class Standing(Enum):
    """Where an edit stands."""

    WAITING = "waiting"  # on this tablet, will be sent by itself
    CONFLICT = "conflict"  # somebody else changed it too; both values are kept
    REFUSED = "refused"
    PARKED = "parked"  # the server keeps it for a later version
    ERASED = "erased"  # the customer asked to be forgotten: nothing is left of it but this line


class Contest(Struct, frozen=True):
    """The other word on a value, as far as the reader may see it."""

    conflict_id: UUID
    field: str
    theirs: Any
    by: str = ""  # an associate's id, or a source system
    at_ms: int | None = None
    channel: str = ""


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
    decided: str = ""  # "mine" or "theirs": the decision waits to be sent

    @property
    def contest(self) -> Contest | None:
        """The two words to choose from; None where the reader may not see the other one."""
        detail = self.detail
        if self.standing is not Standing.CONFLICT or "theirs" not in detail:
            return None
        try:
            return Contest(
                conflict_id=UUID(detail["conflict_id"]),
                field=detail["field"],
                theirs=msgspec.json.decode(detail["theirs"]),
                by=detail.get("by", ""),
                at_ms=int(detail["at"]) if "at" in detail else None,
                channel=detail.get("channel", ""),
            )
        except (KeyError, ValueError):  # also what msgspec cannot decode
            return None

    @property
    def path(self) -> str:
        """The value it is about, to be opened on the card; empty when it is about none."""
        field = str(self.said.get("field", ""))
        entry = self.said.get("key", "")
        return f"{field}/{entry}" if field and entry else field


class HeldEdit(Struct, frozen=True):
    """An edit of a colleague that did not pass; a manager may let it stand."""

    mutation_id: UUID
    record_id: UUID
    customer: str
    op: str
    author: str
    at_ms: int
    code: str
    said: dict[str, Any]  # field -> value, as the manager may see it
    standing: dict[str, Any]  # what stands now


class OutboxModel(Struct, frozen=True):
    """What needs a person first, then what waits, the oldest first."""

    edits: tuple[Edit, ...] = ()
    directory: Directory = Directory()
    leaving: Edit | None = None  # discarded, while it may be taken back
    in_step_ms: int | None = None  # when all was last in step, wall milliseconds UTC
    reviews: bool = False  # the reader decides about edits of colleagues
    held: tuple[HeldEdit, ...] = ()
    held_problem: str = ""  # why ``held`` is not known: a stable code

    @property
    def shown(self) -> tuple[Edit, ...]:
        """The edits without the one just discarded."""
        gone = self.leaving.mutation_id if self.leaving else None
        return tuple(edit for edit in self.edits if edit.mutation_id != gone)

    @property
    def unanswered(self) -> tuple[Edit, ...]:
        """Edits that will be sent by themselves."""
        return tuple(edit for edit in self.shown if edit.standing is Standing.WAITING or edit.decided)

    @property
    def for_a_person(self) -> tuple[Edit, ...]:
        """Edits that somebody has to decide about."""
        return tuple(
            edit for edit in self.shown if edit.standing is not Standing.WAITING and not edit.decided
        )

    @property
    def oldest_ms(self) -> int | None:
        """When the oldest edit that waits was made."""
        return min((edit.at_ms for edit in self.unanswered), default=None)


class OutboxRead(Struct, frozen=True):
    edits: tuple[Edit, ...]
    directory: Directory = Directory()
    in_step_ms: int | None = None
    reviews: bool = False


class OutboxChanged(Struct, frozen=True):
    pass


class HeldRead(Struct, frozen=True):
    """The server's answer: edits of colleagues that did not pass, or why it is not known."""

    held: tuple[HeldEdit, ...] = ()
    problem: str = ""


class DiscardPressed(Struct, frozen=True):
    mutation_id: UUID


class DiscardOver(Struct, frozen=True):
    """The seconds in which a discarded edit might come back have passed."""

    mutation_id: UUID


class UndoPressed(Struct, frozen=True):
    pass


class DecidePressed(Struct, frozen=True):
    """One of two words on a value was chosen: "mine" or "theirs"."""

    mutation_id: UUID
    keep: str


class ResendPressed(Struct, frozen=True):
    mutation_id: UUID


class EditPressed(Struct, frozen=True):
    """Say it again on the card, at the value."""

    mutation_id: UUID


class CustomerPressed(Struct, frozen=True):
    record_id: UUID


class HeldPressed(Struct, frozen=True):
    """A manager lets a colleague's edit stand, or lets it go."""

    mutation_id: UUID
    apply: bool


class TryNowPressed(Struct, frozen=True):
    pass


class BackPressed(Struct, frozen=True):
    pass


class Left(Struct, frozen=True):
    """The screen goes, whoever asked for it."""


OutboxEvent = (
    OutboxRead
    | OutboxChanged
    | HeldRead
    | DiscardPressed
    | DiscardOver
    | UndoPressed
    | DecidePressed
    | ResendPressed
    | EditPressed
    | CustomerPressed
    | HeldPressed
    | TryNowPressed
    | BackPressed
    | Left
)
OutboxEffect = (
    ReadOutbox | ReadHeld | ReviewHeld | Discard | Resend | ResolveConflict | OpenCard | SyncNow | GoTo
)
Decided = tuple[OutboxModel, list[OutboxEffect]]

_FIRST = (Standing.CONFLICT, Standing.REFUSED, Standing.PARKED, Standing.ERASED, Standing.WAITING)


def update(model: OutboxModel, event: OutboxEvent) -> Decided:
    """Decide what the list shows and asks for. A discarded edit is gone when its seconds have passed."""
    change = msgspec.structs.replace
    match event:
        case OutboxRead():
            return _read(model, event), []
        case OutboxChanged():
            return model, [ReadOutbox()]
        case HeldRead(held=held, problem=problem):
            return change(model, held=held, held_problem=problem), []
        case DiscardPressed(mutation_id=mutation_id):
            return _discard(model, mutation_id)
        case DiscardOver(mutation_id=mutation_id):
            over = model.leaving is not None and model.leaving.mutation_id == mutation_id
            return _let_go(model) if over else (model, [])
        case UndoPressed():
            return change(model, leaving=None), []
        case Left():
            return _let_go(model)
        case TryNowPressed():
            return model, [SyncNow(), *([ReadHeld()] if model.reviews else [])]
        case BackPressed():
            return model, [GoTo(screen="find")]
        case HeldPressed(mutation_id=mutation_id, apply=apply):
            held = tuple(each for each in model.held if each.mutation_id != mutation_id)
            return change(model, held=held), [ReviewHeld(mutation_id=mutation_id, apply=apply)]
        case _:
            return _about(model, event)


def _read(model: OutboxModel, event: OutboxRead) -> OutboxModel:
    ordered = sorted(
        event.edits, key=lambda edit: (bool(edit.decided), _FIRST.index(edit.standing), edit.at_ms)
    )
    known = model.leaving is not None and any(
        edit.mutation_id == model.leaving.mutation_id for edit in event.edits
    )
    return msgspec.structs.replace(
        model,
        edits=tuple(ordered),
        leaving=model.leaving if known else None,
        directory=event.directory,
        in_step_ms=event.in_step_ms,
        reviews=event.reviews,
        held=model.held if event.reviews else (),
    )


def _about(model: OutboxModel, event: OutboxEvent) -> Decided:
    """Answer what was pressed on one edit."""
    match event:
        case ResendPressed(mutation_id=mutation_id):
            return model, [Resend(mutation_id=mutation_id)]
        case EditPressed(mutation_id=mutation_id):
            edit = _of(model, mutation_id)
            if edit is None:
                return model, []
            return model, [OpenCard(record_id=edit.record_id, path=edit.path), GoTo(screen="find")]
        case CustomerPressed(record_id=record_id):
            return model, [OpenCard(record_id=record_id), GoTo(screen="find")]
        case DecidePressed(mutation_id=mutation_id, keep=keep):
            edit = _of(model, mutation_id)
            contest = edit.contest if edit is not None else None
            if edit is None or contest is None or edit.decided or keep not in ("mine", "theirs"):
                return model, []
            decision = ResolveConflict(
                record_id=edit.record_id,
                conflict_id=contest.conflict_id,
                keep=keep,
                field=contest.field,
                value=edit.said.get("value"),
            )
            edits = tuple(
                msgspec.structs.replace(each, decided=keep) if each.mutation_id == mutation_id else each
                for each in model.edits
            )
            return msgspec.structs.replace(model, edits=edits), [decision]
        case _:
            return model, []


def _discard(model: OutboxModel, mutation_id: UUID) -> Decided:
    edit = _of(model, mutation_id)
    if edit is None or edit.standing in (Standing.WAITING, Standing.CONFLICT):
        return model, []  # a conflict is decided, never dropped
    model, effects = _let_go(model)
    return msgspec.structs.replace(model, leaving=edit), effects


def _let_go(model: OutboxModel) -> Decided:
    """Give up the discarded edit for good."""
    if model.leaving is None:
        return model, []
    gone = model.leaving.mutation_id
    edits = tuple(edit for edit in model.edits if edit.mutation_id != gone)
    return msgspec.structs.replace(model, edits=edits, leaving=None), [Discard(mutation_id=gone)]


def _of(model: OutboxModel, mutation_id: UUID) -> Edit | None:
    return next((edit for edit in model.shown if edit.mutation_id == mutation_id), None)
