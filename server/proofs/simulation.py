"""No fault between tablets and server loses, doubles or leaks an edit: seeded runs, judged by an oracle.

The simulation drives the tablet's half of sync, which nothing of the server may import. It runs as a process
of its own, from a checkout.
"""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec

from server.proofs.proof import Proof
from server.proofs.tablet_side import CHECKOUT, AttackFailed

SIMULATION = "tests.simulation.command"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=1000, help="how many runs (default: %(default)s)")
    parser.add_argument("--from", type=int, default=0, metavar="S", help="the first seed")
    parser.add_argument("--steps", type=int, help="steps of each run (default: many short runs, some long)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--postgres", action="store_true", help="the server on a real PostgreSQL")
    parser.add_argument(
        "--progress",
        metavar="FILE",
        help="go on from what is written here, and write what is run; may be stopped",
    )


def kept_as(arguments: argparse.Namespace) -> str:
    """Return the name under which the figures are kept."""
    return "simulation-postgres" if arguments.postgres else "simulation"


def prove_alone(arguments: argparse.Namespace) -> Proof:
    """Run the seeds and return what they came to."""
    words = [
        "run",
        f"--seeds={arguments.seeds}",
        f"--from={getattr(arguments, 'from')}",
        f"--jobs={arguments.jobs}",
    ]
    words += [f"--steps={arguments.steps}"] if arguments.steps else []
    words += ["--postgres"] if arguments.postgres else []
    words += [f"--progress={Path(arguments.progress).absolute()}"] if arguments.progress else []
    return proof_of_child(SIMULATION, words)


def proof_of_child(module: str, words: list[str]) -> Proof:
    """Return the proof that a module of the checkout prints as JSON; its progress goes to our own.

    Raises:
        AttackFailed: this is no checkout, or the attack itself broke.
    """
    if not (CHECKOUT / "tests" / "simulation").is_dir():
        raise AttackFailed("this attack is part of a checkout, not of an installation")
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", module, *words],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
    )
    # To be stopped is the child's business: it says what held so far. Ctrl-C reaches it by itself.
    reactions = {signal.SIGINT: lambda *_: None, signal.SIGTERM: lambda *_: child.terminate()}
    before = {number: signal.signal(number, reaction) for number, reaction in reactions.items()}
    try:
        said, _ = child.communicate()
    finally:
        for number, reaction in before.items():
            signal.signal(number, reaction)
    *logged, last = said.splitlines() or [b""]  # what runs there may log lines before
    for line in logged:
        print(line.decode(errors="replace"), file=sys.stderr)
    try:
        return msgspec.json.decode(last, type=Proof)
    except msgspec.DecodeError as error:
        raise AttackFailed(f"the attack ended with {child.returncode} and said no proof") from error
