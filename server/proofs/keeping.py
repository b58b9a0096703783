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
PAGE: Final = KEPT.with_suffix(".md")
INTRODUCTION: Final = """\
# Proofs

What each attack on a promise came to when it was last run at length. `comptoir prove NAME --save` writes its
file beside this page, and the page. A commit with a plus sign had changes beside it.

| proof | figure | holds | command | day | commit | machine |
|---|---|---|---|---|---|---|"""


def keep(file: Path, facts: Mapping[str, Any]) -> None:
    """Write what a run came to, beside when and where it ran."""
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": this_commit(),
        "machine": _machine(),
        **facts,
    }
    file.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=2) + b"\n")
    if file.parent == KEPT:
        PAGE.write_text(page(KEPT), encoding="utf-8")


def page(folder: Path) -> str:
    """Return the page of all proofs whose figures are kept in a folder."""
    lines = [INTRODUCTION]
    for path in sorted(folder.glob("*.json")):
        kept = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        words = (
            f"[{path.stem}]({folder.name}/{path.name})",
            f"{kept.get('promise', '')}: {kept.get('figure', '')}",
            "yes" if kept.get("holds") else "**no**",
            f"`{kept.get('command', '')}`",
            str(kept.get("at", ""))[:10],
            str(kept.get("commit", "")),
            f"{kept['machine']['cores']} cores, load {kept['machine']['load']}",
        )
        lines.append(f"| {' | '.join(words)} |")
    return "\n".join(lines) + "\n"


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


def this_commit() -> str:
    """Return the commit that was run, with a plus sign where the folder holds something else."""
    git = ["git", "-C", str(CHECKOUT), "describe", "--always", "--abbrev=12", "--dirty=+"]
    try:
        return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""
