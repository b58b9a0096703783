"""The promise that what the tablet showed as saved is there after a power cut."""

import argparse
import time

from server.proofs.proof import Proof
from server.proofs.tablet_side import attacked

SUMMARY = "what was saved on the tablet is there after a power cut"
A_SLICE = 2_000
PLACES = ("lost", "half_done", "unreadable")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cuts", type=int, default=A_SLICE, metavar="N",
        help="power cuts; 100,000 take about 6 minutes plain and 12 encrypted (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--encrypted", action="store_true", help="on the encrypted store; else a plain one")
    parser.add_argument("--seed", type=int, default=1, help="of the first day that is played")
    parser.add_argument("--weaken", metavar="PRAGMA", help="break the store on purpose: synchronous=normal")


def kept_as(options: argparse.Namespace) -> str:
    """Return the name under which the figures are kept."""
    return "power-cuts-encrypted" if options.encrypted else "power-cuts"


def prove_alone(options: argparse.Namespace) -> Proof:
    """Cut the power and count what is missing."""
    words = ["--cuts", str(options.cuts), "--seed", str(options.seed)]
    words += ["--encrypted"] if options.encrypted else []
    words += ["--weaken", options.weaken] if options.weaken else []
    started = time.monotonic()
    found = attacked("tests.crash.power_cuts", *words)
    took = time.monotonic() - started
    kind = "encrypted" if options.encrypted else "plain"
    counts = ", ".join(f"{found[place]} {place.replace('_', ' ')}" for place in PLACES)
    return Proof(
        promise="what was saved on the tablet is there after a power cut",
        figure=f"{found['cuts']} cuts of the {kind} store in {took:.0f} s: {counts}",
        holds=not any(found[place] for place in PLACES),
        broken_by=tuple(found["first"]),
        figures=found,
    )
