"""Opening the tablet's store: the one place that makes a connection, and what every transaction promises."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sync.replica.conversion import PLAIN_HEADER, seal_file, sync_folder
from sync.replica.driver import (
    ERRORS,
    Connection,
    KeyNotSupported,
    StoreDamaged,
    StoreFull,
    StoreNotWritable,
    connect,
    failure_of,
)

__all__ = [
    "MIGRATIONS",
    "KeyNotSupported",
    "StoreDamaged",
    "StoreFull",
    "StoreNotWritable",
    "StoreTooNew",
    "forget_deleted",
    "look_for_damage",
    "open_store",
    "tables",
    "transaction",
]

# Each script brings the store from its place in the tuple to the next version. Shipped ones never change.
MIGRATIONS: tuple[str, ...] = tuple(
    Path(__file__).with_name(script).read_text(encoding="utf-8")
    for script in ("schema.sql", "tail.sql", "packed.sql", "blocks.sql")
)

CHECK_S = 0.5  # how long an opening may look for damage; edits are looked at first and to the end
CHECK_EVERY = 10_000  # steps of SQLite between two looks at the clock
MEMORY = ":memory:"


class StoreTooNew(Exception):
    """A later version of the app wrote this file."""


def open_store(
    path: Path | str, key: bytes | None = None, *, vfs: str | None = None, check_s: float = CHECK_S
) -> Connection:
    """Return a connection to the store in this file, made, checked and brought to this version of the schema.

    A committed transaction survives a power cut. Deleted values are overwritten. Under a key every byte of
    the file and of its log is encrypted and authenticated; a plain file is taken over into an encrypted one.
    The connection may be handed from thread to thread, and is used by one at a time.

    Args:
        path: the file; its folder exists. ``":memory:"`` keeps nothing.
        key: the data key of an encrypted store, 32 bytes; None for a plain one.
        vfs: for proofs that own the disk.
        check_s: how long to look for damage beyond what cannot be fetched again; 0 for who looks later
            (``look_for_damage``).

    Raises:
        StoreDamaged: the file fails SQLite's own check, or was written under another key.
        StoreTooNew: the file was written by a later version.
        StoreFull, StoreNotWritable: the tablet cannot keep anything now.
        KeyNotSupported: a key was given and nothing here can use it.
    """
    try:
        if path != MEMORY and vfs is None:
            _make_file(Path(path))
            if key is not None and _is_plain(Path(path)):
                seal_file(Path(path), key)
        connection = connect(path, key, vfs=vfs)
    except ERRORS as error:
        raise failure_of(error) or StoreDamaged(type(error).__name__) from error
    try:
        promise(connection)
        _check(connection, check_s)
        _migrate(connection)
        _finish_purge(connection)
    except ERRORS as error:
        connection.close()
        raise failure_of(error) or StoreDamaged(type(error).__name__) from error
    except BaseException:
        connection.close()
        raise
    return connection


def promise(connection: Connection) -> None:
    """Set what makes saved mean saved and deleted mean deleted."""
    # EXTRA must stand before WAL: in this order nothing was lost in simulated power cuts.
    connection.execute("pragma synchronous = extra")
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma secure_delete = on")
    connection.execute("pragma temp_store = memory")


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Commit what the block does, or none of it.

    Raises:
        StoreFull, StoreNotWritable, StoreDamaged: nothing of the block was kept.
    """
    try:
        connection.execute("begin immediate")
        try:
            yield
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise
    except ERRORS as error:
        failure = failure_of(error)
        if failure is None:
            raise
        raise failure from error


def forget_deleted(connection: Connection) -> None:
    """Leave no trace of deleted values in the write-ahead log. Call outside a transaction, after a purge."""
    connection.execute("pragma wal_checkpoint(truncate)")


def _finish_purge(connection: Connection) -> None:
    """Do what a power cut may have left undone between a purge and its last step.

    A full tablet opens all the same: what is kept can be read, and the next start or purge tries again.
    """
    try:
        forget_deleted(connection)
    except ERRORS as error:
        if not isinstance(failure_of(error), StoreFull):
            raise


def _make_file(path: Path) -> None:
    try:
        fresh = not path.exists()
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        if fresh:  # the name, too, must outlive a power cut
            sync_folder(path.parent)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StoreFull if full else StoreNotWritable from error


def _is_plain(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(len(PLAIN_HEADER)) == PLAIN_HEADER


def _check(connection: Connection, seconds: float) -> None:
    """Look for damage: all of what cannot be fetched again, and of the rest as much as the time allows.

    What is not looked at now is noticed when it is read.
    """
    held = tables(connection)
    for table in ("outbox", "meta"):
        if table in held:
            _demand_ok(connection, f"pragma quick_check({table})")
    if seconds > 0:
        _look(connection, "pragma quick_check(1)", seconds)


def tables(connection: Connection) -> list[str]:
    """Return the tables of a store, by name."""
    rows = connection.execute("select name from sqlite_master where type = 'table' order by name")
    return [row[0] for row in rows]


def look_for_damage(connection: Connection, table: str, seconds: float) -> None:
    """Look through one of the tables, as far as the time allows.

    Raises:
        StoreDamaged: something in it is not sound.
    """
    try:
        _look(connection, f"pragma quick_check({table})", seconds)
    except ERRORS as error:
        raise failure_of(error) or StoreDamaged(type(error).__name__) from error


def _look(connection: Connection, question: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    connection.set_progress_handler(lambda: int(time.monotonic() > until), CHECK_EVERY)
    try:
        _demand_ok(connection, question)
    except ERRORS:
        if time.monotonic() <= until:
            raise
    finally:
        connection.set_progress_handler(None, 0)


def _demand_ok(connection: Connection, question: str) -> None:
    verdict = connection.execute(question).fetchone()[0]
    if verdict != "ok":
        raise StoreDamaged(str(verdict)[:200])


def _migrate(connection: Connection) -> None:
    version = connection.execute("pragma user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise StoreTooNew(f"version {version}, known up to {len(MIGRATIONS)}")
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        # executescript() would commit before it starts: the script carries its own transaction.
        connection.executescript(f"begin immediate;\n{script}\npragma user_version = {number};\ncommit;")
