"""``python -m tests.simulation.command``: runs seeds or plants defects, and prints one proof as JSON."""

import argparse
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tests.simulation.faults import FAULTS

STANDARD = 1000  # seeds at which every kind of fault has to be met
TOLD_EVERY = 250  # seeds
SHAPE = "of ten stories seven have 20 steps, two 40, one 100"


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser()
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run")
    run.add_argument("--seeds", type=int, default=STANDARD)
    run.add_argument("--from", dest="first", type=int, default=0)
    run.add_argument("--steps", type=int)
    run.add_argument("--jobs", type=int, default=1)
    run.add_argument("--postgres", action="store_true")
    run.add_argument("--progress", type=Path)
    mutants = actions.add_parser("mutants")
    mutants.add_argument("--seeds", type=int, default=400)
    mutants.add_argument("--steps", type=int, default=80)
    mutants.add_argument("--jobs", type=int, default=1)
    mutants.add_argument("--only", default="")
    arguments = parser.parse_args()
    if arguments.action == "run":
        return simulate(arguments)
    from tests.simulation.planting import plant_all

    return plant_all(arguments)


def simulate(arguments: argparse.Namespace) -> int:
    """Run seeds, print the proof, tell the shortest story of the first that fails."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)  # stopped, it says and keeps what held so far
    from tests.simulation.kept import Progress
    from tests.simulation.runs import Block, Tally, blocks_of, play_many, story_of

    kept = Progress(arguments.progress) if arguments.progress else None
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    told = 0

    def progress(tally: Tally, block: Block) -> None:
        nonlocal told
        if kept is not None:
            kept.add(block)
        if tally.seeds >= told + TOLD_EVERY:
            told = tally.seeds
            held = f"{tally.seeds} seeds, {tally.injected} faults, {len(tally.broken)} broken"
            print(f"{datetime.now(UTC):%H:%M:%S} {held}: {sorted(tally.broken)}", file=sys.stderr, flush=True)

    blocks = blocks_of(seeds, without=kept.done() if kept else ())
    if arguments.postgres:
        from tests.simulation.on_postgres import play_many_on_postgres

        tally = play_many_on_postgres(blocks, arguments.steps, progress=progress)
    else:
        tally = play_many(blocks, arguments.steps, jobs=arguments.jobs, progress=progress)
    if kept is not None:
        tally = kept.tally(stopped=tally.stopped)
    where = " on PostgreSQL" if arguments.postgres else ""
    commits = kept.by_commit() if kept else []
    of = f" of {len(commits)} commits" if len(commits) > 1 else ""
    missed = [] if arguments.postgres or tally.seeds < STANDARD else sorted(set(FAULTS) - set(tally.faults))
    broken = [f"seed {seed}: {'; '.join(why)[:300]}" for seed, why in sorted(tally.broken.items())[:5]]
    broken += [f"never met: {', '.join(missed)}"] if missed else []
    broken += [f"statement not known to the simulation: {each}" for each in tally.unknown]
    facts = {
        "promise": "no fault loses, doubles or leaks an edit",
        "figure": (
            f"{tally.seeds} seeds{where}{of}, {tally.steps} steps, {tally.injected} faults of"
            f" {len(tally.faults)} kinds"
            f" in {tally.cpu_s:.0f} s of processor, {len(tally.broken)} broken"
        ),
        "holds": not broken and tally.seeds > 0,
        "broken_by": broken,
        "figures": {
            "stories": f"{arguments.steps} steps" if arguments.steps else SHAPE,
            "stopped": tally.stopped,
            "seeds": tally.seeds,
            "steps": tally.steps,
            "faults": tally.injected,
            "kinds": len(tally.faults),
            "broken": len(tally.broken),
            "cpu_s": round(tally.cpu_s, 1),
            "commits": commits,
            "by_kind": tally.faults,
        },
    }
    if tally.broken and not arguments.postgres and not tally.stopped:
        first = min(tally.broken)
        print(story_of(first, arguments.steps), file=sys.stderr)
        print(f"again: comptoir prove simulation --seeds 1 --from {first}", end="", file=sys.stderr)
        print(f" --steps {arguments.steps}" if arguments.steps else "", file=sys.stderr)
    print(msgspec.json.encode(facts).decode())
    return 0 if facts["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
