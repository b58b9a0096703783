"""No fault between tablets and server loses, doubles or leaks an edit: seeded runs, judged by an oracle.

The simulation drives the tablet's half of sync, which nothing of the server may import. It runs as a process
of its own, from a checkout.
"""

import argparse
import os
import signal
import subprocess
import sys

import msgspec

from server.proofs.proof import Proof
from server.proofs.tablet_side import CHECKOUT, AttackFailed

SIMULATION = "tests.simulation.command"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=1000, help="how many runs (default: %(default)s)")
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="S", help="the first seed")
    parser.add_argument("--steps", type=int, default=50, help="steps of each run (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--postgres", action="store_true", help="the server on a real PostgreSQL")
    parser.add_argument("--save", action="store_true", help="keep the figures in docs/proofs")


def prove_alone(arguments: argparse.Namespace) -> Proof:
    """Run the seeds and return what they came to."""
    words = ["run", f"--seeds={arguments.seeds}", f"--from={arguments.first}", f"--steps={arguments.steps}"]
    words += [f"--jobs={arguments.jobs}", *(["--postgres"] if arguments.postgres else [])]
    words += ["--save"] if arguments.save else []
    return proof_of_child(SIMULATION, words)


def proof_of_child(module: str, words: list[str]) -> Proof:
    """Return the proof that a module of the checkout prints as JSON; its progress goes to our own.

    Raises:
        AttackFailed: this is no checkout, or the attack itself broke.
    """
    if not (CHECKOUT / "tests" / "simulation").is_dir():
        raise AttackFailed("this attack is part of a checkout, not of an installation")
    before = signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is the child's: it says what held so far
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", module, *words],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.PIPE,
            check=False,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        return msgspec.json.decode(done.stdout, type=Proof)
    except msgspec.DecodeError as error:
        raise AttackFailed(f"the attack ended with {done.returncode} and said no proof") from error
