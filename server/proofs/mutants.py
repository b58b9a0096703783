"""Every planted defect is caught: one-line defects of product code, each met by the simulation.

Like the simulation it runs as a process of its own, from a checkout.
"""

import argparse
import os

from server.proofs.proof import Proof
from server.proofs.simulation import SIMULATION, proof_of_child


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=400, help="runs at most for each (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=80, help="steps of each run (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--only", default="", metavar="WORD", help="those whose name holds this word")


def prove_alone(arguments: argparse.Namespace) -> Proof:
    """Plant each defect in turn and return how many were caught."""
    words = [
        "mutants",
        f"--seeds={arguments.seeds}",
        f"--steps={arguments.steps}",
        f"--jobs={arguments.jobs}",
        f"--only={arguments.only}",
    ]
    return proof_of_child(SIMULATION, words)
