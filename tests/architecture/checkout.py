"""The files of this checkout, for tests that look at the code itself."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("server", "mobile_app", "sync", "schemas", "loadtests", "tests", "alembic")


@cache
def tracked() -> tuple[Path, ...]:
    """Return every file that belongs to the project: what git keeps, or what lies there without git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
        return tuple(path for name in names if (path := ROOT / name).is_file())
    return tuple(path for folder in OURS for path in (ROOT / folder).rglob("*") if path.is_file())


def modules() -> Iterator[Path]:
    """Yield every Python file of the project."""
    return (path for path in tracked() if path.suffix == ".py")
