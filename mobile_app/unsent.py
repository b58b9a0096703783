"""What a tablet could not send, sealed for the server: beside each store, left behind by a wipe, delivered.

``people/<id>/unsent.rescue`` follows that person's queue. When the stores are destroyed it moves to
``unsent/``, where it waits for anybody whom the server lets deliver it.
"""

import os
from pathlib import Path
from uuid import uuid4

from mobile_app.sealed_files import read_file, replace_file

BESIDE_THE_STORE = "unsent.rescue"
LEFT_BEHIND = "unsent"


def keep(folder: Path, file: bytes) -> None:
    """Keep a person's unsent edits beside his store; nothing when nothing waits."""
    path = folder / BESIDE_THE_STORE
    if file:
        replace_file(path, file)
    else:
        path.unlink(missing_ok=True)


def leave_behind(tablet: Path, person: Path) -> None:
    """Move a person's unsent edits out of the way of what destroys or replaces his store."""
    path = person / BESIDE_THE_STORE
    if path.exists():
        (tablet / LEFT_BEHIND).mkdir(exist_ok=True)
        os.replace(path, tablet / LEFT_BEHIND / f"{uuid4()}.rescue")


def left_behind(tablet: Path) -> list[Path]:
    """Return the files that wait to be delivered, by name."""
    return sorted((tablet / LEFT_BEHIND).glob("*.rescue"))


def content_of(path: Path) -> bytes:
    """Return a file's content; empty when it was delivered meanwhile."""
    return read_file(path) or b""
