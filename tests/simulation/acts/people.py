"""What people do at their tablets; and what a broken or a later app leaves in the queue."""

from uuid import UUID

from schemas.mutations import (
    ResolveConflict,
)
from tests.simulation import edits, exchange, promises
from tests.simulation.world import World


def edit(world: World, a: int, b: int, c: int) -> None:
    edits.edit(world, world.replica(a), world.customer(b), b, c)


def promise(world: World, a: int, b: int, c: int) -> None:
    """A task is made for a customer, or one is moved: done, called off, taken up again."""
    promises.promise(world, world.replica(a), world.customer(b), "tasks", b, c)


def appointment(world: World, a: int, b: int, c: int) -> None:
    """She will come: a time is booked, or one is kept, missed, called off, at another time, with another."""
    promises.promise(world, world.replica(a), world.customer(b), "appointments", b, c)


def complaint(world: World, a: int, b: int, c: int) -> None:
    """Something is to be put right: a case is opened, worked on, solved, called off, opened again."""
    promises.promise(world, world.replica(a), world.customer(b), "cases", b, c)


def dismiss(world: World, a: int, _b: int, _c: int) -> None:
    replica = world.replica(a)
    for problem in replica.store.problems()[:1]:
        replica.store.dismiss(problem.mutation_id)
        world.write(said="dismissed", file=replica.name, mid=str(problem.mutation_id))


def resolve(world: World, a: int, _b: int, c: int) -> None:
    replica = world.replica(a)
    open_ones = [each for each in replica.store.problems() if "conflict_id" in each.detail]
    if not open_ones:
        return
    problem = open_ones[0]
    conflict_id = UUID(problem.detail["conflict_id"])
    keep = ("mine", "theirs")[c % 2]
    mutation = ResolveConflict(conflict_id=conflict_id, keep=keep)
    for _ in range(1 + (c >> 1) % 2):
        envelope = replica.store.submit(problem.record_id, mutation, wall_ms=replica.wall_ms())
        facts = {"kind": "resolve", "field": "email", "key": str(conflict_id)}
        world.wrote(replica, envelope.mutation_id, problem.record_id, facts)
    world.fault("conflict_resolved_twice" if (c >> 1) % 2 else "conflict_resolved")


def look(world: World, a: int, b: int, _c: int) -> None:
    replica = world.replica(a)
    held = exchange.look(world, replica, world.customer(b))
    if held is not None:
        exchange.late(world, replica, held)


def poison_edit(world: World, a: int, b: int, c: int) -> None:
    args = (b"{", b'{"field":"town"}', b'{"field":"town","value":{"x":[1]}}', b"[]")[c % 4]
    edits.plant(world, world.replica(a), world.customer(b), "field.set@1", args, "poison_edit")


def unknown_edit(world: World, a: int, b: int, _c: int) -> None:
    edits.plant(world, world.replica(a), world.customer(b), "visit.plan@9", b'{"day":"x"}', "unknown_edit")


def stale_edit(world: World, a: int, b: int, _c: int) -> None:
    edits.plant(
        world,
        world.replica(a),
        world.customer(b),
        "field.set@1",
        b'{"field":"town","value":"old"}',
        "stale_edit",
        age_ms=91 * 86_400_000,
    )
