"""Moves of what is promised, and the moves that take them back. Pure."""

from typing import Any
from uuid import UUID

from msgspec import UNSET

from mobile_app.screens.agenda import Item
from schemas.mutations import MoveAppointment, MoveCase, MoveTask, Mutation
from schemas.promise import AppointmentState, CaseState, TaskState
from schemas.record import Struct
from schemas.states import MACHINES


class Moved(Struct, frozen=True):
    """A move just made of something, with how it stood before."""

    record_id: UUID
    mutation: Mutation
    field: str
    key: str
    round: int
    before: dict[str, Any]  # the parts that were said anew, as they stood


def move(field: str, key: str, *, number: int, to: str | None = None, **parts: Any) -> Mutation:
    """Return the edit that moves something on."""
    if field == "appointments":
        return MoveAppointment(
            appointment_id=UUID(key),
            round=number,
            to=AppointmentState(to) if to else None,
            starts=parts.get("starts", UNSET),
            owner=parts.get("owner", UNSET),
        )
    if field == "cases":
        return MoveCase(
            case_id=UUID(key),
            round=number,
            to=CaseState(to) if to else None,
            due=parts.get("due", UNSET),
            owner=parts.get("owner", UNSET),
        )
    return MoveTask(
        task_id=UUID(key),
        round=number,
        to=TaskState(to) if to else None,
        due=parts.get("due", UNSET),
        owner=parts.get("owner", UNSET),
    )


def ending(item: Item, state: str) -> Moved:
    """Return the move that brings something into a state."""
    what = item.what
    return Moved(
        record_id=item.record_id,
        mutation=move(what.field, what.key, number=what.round, to=state),
        field=what.field,
        key=what.key,
        round=what.round,
        before={"state": what.state},
    )


def saying(item: Item, **parts: Any) -> Moved:
    """Return the move that says a day or an owner anew."""
    what = item.what
    stood: dict[str, Any] = {"due": what.day or None, "owner": what.owner or None, "starts": what.starts}
    return Moved(
        record_id=item.record_id,
        mutation=move(what.field, what.key, number=what.round, **parts),
        field=what.field,
        key=what.key,
        round=what.round,
        before={name: stood[name] for name in parts},
    )


def taken_back(made: Moved) -> Mutation:
    """Return the move that takes a move back: what ended is taken up again, what was said is said anew."""
    if "state" in made.before:
        machine = MACHINES[made.field]
        again = machine.ended(_state_of(made.mutation))
        number = made.round + 1 if again else made.round
        return move(made.field, made.key, number=number, to=machine.begins if again else made.before["state"])
    return move(made.field, made.key, number=made.round, **made.before)


def _state_of(mutation: Any) -> str:
    return str(mutation.to)
