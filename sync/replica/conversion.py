"""Taking a plain store over into an encrypted one, once, in steps of which each may be the last."""

import os
from pathlib import Path

from sync.replica.driver import connect

PLAIN_HEADER = b"SQLite format 3\0"
_CHUNK = 1 << 20


def seal_file(path: Path, key: bytes) -> None:
    """Replace a plain store by an encrypted one of the same content; what was plain is overwritten.

    Killed at any point the old file or the new one is there, whole. The log of the old file is folded into it
    first: left beside the new one it would be taken for its own.
    """
    sealed = path.with_name(f"{path.name}.sealing")
    for stale in (sealed, Path(f"{sealed}-wal"), Path(f"{sealed}-journal"), Path(f"{sealed}-shm")):
        stale.unlink(missing_ok=True)
    plain = connect(path, None)
    try:
        plain.execute("pragma synchronous = extra")
        plain.execute("pragma journal_mode = delete")
    finally:
        plain.close()
    sync_folder(path.parent)
    os.close(os.open(sealed, os.O_CREAT | os.O_RDWR, 0o600))
    copy = connect(sealed, key)
    try:
        copy.execute("pragma synchronous = extra")
        # The key of the attached file is empty: it is plain.
        copy.execute("attach database ? as plain key ''", (str(path),))
        version = copy.execute("pragma plain.user_version").fetchone()[0]
        copy.execute("select sqlcipher_export('main', 'plain')").fetchone()
        copy.execute(f"pragma user_version = {int(version)}")
        copy.execute("detach database plain")
    finally:
        copy.close()
    sync_file(sealed)
    if os.name == "nt":  # an open file cannot be replaced there
        os.replace(sealed, path)
        return
    with open(path, "r+b") as before:
        os.replace(sealed, path)
        sync_folder(path.parent)
        _overwrite(before.fileno())


def sync_file(path: Path) -> None:
    """Bring a file's content to the disk."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _overwrite(descriptor: int) -> None:
    """Write zeros over a file whose name is gone already."""
    left = os.fstat(descriptor).st_size
    while left > 0:
        left -= os.write(descriptor, bytes(min(left, _CHUNK)))
    os.fsync(descriptor)
