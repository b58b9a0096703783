"""The same stories on a real PostgreSQL: every statement runs for real, one transaction beside another."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, process_time

from server.database.embedded import cluster
from server.database.migrate import migrate
from server.replication import tablet_pull
from tests.simulation.point_in_time import PointInTime
from tests.simulation.postgres import Database
from tests.simulation.postgres_house import PostgresHouse
from tests.simulation.runs import Block, Progress, Tally
from tests.simulation.simulation import ending
from tests.simulation.story import Step, draw, steps_of
from tests.simulation.world import World

LEFT_OUT = {"standby_asked"}  # it needs another cluster
REWINDING = {"failed_over", "server_backup_made", "server_restored"}  # they need a cluster of their own


@contextmanager
def small_pages() -> Iterator[None]:
    """Let pages be small inside the block."""
    smallest, tablet_pull.SMALLEST_PAGE = tablet_pull.SMALLEST_PAGE, 1
    try:
        yield
    finally:
        tablet_pull.SMALLEST_PAGE = smallest


def play_on(database: Database, story: Sequence[Step]) -> tuple[World, tuple[str, ...]]:
    """Tell a story to a world whose server is on this database."""
    with small_pages():
        world = World(PostgresHouse(database))
        told = [step for step in story if step.name not in LEFT_OUT]
        if database.kept is None:
            told = [step for step in told if step.name not in REWINDING]
        elif any(step.name in REWINDING for step in told):
            database.kept.keep()
        world.write(said="merges are the product's own")
        broken = ending(world, told)
        for each in [*database.open]:
            each.rollback()
        return world, broken


def play_many_on_postgres(
    blocks: Iterable[range], steps: int | None, *, progress: Progress = lambda tally, block: None
) -> Tally:
    """Run seeds one after the other on a PostgreSQL that is thrown away."""
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-simulation-") as folder,
        cluster(Path(folder) / "postgres", durable=False) as running,
    ):
        url = running.ensure_database("simulation")
        asyncio.run(migrate(url))
        return play_all_on(url, blocks, steps, kept=PointInTime(running), progress=progress)


def play_all_on(
    url: str,
    blocks: Iterable[range],
    steps: int | None,
    *,
    kept: PointInTime | None = None,
    progress: Progress = lambda tally, block: None,
    tell: Callable[[str], None] = lambda line: None,
) -> Tally:
    """Run seeds one after the other on a migrated database, whose rows are lost.

    Args:
        kept: puts the cluster back, where nobody else uses it: else no story loses commits.
    """
    started, tally = monotonic(), Tally()
    database = Database(url, kept=kept)
    try:
        for seeds in blocks:
            block = _play_block(database, seeds, steps, tell)
            tally.add(block)
            progress(tally, block)
    except KeyboardInterrupt:
        tally.stopped = True
    finally:
        database.close()
    tally.wall_s = monotonic() - started
    return tally


def _play_block(database: Database, seeds: range, steps: int | None, tell: Callable[[str], None]) -> Block:
    faults: Counter[str] = Counter()
    broken: dict[int, tuple[str, ...]] = {}
    told, before = 0, process_time()
    for seed in seeds:
        story = draw(seed, steps_of(seed) if steps is None else steps)
        world, why = play_on(database, story)
        world.close()
        told += len(story)
        faults.update(world.faults)
        if why:
            broken[seed] = why
            tell("\n".join(world.told))
    return Block(
        first=seeds.start,
        seeds=len(seeds),
        steps=told,
        cpu_s=process_time() - before,
        faults=dict(sorted(faults.items())),
        broken=broken,
    )
