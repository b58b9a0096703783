"""The promise that the tablet, killed at any point, has done what it did whole or not at all."""

import argparse
import time

from server.proofs.proof import Proof
from server.proofs.tablet_side import attacked

SUMMARY = "the tablet killed at any point loses nothing and leaves nothing half done"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--flow", action="append", default=[], metavar="NAME", help="only this; repeatable")


def prove_alone(options: argparse.Namespace) -> Proof:
    """Kill the tablet at each statement and line of everything it does to its files."""
    started = time.monotonic()
    words = [word for flow in options.flow for word in ("--flow", flow)]
    found = attacked("tests.crash.kill_points", *words)
    took = time.monotonic() - started
    points = ", ".join(f"{name} {count}" for name, count in found["points"].items())
    return Proof(
        promise=SUMMARY,
        figure=f"{found['kills']} kills in {took:.0f} s ({points}): {len(found['broken'])} broken",
        holds=not found["broken"],
        broken_by=tuple(found["broken"][:10]),
        figures={"kills": found["kills"], "points": found["points"]},
    )
