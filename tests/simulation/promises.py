"""What people promise at the tablets: tasks, appointments and cases, begun, moved, put off and handed on."""

from typing import Any
from uuid import UUID

from schemas.mutations import (
    BookAppointment,
    MakeTask,
    MoveAppointment,
    MoveCase,
    MoveTask,
    Mutation,
    OpenCase,
)
from schemas.promise import AppointmentKind, AppointmentState, CaseKind, CaseState, TaskKind, TaskState
from tests.simulation.replica import Replica
from tests.simulation.world import World

HOUR_MS = 3_600_000
FIELDS = ("tasks", "appointments", "cases")
WAYS: dict[str, tuple[str, ...]] = {  # the first of them begins the next round
    "tasks": ("done", "cancelled", "open"),
    "appointments": ("booked", "kept", "missed", "cancelled"),
    "cases": ("open", "in_progress", "waiting", "solved", "cancelled"),
}
BEGINS = {"tasks": "open", "appointments": "booked", "cases": "open"}


def promise(world: World, replica: Replica, record_id: UUID, field: str, b: int, c: int) -> None:
    """Promise a customer something, or move what was promised."""
    card = replica.store.card(record_id)
    held: dict[str, Any] = dict(card.values.get(field) or {}) if card else {}
    if c % 3 == 0 or not held:
        mutation, facts = _begin(world, replica, field, b)
    else:
        key = sorted(held)[b % len(held)]
        mutation, facts = _move(world, field, key, held[key].get("round", 0), b, c >> 2)
    try:
        envelope = replica.store.submit(record_id, mutation, wall_ms=replica.wall_ms())
    except ValueError as refused:
        world.note(f"  not taken: {refused}")
        return
    met = replica.store.meta.entitlement is not None
    world.wrote(replica, envelope.mutation_id, record_id, {"field": field, "met": met, **facts})
    world.note(f"  {replica.name} wrote {facts['kind']} {facts.get('value', '')}")


def _begin(world: World, replica: Replica, field: str, b: int) -> tuple[Mutation, dict[str, Any]]:
    key, word = replica.store.new_id(replica.wall_ms()), world.word()
    facts = {"kind": "begun", "key": str(key), "words": [word], "fields": {field: word}, "parts": {}}
    match field:
        case "tasks":
            return MakeTask(task_id=key, kind=TaskKind.CALL, text=word), facts
        case "appointments":
            starts = world.house.now_ms + HOUR_MS
            facts["parts"] = {"starts": starts}
            made = BookAppointment(appointment_id=key, kind=AppointmentKind.ADVICE, starts=starts, text=word)
            return made, facts
        case _:
            day = f"2027-01-{1 + b % 28:02}"
            facts["parts"] = {"due": day}
            return OpenCase(case_id=key, kind=CaseKind.REPAIR, text=word, due=day), facts


def _move(
    world: World, field: str, key: str, number: int, b: int, way: int
) -> tuple[Mutation, dict[str, Any]]:
    said: dict[str, Any] = {}
    if field != "tasks" and way % 4 == 0:  # put off, or handed on
        what = {"appointments": "starts", "cases": "due"}[field] if way & 4 else "owner"
        said[what] = {
            "starts": world.house.now_ms + (2 + b % 50) * HOUR_MS,
            "due": f"2027-02-{1 + b % 28:02}",
            "owner": f"associate-{b % 5}",
        }[what]
        to = None
    else:
        to = WAYS[field][(way if field == "tasks" else way // 4) % len(WAYS[field])]
        number += to == BEGINS[field]
    facts = {"kind": "moved", "key": key, "value": [number, to], "parts": dict(said)}
    mutation: Mutation
    match field:
        case "tasks":
            mutation = MoveTask(task_id=UUID(key), round=number, to=TaskState(to))
        case "appointments":
            state = AppointmentState(to) if to else None
            mutation = MoveAppointment(appointment_id=UUID(key), round=number, to=state, **said)
        case _:
            stage = CaseState(to) if to else None
            mutation = MoveCase(case_id=UUID(key), round=number, to=stage, **said)
    return mutation, facts
