"""Many seeds: run side by side, counted, and a failing one told as the shortest story that fails."""

import multiprocessing
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from time import monotonic

from schemas.record import Struct
from tests.simulation.shrink import shrink
from tests.simulation.simulation import Result, live, play
from tests.simulation.statements import UNKNOWN
from tests.simulation.story import draw


class Tally(Struct, frozen=False):
    """What many runs came to."""

    seeds: int = 0
    steps: int = 0
    wall_s: float = 0.0
    faults: dict[str, int] = {}
    broken: dict[int, tuple[str, ...]] = {}
    stopped: bool = False  # before all seeds were run
    unknown: tuple[str, ...] = ()  # statements that the memory does not know

    @property
    def injected(self) -> int:
        """How many faults were injected in all."""
        return sum(self.faults.values())


Progress = Callable[[Tally], None]


def play_many(
    seeds: Iterable[int],
    steps: int,
    *,
    jobs: int = 1,
    stop_at: int = 20,
    progress: "Progress" = lambda tally: None,
) -> Tally:
    """Run seeds and add up what they came to; give up after so many failing ones, or when told to stop."""
    started = monotonic()
    tally = Tally(faults={}, broken={})
    faults: Counter[str] = Counter()
    unknown: set[str] = set()
    try:
        for result, strangers in _results(seeds, steps, jobs):
            tally.seeds += 1
            tally.steps += result.steps
            faults.update(result.faults)
            unknown |= strangers
            if result.broken:
                tally.broken = {**tally.broken, result.seed: result.broken}
            tally.faults = faults
            progress(tally)
            if len(tally.broken) >= stop_at:
                break
    except KeyboardInterrupt:
        tally.stopped = True
    tally.faults = dict(sorted(faults.items()))
    tally.unknown = tuple(sorted(unknown))
    tally.wall_s = monotonic() - started
    return tally


def story_of(seed: int, steps: int, *, patience_s: float = 60.0) -> str:
    """Return the shortest story that fails as this seed does, told step by step."""
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


def _results(seeds: Iterable[int], steps: int, jobs: int) -> Iterator[tuple[Result, set[str]]]:
    if jobs <= 1:
        for seed in seeds:
            yield play(seed, steps), set(UNKNOWN)
        return
    with multiprocessing.get_context("spawn").Pool(jobs, _leave_stopping_to_the_first) as pool:
        yield from pool.imap(_one, ((seed, steps) for seed in seeds), chunksize=4)


def _leave_stopping_to_the_first() -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN if each == signal.SIGINT else signal.SIG_DFL)


def _one(task: tuple[int, int]) -> tuple[Result, set[str]]:
    return play(*task), set(UNKNOWN)
