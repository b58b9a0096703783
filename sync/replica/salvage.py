"""Saving what a damaged store holds and nobody else has: the edits not answered yet, and their problems.

The rest is the server's word and is fetched again. The damaged file is set aside first; then a new file is
made whole under another name and put in its place. Killed at any point, the next start goes on.
"""

import os
import re
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from schemas.record import Struct
from sync.replica.conversion import PLAIN_HEADER, sync_file, sync_folder
from sync.replica.database import CHECK_S, open_store, transaction
from sync.replica.driver import ERRORS, Connection, StoreDamaged, connect
from sync.replica.meta import ClockState, Meta
from sync.replica.pages import Pages

DAMAGED, FRESH = ".damaged", ".fresh"
BESIDE = ("-wal", "-shm", "-journal")
COLUMNS = (
    "n", "seq", "mutation_id", "record_id", "op", "args", "base", "hlc", "policy_version", "app_version",
    "author", "at", "state", "code", "detail",
)  # fmt: skip
_STUMBLES: tuple[type[Exception], ...] = (*ERRORS, UnicodeDecodeError)
_OP = re.compile(r"[a-z_.]{1,64}@\d{1,4}")

Edit = tuple[Any, ...]  # in the order of COLUMNS


class Recovery(Struct):
    """What was saved of a damaged store."""

    edits: int
    whole: bool  # nothing of the queue could have been missed


def open_or_recover(
    path: Path, key: bytes | None, *, check_s: float = CHECK_S
) -> tuple[Connection, Recovery | None]:
    """Open a store; a damaged one is replaced by a new one that holds its edits, and what was saved is told.

    Args:
        check_s: as of ``open_store``.

    Raises:
        StoreTooNew, StoreFull, StoreNotWritable, KeyNotSupported: as ``open_store``; nothing is replaced.
    """
    aside = path.with_name(path.name + DAMAGED)
    if path.exists() or not aside.exists():
        try:
            return open_store(path, key, check_s=check_s), None
        except StoreDamaged:
            set_aside(path)
    for suffix in BESIDE:  # of the damaged file: beside a new one they would be taken for its own
        if Path(f"{path}{suffix}").exists():
            os.replace(f"{path}{suffix}", f"{aside}{suffix}")
    edits, whole = salvage(aside, key)
    _write_fresh(path, key, edits)
    return open_store(path, key), Recovery(edits=len(edits), whole=whole)


def forget_damaged(path: Path) -> None:
    """Remove the file set aside, once everything that can be fetched again has been."""
    for suffix in ("", *BESIDE):
        Path(f"{path}{DAMAGED}{suffix}").unlink(missing_ok=True)


def set_aside(path: Path) -> None:
    """Take a closed store's file out of use; the next opening saves what can be saved of it.

    Its log stays where it is until then: were it moved first and the power cut, the file would open without.
    """
    aside = path.with_name(path.name + DAMAGED)
    for suffix in BESIDE:
        Path(f"{aside}{suffix}").unlink(missing_ok=True)
    os.replace(path, aside)
    sync_folder(path.parent)


def salvage(path: Path, key: bytes | None) -> tuple[list[Edit], bool]:
    """Return the edits of a damaged store, oldest first, and whether that is certainly all of them.

    The file is only read. SQLite is asked first; where it stumbles, every sound page is searched for rows
    that can be nothing but edits.
    """
    if key is not None and path.read_bytes()[: len(PLAIN_HEADER)] == PLAIN_HEADER:
        key = None
    asked, whole = _ask(path, key)
    found = {edit[2]: edit for edit in asked if is_edit(edit)}
    if not whole:
        pages = Pages(path, key)
        for rowid, row in pages.rows():
            edit = (rowid, *row[1 : len(COLUMNS)])
            if is_edit(edit):
                found.setdefault(edit[2], edit)
    return sorted(found.values(), key=lambda edit: int(edit[0])), whole


def is_edit(row: Edit) -> bool:
    """Return whether a row can be nothing but an edit of an outbox."""
    if len(row) != len(COLUMNS):
        return False
    n, seq, mutation_id, record_id, op, args, base, hlc, policy, app, author, at, state, code, detail = row
    if not all(isinstance(key, bytes) and len(key) == 16 for key in (mutation_id, record_id)):
        return False
    if not all(isinstance(number, int) for number in (n, hlc, policy, at)) or not isinstance(seq, int | None):
        return False
    if not all(isinstance(text, str) for text in (op, app, author, state)) or not isinstance(
        code, str | None
    ):
        return False
    if not _OP.fullmatch(op):
        return False
    try:
        msgspec.json.decode(args, type=dict[str, Any])
        msgspec.json.decode(base, type=dict[str, int])
        msgspec.json.decode(detail or b"{}", type=dict[str, Any])
    except (msgspec.DecodeError, TypeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _ask(path: Path, key: bytes | None) -> tuple[list[Edit], bool]:
    """Return what SQLite can read of the queue from its beginning and from its end."""
    found: dict[int, Edit] = {}
    whole = False
    for order in ("asc", "desc"):
        try:
            with closing(connect(path, key, read_only=True)) as connection:
                rows = connection.execute(
                    f"select {', '.join(COLUMNS)} from outbox not indexed order by n {order}"  # noqa: S608
                )
                for row in rows:
                    found[row[0]] = row
                whole = connection.execute("pragma quick_check(outbox)").fetchone() == ("ok",)
        except _STUMBLES:
            continue
        break
    return list(found.values()), whole


def _write_fresh(path: Path, key: bytes | None, edits: Iterable[Edit]) -> None:
    """Make a store that holds these edits, whole, then give it its name."""
    fresh = path.with_name(path.name + FRESH)
    for suffix in ("", *BESIDE):
        Path(f"{fresh}{suffix}").unlink(missing_ok=True)
    connection = open_store(fresh, key)
    marks = ", ".join("?" * len(COLUMNS))
    with closing(connection), transaction(connection):
        rows = [(edit[0], None, *edit[2:]) for edit in edits]  # numbers belong to the identity that is lost
        connection.executemany(
            f"insert into outbox ({', '.join(COLUMNS)}) values ({marks})",  # noqa: S608
            rows,
        )
        Meta(connection).clock = ClockState(reading=max((row[7] for row in rows), default=0))
    sync_file(fresh)
    os.replace(fresh, path)
    sync_folder(path.parent)
