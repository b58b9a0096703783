"""One run: a story told to a world step by step, then rest, then the judgement."""

from collections.abc import Callable, Sequence

from schemas.record import Struct
from tests.simulation import checks, exchange
from tests.simulation.acts import line, office, people, rights, server, tablet
from tests.simulation.capabilities import in_memory
from tests.simulation.checks import Violation
from tests.simulation.dump import dump, files
from tests.simulation.oracle.judgement import judge
from tests.simulation.story import KNOWN, Step, draw
from tests.simulation.world import World

Act = Callable[[World, int, int, int], None]

STEPS: dict[str, Act] = {
    name: act
    for module in (people, line, tablet, rights, office, server)
    for name, act in vars(module).items()
    if name in KNOWN and act.__module__ == module.__name__
}
ROUNDS_TO_QUIET = 3


class Result(Struct):
    """What a run came to."""

    seed: int
    steps: int
    hash: str
    faults: dict[str, int]
    broken: tuple[str, ...] = ()


def tell(world: World, story: Sequence[Step]) -> None:
    """Carry out the steps, let everything come to rest, and let the oracle judge.

    Raises:
        Violation: a promise was broken.
    """
    for number, step in enumerate(story):
        world.house.now_ms += 1 + step.c % 90_000
        world.note(f"{number} {step}")
        STEPS[step.name](world, step.a, step.b, step.c)
    come_to_rest(world)
    broken = judge(world.ledger, dump(world), files(world))
    if broken:
        raise Violation("oracle: " + "; ".join(sorted(broken)[:12]))


def come_to_rest(world: World) -> None:
    """End what is open, mend what is broken, and sync until nothing moves; then all must agree."""
    while world.open:
        exchange.finish(world, world.open[0], commit=True)
    world.house.memory.standby = False
    for turn in range(ROUNDS_TO_QUIET):
        brought = world.brought
        for replica in world.replicas:
            replica.give_up()
            exchange.whole_round(world, replica)
        if turn and world.brought == brought:  # a round that was under way proves an older end only
            break
    for replica in world.replicas:
        if replica.name in world.damaged:
            exchange.compare(world, replica)
        checks.check_quiet(world, replica)
        if exchange.brings_rows(world, replica):
            raise Violation("I11: a pull with nothing new brought rows")


def play(seed: int, steps: int, *, story: Sequence[Step] | None = None) -> Result:
    """Run one seed, or the story given in its place."""
    told = draw(seed, steps) if story is None else story
    world, broken = live(told)
    world.close()
    return Result(
        seed=seed,
        steps=len(told),
        hash=world.transcript.hexdigest(),
        faults=dict(world.faults),
        broken=broken,
    )


def live(story: Sequence[Step]) -> tuple[World, tuple[str, ...]]:
    """Tell a story to a new world; return the world and what was broken."""
    with in_memory():
        world = World()
        return world, ending(world, story)


def ending(world: World, story: Sequence[Step]) -> tuple[str, ...]:
    """Tell a story to a world and return what was broken."""
    try:
        tell(world, story)
    except Violation as violation:
        return (str(violation),)
    except Exception as error:  # a bug of the product or of the simulation: a failing seed all the same
        return (f"{type(error).__name__}: {error}",)
    return ()
