"""Where the figures of a proof are kept: a JSON file a promise, with command, commit, machine and day."""

import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

CHECKOUT: Final = Path(__file__).resolve().parents[2]
KEPT: Final = CHECKOUT / "docs" / "proofs"


def keep(file: Path, facts: Mapping[str, Any]) -> None:
    """Write what a run came to, beside when and where it ran."""
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": _machine(),
        **facts,
    }
    file.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=2) + b"\n")


def place_of(name: str) -> Path:
    """Return where the figures of a promise lie in a checkout."""
    return KEPT / f"{name}.json"


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def _commit() -> str:
    """Return the commit that was run, with a plus sign where the folder holds something else."""
    git = ["git", "-C", str(CHECKOUT), "describe", "--always", "--abbrev=12", "--dirty=+"]
    try:
        return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""
