"""Many seeds: run in blocks side by side and counted; a failing one told as the shortest that fails."""

import gc
import multiprocessing
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from time import monotonic, process_time

from schemas.record import Struct
from server.policy import in_force
from tests.simulation.shrink import shrink
from tests.simulation.simulation import live, play
from tests.simulation.statements import UNKNOWN
from tests.simulation.story import draw, steps_of

BLOCK = 20  # seeds that are run in one go, and kept or lost together


class Block(Struct):
    """Some seeds in a row, and what they came to."""

    first: int
    seeds: int
    steps: int  # of all
    cpu_s: float
    faults: dict[str, int]
    broken: dict[int, tuple[str, ...]] = {}
    unknown: tuple[str, ...] = ()  # statements that the memory does not know


class Tally(Struct, frozen=False):
    """What many runs came to."""

    seeds: int = 0
    steps: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    faults: dict[str, int] = {}
    broken: dict[int, tuple[str, ...]] = {}
    stopped: bool = False  # before all seeds were run
    unknown: tuple[str, ...] = ()

    @property
    def injected(self) -> int:
        """How many faults were injected in all."""
        return sum(self.faults.values())

    def add(self, block: Block) -> None:
        """Count what a block came to."""
        self.seeds += block.seeds
        self.steps += block.steps
        self.cpu_s += block.cpu_s
        faults = Counter(self.faults)
        faults.update(block.faults)
        self.faults = dict(sorted(faults.items()))
        self.broken = {**self.broken, **block.broken}
        self.unknown = tuple(sorted({*self.unknown, *block.unknown}))


Progress = Callable[[Tally, Block], None]


def play_many(
    blocks: Iterable[range],
    steps: int | None,
    *,
    jobs: int = 1,
    stop_at: int = 20,
    progress: Progress = lambda tally, block: None,
) -> Tally:
    """Run seeds and add up what they came to; give up after so many failing ones, or when told to stop.

    Args:
        blocks: seeds in a row, of which each is run by one process.
        steps: of each story; None lets the seed say how many.
    """
    started = monotonic()
    tally = Tally()
    try:
        for block in _results(blocks, steps, jobs):
            tally.add(block)
            progress(tally, block)
            if len(tally.broken) >= stop_at:
                break
    except KeyboardInterrupt:
        tally.stopped = True
    tally.wall_s = monotonic() - started
    return tally


def blocks_of(seeds: range, *, without: Iterable[range] = ()) -> Iterator[range]:
    """Yield seeds in blocks, leaving out the blocks that are known already."""
    known = frozenset(without)
    for first in range(seeds.start, seeds.stop, BLOCK):
        block = range(first, min(first + BLOCK, seeds.stop))
        if block not in known:
            yield block


def play_block(seeds: range, steps: int | None) -> Block:
    """Run seeds in a row, without looking for cycles of garbage in between."""
    faults: Counter[str] = Counter()
    broken: dict[int, tuple[str, ...]] = {}
    told, before, looked = 0, process_time(), gc.isenabled()
    UNKNOWN.clear()
    in_force._lens.cache_clear()  # every world publishes policies of its own under the same numbers
    gc.disable()
    try:
        for seed in seeds:
            result = play(seed, steps_of(seed) if steps is None else steps)
            told += result.steps
            faults.update(result.faults)
            if result.broken:
                broken[seed] = result.broken
    finally:
        if looked:
            gc.enable()
            gc.collect()
    return Block(
        first=seeds.start,
        seeds=len(seeds),
        steps=told,
        cpu_s=process_time() - before,
        faults=dict(sorted(faults.items())),
        broken=broken,
        unknown=tuple(sorted(UNKNOWN)),
    )


def story_of(seed: int, steps: int | None, *, patience_s: float = 60.0) -> str:
    """Return the shortest story that fails as this seed does, told step by step."""
    steps = steps_of(seed) if steps is None else steps
    kind = _kind(play(seed, steps).broken)
    short = shrink(
        draw(seed, steps),
        lambda tried: _kind(play(seed, steps, story=tried).broken) == kind,
        patience_s=patience_s,
    )
    world, broken = live(short)
    return "\n".join([*world.told, *(broken or ("it holds",))])


def _kind(broken: tuple[str, ...]) -> str:
    return broken[0][:14] if broken else ""


def _results(blocks: Iterable[range], steps: int | None, jobs: int) -> Iterator[Block]:
    if jobs <= 1:
        for seeds in blocks:
            yield play_block(seeds, steps)
        return
    with multiprocessing.get_context("spawn").Pool(jobs, _begin) as pool:
        yield from pool.imap_unordered(_one, ((seeds, steps) for seeds in blocks))


def _begin() -> None:
    """Leave stopping to the first process, and what is loaded out of the search for garbage."""
    gc.freeze()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN if each == signal.SIGINT else signal.SIG_DFL)


def _one(task: tuple[range, int | None]) -> Block:
    return play_block(*task)
