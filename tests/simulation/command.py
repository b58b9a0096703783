"""``python -m tests.simulation.command``: runs seeds or plants defects, and prints one proof as JSON."""

import argparse
import os
import platform
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tests.simulation.faults import FAULTS

if TYPE_CHECKING:
    from tests.simulation.runs import Tally

DOCS = Path(__file__).parents[2] / "docs" / "proofs"
STANDARD = 1000  # seeds at which every kind of fault has to be met
STEPS = 50  # of a story: some twenty-five faults
TOLD_EVERY = 250  # seeds


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser()
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run")
    run.add_argument("--seeds", type=int, default=STANDARD)
    run.add_argument("--from", dest="first", type=int, default=0)
    run.add_argument("--steps", type=int, default=STEPS)
    run.add_argument("--jobs", type=int, default=1)
    run.add_argument("--postgres", action="store_true")
    run.add_argument("--save", action="store_true")
    mutants = actions.add_parser("mutants")
    mutants.add_argument("--seeds", type=int, default=400)
    mutants.add_argument("--steps", type=int, default=80)
    mutants.add_argument("--jobs", type=int, default=1)
    mutants.add_argument("--only", default="")
    mutants.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    if arguments.action == "run":
        return simulate(arguments)
    from tests.simulation.planting import plant_all

    return plant_all(arguments)


def simulate(arguments: argparse.Namespace) -> int:
    """Run seeds, print the proof, tell the shortest story of the first that fails."""
    from tests.simulation.runs import play_many, story_of

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)  # stopped, it says and keeps what held so far
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    if arguments.postgres:
        from tests.simulation.on_postgres import play_many_on_postgres

        tally = play_many_on_postgres(seeds, arguments.steps, progress=_progress)
    else:
        tally = play_many(seeds, arguments.steps, jobs=arguments.jobs, progress=_progress)
    where = " on PostgreSQL" if arguments.postgres else ""
    missed = [] if arguments.postgres or tally.seeds < STANDARD else sorted(set(FAULTS) - set(tally.faults))
    broken = [f"seed {seed}: {'; '.join(why)[:300]}" for seed, why in sorted(tally.broken.items())[:5]]
    broken += [f"never met: {', '.join(missed)}"] if missed else []
    broken += [f"statement not known to the simulation: {each}" for each in tally.unknown]
    facts = {
        "promise": "no fault loses, doubles or leaks an edit",
        "figure": (
            f"{tally.seeds} seeds{where}, {tally.steps} steps, {tally.injected} faults of"
            f" {len(tally.faults)} kinds"
            f" in {tally.wall_s:.0f} s, {len(tally.broken)} broken"
        ),
        "holds": not broken,
        "broken_by": broken,
    }
    if tally.broken and not arguments.postgres:
        first = min(tally.broken)
        print(story_of(first, arguments.steps), file=sys.stderr)
        print(
            f"again: comptoir prove simulation --seeds 1 --from {first} --steps {arguments.steps}",
            file=sys.stderr,
        )
    if arguments.save:
        keep(
            "simulation-postgres" if arguments.postgres else "simulation",
            {
                "command": f"comptoir prove simulation --seeds {arguments.seeds} --from {arguments.first}"
                f" --steps {arguments.steps}{' --postgres' if arguments.postgres else ''}",
                "commit": _commit(),
                "stopped": tally.stopped,
                "seeds": tally.seeds,
                "steps": tally.steps,
                "faults": tally.injected,
                "kinds": len(tally.faults),
                "broken": len(tally.broken),
                "wall_s": round(tally.wall_s, 1),
                "by_kind": tally.faults,
            },
        )
    print(msgspec.json.encode(facts).decode())
    return 0 if not broken else 1


def keep(name: str, facts: dict[str, Any]) -> None:
    """Keep the figures of a run, with the machine and the day."""
    DOCS.mkdir(parents=True, exist_ok=True)
    machine = {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }
    kept = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine, **facts}
    (DOCS / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=2) + b"\n")


def _commit() -> str:
    """The commit that was run, with a plus sign where the folder holds something else."""
    git = ["git", "-C", str(DOCS.parent), "describe", "--always", "--abbrev=12", "--dirty=+"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()


def _progress(tally: "Tally") -> None:
    if tally.seeds % TOLD_EVERY == 0:
        held = f"{tally.seeds} seeds, {tally.injected} faults, {len(tally.broken)} broken"
        print(f"{datetime.now(UTC):%H:%M:%S} {held}: {sorted(tally.broken)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
