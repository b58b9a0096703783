"""Opening the tablet's store: the one place that makes a connection, and what every transaction promises."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Each script brings the store from its place in the tuple to the next version. Shipped ones never change.
MIGRATIONS: tuple[str, ...] = (Path(__file__).with_name("schema.sql").read_text(encoding="utf-8"),)


class StoreDamaged(Exception):
    """The file is not a sound database. Its outbox may still be readable; the rest can be fetched again."""


class StoreTooNew(Exception):
    """A later version of the app wrote this file."""


class KeyNotSupported(Exception):
    """This build keeps the store in plain SQLite and cannot open one under a key."""


def open_store(path: Path | str, key: bytes | None = None) -> sqlite3.Connection:
    """Return a connection to the store in this file, made, checked and brought to this version of the schema.

    A committed transaction survives a power cut. Deleted values are overwritten. The connection may be handed
    from thread to thread, and is used by one at a time.

    Args:
        path: the file; its folder exists. ``":memory:"`` keeps nothing.
        key: the data key of an encrypted store; only ``None`` is supported yet.

    Raises:
        StoreDamaged: the file fails SQLite's own check.
        StoreTooNew: the file was written by a later version.
        KeyNotSupported: a key was given.
    """
    if key is not None:
        raise KeyNotSupported
    if path != ":memory:":
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        # EXTRA must stand before WAL: in this order nothing was lost in simulated power cuts.
        connection.execute("pragma synchronous = extra")
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma secure_delete = on")
        connection.execute("pragma temp_store = memory")
        verdict = connection.execute("pragma quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise StoreDamaged(str(verdict)[:200])
        _migrate(connection)
        forget_deleted(connection)  # a power cut may have come between a purge and its last step
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreDamaged(type(error).__name__) from error
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what the block does, or none of it."""
    connection.execute("begin immediate")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise


def forget_deleted(connection: sqlite3.Connection) -> None:
    """Leave no trace of deleted values in the write-ahead log. Call outside a transaction, after a purge."""
    connection.execute("pragma wal_checkpoint(truncate)")


def _migrate(connection: sqlite3.Connection) -> None:
    version = connection.execute("pragma user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise StoreTooNew(f"version {version}, known up to {len(MIGRATIONS)}")
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        # executescript() would commit before it starts: the script carries its own transaction.
        connection.executescript(f"begin immediate;\n{script}\npragma user_version = {number};\ncommit;")
