"""The tail of the outbox: edits answered in the last seven days, in case the server forgets them.

A server restored from a backup or failed over with a loss has forgotten answers it gave; mutation ids make
sending again harmless. An edit whose fields its author may not read back is not kept.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from schemas.mutations import MalformedMutation, UnknownOperation, decode_mutation
from schemas.visibility import Lens
from sync.reducer import fields_of
from sync.replica.driver import Connection

KEPT_MS = 7 * 86_400_000

_COLUMNS = "n, mutation_id, record_id, op, args, base, hlc, policy_version, app_version, author, at"


def keep(connection: Connection, mutation_id: UUID, *, lens: Lens, wall_ms: int) -> None:
    """Keep an edit that is about to leave the outbox, if what it says may stay here."""
    row = connection.execute(
        "select op, args from outbox where mutation_id = ? and state <> 'erased'", (mutation_id.bytes,)
    ).fetchone()
    if row is None or not _may_stay(row[0], row[1], lens):
        return
    connection.execute(
        f"insert or ignore into answered ({_COLUMNS}, answered_at)"  # noqa: S608 (names only)
        f" select {_COLUMNS}, ? from outbox where mutation_id = ?",
        (wall_ms, mutation_id.bytes),
    )


def expire(connection: Connection, *, wall_ms: int) -> bool:
    """Forget what was answered long ago; return whether anything went."""
    gone = connection.execute("delete from answered where answered_at < ?", (wall_ms - KEPT_MS,))
    return gone.rowcount > 0


def forget(connection: Connection, record_ids: Collection[UUID]) -> None:
    """Forget what was said about these records."""
    connection.executemany(
        "delete from answered where record_id = ?", [(record_id.bytes,) for record_id in record_ids]
    )


def forget_unreadable(connection: Connection, lens: Lens) -> bool:
    """Forget what this lens no longer shows; return whether anything went."""
    rows = connection.execute("select n, op, args from answered").fetchall()
    gone = [(n,) for n, op, args in rows if not _may_stay(op, args, lens)]
    connection.executemany("delete from answered where n = ?", gone)
    return bool(gone)


def send_again(connection: Connection) -> set[UUID]:
    """Put the tail back into the outbox, before what waits there, and what did not pass with it.

    What was refused, parked or contested the server kept for a person to look at: that, too, it may have
    forgotten. The caller numbers the queue anew. Returns the records concerned.
    """
    shown = ask_again(connection)
    rows = connection.execute("select record_id from answered").fetchall()
    connection.execute(
        f"insert or ignore into outbox ({_COLUMNS}) select {_COLUMNS} from answered"  # noqa: S608 (names only)
    )
    connection.execute("delete from answered")
    return shown | {UUID(bytes=row[0]) for row in rows}


def doubt(connection: Connection, mutation_ids: Sequence[UUID]) -> set[UUID]:
    """Put these back into the outbox if they were answered quietly before: one of two answers is void.

    The caller numbers the queue anew. Returns the records concerned.
    """
    concerned = set()
    for key in (each.bytes for each in mutation_ids):
        row = connection.execute("select record_id from answered where mutation_id = ?", (key,)).fetchone()
        if row is not None:
            connection.execute(
                f"insert or ignore into outbox ({_COLUMNS}) select {_COLUMNS} from answered"  # noqa: S608 (names only)
                " where mutation_id = ?",
                (key,),
            )
            connection.execute("delete from answered where mutation_id = ?", (key,))
            concerned.add(UUID(bytes=row[0]))
    return concerned


def ask_again(connection: Connection) -> set[UUID]:
    """Put what did not pass back into the outbox, to hear what became of it.

    The caller numbers the queue anew. Returns the records concerned.
    """
    kept = "state not in ('queued', 'erased')"
    shown = connection.execute(f"select record_id from outbox where {kept}").fetchall()  # noqa: S608 (ours)
    connection.execute(
        f"update outbox set state = 'queued', code = null, detail = null where {kept}"  # noqa: S608 (ours)
    )
    return {UUID(bytes=row[0]) for row in shown}


def _may_stay(op: str, args: bytes, lens: Lens) -> bool:
    try:
        fields = fields_of(decode_mutation(op, args))
    except (UnknownOperation, MalformedMutation):
        return False
    return all(lens.reads(field) for field in fields)
