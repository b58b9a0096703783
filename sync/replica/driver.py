"""Which SQLite opens a store: the standard library's for a plain one, SQLCipher's for one under a key."""

import sqlite3
from pathlib import Path
from typing import Any, cast

from sync.replica.pages import store_salt

try:
    from sqlcipher3 import dbapi2 as _cipher
except ImportError:  # no wheel for this platform; its own SQLite may still know keys
    _cipher = None

Connection = sqlite3.Connection  # SQLCipher's has the same methods

ERRORS: tuple[type[Exception], ...] = (sqlite3.Error, _cipher.Error) if _cipher else (sqlite3.Error,)
KEY_BYTES = 32

_NO_ROOM = (sqlite3.SQLITE_FULL,)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_NOT_WRITABLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN)


class StoreDamaged(Exception):
    """The file is not a sound database. Its outbox may still be readable; the rest can be fetched again."""


class StoreFull(Exception):
    """The tablet has no room left. Nothing of this change was kept; everything kept before is there."""


class StoreNotWritable(Exception):
    """The tablet's folder refuses to be written. Nothing of this change was kept."""


class KeyNotSupported(Exception):
    """This installation has no SQLite that knows keys: it refuses rather than write in the clear."""


def connect(
    path: Path | str, key: bytes | None, *, vfs: str | None = None, read_only: bool = False
) -> Connection:
    """Return a bare connection: no pragmas, no checks.

    Args:
        key: 32 random bytes; None for a plain file.
        vfs: the name of a registered SQLite VFS, for proofs that own the disk.
        read_only: nothing in the file changes, not even its log.

    Raises:
        KeyNotSupported: a key was given and nothing here can use it.
    """
    name, is_uri = str(path), False
    if vfs is not None or read_only:
        wanted = f"vfs={vfs}" if vfs else "mode=ro"
        name, is_uri = f"{Path(path).absolute().as_uri()}?{wanted}", True
    if key is None:
        return sqlite3.connect(name, isolation_level=None, check_same_thread=False, uri=is_uri)
    if len(key) != KEY_BYTES:
        raise KeyNotSupported("a key is 32 bytes")
    module: Any = _cipher or sqlite3
    connection = module.connect(name, isolation_level=None, check_same_thread=False, uri=is_uri)
    connection.execute("pragma cipher_log_level = none")  # it would speak of pages on standard error
    if _cipher is None:  # SQLite3MultipleCiphers in the standard library's place: the same file format
        connection.execute("pragma cipher = 'sqlcipher'")
        connection.execute("pragma legacy = 4")
    if not any(connection.execute(f"pragma {name}").fetchone() for name in ("cipher_version", "cipher")):
        connection.close()
        raise KeyNotSupported("no SQLCipher here: pip install sqlcipher3==0.6.4")
    # A raw key and its salt: SQLCipher stretches passphrases, and this is none.
    connection.execute(f"pragma key = \"x'{key.hex()}{store_salt(key).hex()}'\"")
    return cast(Connection, connection)


def failure_of(error: Exception) -> Exception | None:
    """Return what an error of the database means for a store, or None when it is a bug of ours."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in _NO_ROOM:
        return StoreFull()
    if code in _DAMAGED:
        return StoreDamaged(type(error).__name__)
    if code in _NOT_WRITABLE:
        return StoreNotWritable()
    return None
