"""Attacks on the tablet's own half. The server may not hold it: they run as programs of the checkout."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

CHECKOUT = Path(__file__).parents[2]


class AttackFailed(Exception):
    """The attack itself could not be made; the message says why."""


def attacked(module: str, *options: str) -> dict[str, Any]:
    """Run an attack of ``tests/crash`` and return what it printed.

    Raises:
        AttackFailed: this is no checkout, or the attack itself broke.
    """
    if not (CHECKOUT / "tests" / "crash").is_dir():
        raise AttackFailed("this attack is part of a checkout, not of an installation")
    done = subprocess.run(
        [sys.executable, "-P", "-m", module, *options],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        check=False,
    )
    try:
        found: dict[str, Any] = msgspec.json.decode(done.stdout, type=dict[str, Any])
    except msgspec.DecodeError as error:
        last = done.stderr.decode(errors="replace").strip().splitlines()
        raise AttackFailed(f"the attack failed: {last[-1] if last else 'it said nothing'}") from error
    return found
