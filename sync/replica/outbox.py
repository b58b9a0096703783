"""The queue of edits: appended when made, numbered for the server, kept until answered; problems shown."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import msgspec

from schemas.ids import conflict_id_of
from schemas.mutations import Envelope, ResolveConflict, RevealValue
from schemas.protocol import MAX_EDITS, MAX_PUSH_BYTES, Outcome, OutcomeStatus
from schemas.record import Struct
from schemas.visibility import Lens
from sync.replica.driver import Connection

# Verdicts after which nothing is left to tell: the edit is in the record, or a newer value stands above it.
_QUIET = (
    OutcomeStatus.APPLIED,
    OutcomeStatus.MERGED,
    OutcomeStatus.DUPLICATE,
    OutcomeStatus.REDIRECTED,
)
_TOLD_OF_OTHERS = ("theirs", "base", "by", "at", "channel")  # what a conflict tells beside one's own word
RESOLVE = str(ResolveConflict.__struct_config__.tag)
REVEAL = str(RevealValue.__struct_config__.tag)
_ENVELOPE_OVERHEAD = 160  # bytes of an envelope besides arguments and base, generously


class Queued(Struct):
    """An edit awaiting its answer, with who made it."""

    envelope: Envelope
    author: str
    at: int  # wall milliseconds


class Problem(Struct):
    """An edit that the server did not take as it was, kept until a person has seen it."""

    mutation_id: UUID
    record_id: UUID
    op: str
    args: bytes
    author: str
    at: int  # wall milliseconds when it was made
    state: str  # "refused", "conflict", "parked", "erased", or a verdict of a later server
    code: str | None
    detail: dict[str, str]


def append(connection: Connection, queued: Queued) -> None:
    """Keep an edit. Its number must be ``next_seq``."""
    envelope = queued.envelope
    connection.execute(
        "insert into outbox (seq, mutation_id, record_id, op, args, base, hlc, policy_version, app_version,"
        " author, at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            envelope.seq,
            envelope.mutation_id.bytes,
            envelope.record_id.bytes,
            envelope.op,
            envelope.args,
            msgspec.json.encode(envelope.base),
            envelope.hlc,
            envelope.policy_version,
            envelope.app_version,
            queued.author,
            queued.at,
        ),
    )


_COLUMNS = "seq, mutation_id, record_id, op, args, base, hlc, policy_version, app_version, author, at"


def queued_for(connection: Connection, record_id: UUID) -> list[Queued]:
    """Return the edits of one record that await an answer, oldest first."""
    return queued_for_any(connection, (record_id,))


def queued_for_any(connection: Connection, record_ids: Collection[UUID]) -> list[Queued]:
    """Return the edits of the records of one person that await an answer, oldest first."""
    marks = ", ".join("?" * len(record_ids))
    rows = connection.execute(
        f"select {_COLUMNS} from outbox"  # noqa: S608 (marks and columns only)
        f" where record_id in ({marks}) and state = 'queued' order by n",
        [record_id.bytes for record_id in record_ids],
    )
    return [_queued(row) for row in rows]


def all_queued(connection: Connection) -> list[Queued]:
    """Return every edit that awaits an answer, oldest first."""
    rows = connection.execute(
        f"select {_COLUMNS} from outbox where state = 'queued' order by n"  # noqa: S608
    )
    return [_queued(row) for row in rows]


def batch(connection: Connection) -> tuple[Envelope, ...]:
    """Return the oldest queued edits that fit one push; at least one if any waits."""
    rows = connection.execute(
        f"select {_COLUMNS} from outbox where state = 'queued' order by seq limit ?",  # noqa: S608
        (MAX_EDITS,),
    )
    chosen: list[Envelope] = []
    size = 0
    for row in rows:
        envelope = _queued(row).envelope
        size += len(envelope.args) + len(row[5]) + len(envelope.op) + _ENVELOPE_OVERHEAD
        if chosen and size > MAX_PUSH_BYTES:
            break
        chosen.append(envelope)
    return tuple(chosen)


def queued_records(connection: Connection) -> set[UUID]:
    """Return the records that have edits awaiting an answer."""
    rows = connection.execute("select distinct record_id from outbox where state = 'queued'")
    return {UUID(bytes=row[0]) for row in rows}


def next_seq(connection: Connection, *, answered: int) -> int:
    """Return the number of the next edit: after every queued one, and after all that were ever answered."""
    highest = connection.execute("select max(seq) from outbox").fetchone()[0]
    return max(highest or 0, answered) + 1


def renumber(connection: Connection, *, first: int) -> None:
    """Give the queued edits new numbers without a hole, in the order they were made."""
    rows = connection.execute("select n from outbox where state = 'queued' order by n").fetchall()
    # Two steps through negative numbers: a unique column allows no overlap on the way.
    connection.executemany(
        "update outbox set seq = ? where n = ?", [(-first - i, row[0]) for i, row in enumerate(rows)]
    )
    connection.execute("update outbox set seq = -seq where seq < 0")


def is_quiet(outcome: Outcome) -> bool:
    """Whether a verdict leaves nothing to tell: the edit is in the record, or a newer value stands."""
    return _first_status(outcome) in _QUIET


def settle(connection: Connection, outcome: Outcome) -> UUID | None:
    """Take one verdict: drop the edit, or keep it as a problem. Return the record it concerns.

    The edit is found by its number *and* its id; a verdict on anything else is None and changes nothing.
    """
    row = connection.execute(
        "select record_id, op from outbox where seq = ? and mutation_id = ? and state = 'queued'",
        (outcome.seq, outcome.mutation_id.bytes),
    ).fetchone()
    if row is None:
        return None
    key = outcome.mutation_id.bytes
    status = _first_status(outcome)
    if status in _QUIET:
        connection.execute("delete from outbox where mutation_id = ?", (key,))
    elif status == OutcomeStatus.ERASED:
        _leave_notice(connection, "mutation_id = ?", key)
    elif status == OutcomeStatus.CONFLICT and row[1] == RESOLVE:
        _ask_anew(connection, outcome.detail)
        connection.execute("delete from outbox where mutation_id = ?", (key,))
    else:
        connection.execute(
            "update outbox set seq = null, state = ?, code = ?, detail = ?,"
            " record_id = coalesce(?, record_id) where mutation_id = ?",
            (str(status), outcome.code, msgspec.json.encode(outcome.detail), _into(outcome), key),
        )
    return UUID(bytes=row[0])


def conclude(connection: Connection, outcome: Outcome) -> bool:
    """Take what became later of an edit that is shown as a problem; return whether one was.

    An edit that still waits for its first answer is left to that answer, which says the same.
    """
    key = outcome.mutation_id.bytes
    if outcome.status in _QUIET:
        gone = connection.execute("delete from outbox where mutation_id = ? and state <> 'queued'", (key,))
        return gone.rowcount > 0
    told = connection.execute(
        "update outbox set state = ?, code = ? where mutation_id = ? and state not in ('queued', 'erased')",
        (str(outcome.status), outcome.code, key),
    )
    return told.rowcount > 0


def _ask_anew(connection: Connection, told: dict[str, str]) -> None:
    """Let what a conflict asks be asked against the word that its decision met. It stays one question."""
    asked = connection.execute("select mutation_id from outbox where state = 'conflict'").fetchall()
    for (key,) in asked:
        if str(conflict_id_of(UUID(bytes=key))) == told.get("conflict_id"):
            detail = msgspec.json.encode(told)
            connection.execute("update outbox set detail = ? where mutation_id = ?", (detail, key))


def _into(outcome: Outcome) -> bytes | None:
    """The customer whose edit it is now: the survivor, if hers was merged."""
    try:
        return UUID(outcome.detail["into"]).bytes
    except (KeyError, ValueError):
        return None


def _first_status(outcome: Outcome) -> OutcomeStatus:
    if outcome.status == OutcomeStatus.DUPLICATE:  # the reply with the first verdict was lost
        return OutcomeStatus(outcome.detail.get("status", OutcomeStatus.APPLIED))
    return outcome.status


def erase(connection: Connection, record_id: UUID) -> None:
    """Drop what was said about an erased person; a notice without content stays.

    Queued edits keep number and place, so that the server gives its verdict on each.
    """
    _leave_notice(connection, "record_id = ? and state <> 'queued'", record_id.bytes)
    connection.execute(
        "update outbox set args = x'7b7d', base = x'7b7d'"
        " where record_id = ? and state = 'queued' and op <> ?",
        (record_id.bytes, REVEAL),
    )
    connection.execute(  # that somebody looked at her is still to be told; in his words it is not
        "update outbox set args = cast(json_set(cast(args as text), '$.reason', 'own_words') as blob)"
        " where record_id = ? and state = 'queued' and op = ?",
        (record_id.bytes, REVEAL),
    )


def forget_unreadable(connection: Connection, lens: Lens) -> bool:
    """Take from problems what others said of fields this lens no longer shows; return whether anything went.

    One's own words stay: they are in the edit.
    """
    rows = connection.execute("select mutation_id, detail from outbox where detail is not null").fetchall()
    gone = False
    for key, told in rows:
        detail = msgspec.json.decode(told, type=dict[str, str])
        field = detail.get("field", "").partition("/")[0]
        kept = {name: text for name, text in detail.items() if name not in _TOLD_OF_OTHERS}
        if field and len(kept) < len(detail) and not lens.reads(field):
            connection.execute(
                "update outbox set detail = ? where mutation_id = ?", (msgspec.json.encode(kept), key)
            )
            gone = True
    return gone


def _leave_notice(connection: Connection, where: str, key: bytes) -> None:
    statement = (
        "update outbox set seq = null, state = 'erased', code = null, detail = null,"  # noqa: S608 (ours)
        f" args = x'7b7d', base = x'7b7d' where {where}"
    )
    connection.execute(statement, (key,))


def problems(connection: Connection) -> list[Problem]:
    """Return the edits that a person should look at, oldest first."""
    rows = connection.execute(
        "select mutation_id, record_id, op, args, author, at, state, code, detail from outbox"
        " where state <> 'queued' order by n"
    )
    return [
        Problem(
            mutation_id=UUID(bytes=row[0]),
            record_id=UUID(bytes=row[1]),
            op=row[2],
            args=row[3],
            author=row[4],
            at=row[5],
            state=row[6],
            code=row[7],
            detail=msgspec.json.decode(row[8], type=dict[str, str]) if row[8] else {},
        )
        for row in rows
    ]


def count_problems(connection: Connection) -> int:
    """Return how many edits a person should look at."""
    count: int = connection.execute("select count(*) from outbox where state <> 'queued'").fetchone()[0]
    return count


def dismiss(connection: Connection, mutation_id: UUID) -> bool:
    """Forget a problem that a person has seen. Return whether there was one; a queued edit is none."""
    gone = connection.execute(
        "delete from outbox where mutation_id = ? and state <> 'queued'", (mutation_id.bytes,)
    )
    return gone.rowcount > 0


def waiting(connection: Connection) -> tuple[int, int | None]:
    """Return how many edits await an answer, and when the oldest was made (wall milliseconds)."""
    count, oldest = connection.execute(
        "select count(*), min(at) from outbox where state = 'queued'"
    ).fetchone()
    return count, oldest


def _queued(row: Mapping[int, Any] | tuple[Any, ...]) -> Queued:
    return Queued(
        envelope=Envelope(
            seq=row[0],
            mutation_id=UUID(bytes=row[1]),
            record_id=UUID(bytes=row[2]),
            op=row[3],
            args=row[4],
            base=msgspec.json.decode(row[5], type=dict[str, int]),
            hlc=row[6],
            policy_version=row[7],
            app_version=row[8],
        ),
        author=row[9],
        at=row[10],
    )
