"""The queue of what is to leave the house: entered with the edit that means it, claimed by one sender.

A line goes waiting > sending > leaving > its end. Until *leaving* nothing was given away, and a sender that
dies is followed by another. From *leaving* on the other side may have it: a line whose sender dies then is
*unsure*, shown, and sent again only when a person says so. So nothing is handed over twice by itself.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from schemas.consent import ConsentState, ContactChannel
from schemas.messages import UNDO_MS
from schemas.mutations import RecordConsent, SendMessage
from schemas.record import Struct
from server.database.pool import Connection
from server.replication.workspace import Entry

KINDS = MESSAGE, CONFIRMATION = "message", "confirmation"
CLAIM_S = 300  # longer than any attempt may take
GRACE_MS = 5_000  # beyond the tablet's undo: the word that takes it back is on its way
MOST_ATTEMPTS = 8
FIRST_WAIT_S, LONGEST_WAIT_S = 60, 6 * 3600
STUCK = ("dead", "unsure")  # what waits for a person


class Job(Struct):
    """A line of the queue."""

    id: UUID
    customer_id: UUID
    kind: str
    brand: str
    channel: str
    purpose: str
    state: str
    attempts: int
    claim: UUID | None = None
    author: str | None = None
    reason: str | None = None
    answer: str | None = None


_COLUMNS = ", ".join(Job.__struct_fields__)


async def queue_messages(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Enter messages, to leave once they can no longer be taken back."""
    rows = []
    for entry in entries:
        assert isinstance(entry.mutation, SendMessage) and entry.state is not None
        said = entry.mutation
        rows.append(
            (
                said.message_id,
                entry.state.customer_id,
                MESSAGE,
                said.brand,
                said.channel.value,
                said.purpose.value,
                entry.said.author,
                _instant(min(entry.said.hlc >> 16, now_ms) + UNDO_MS + GRACE_MS),
            )
        )
    await _enter(connection, rows)


async def ask_to_confirm(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Enter the mail that asks her to say again what she granted under a wording that wants it so."""
    asked = []
    for entry in entries:
        assert isinstance(entry.mutation, RecordConsent) and entry.state is not None
        said = entry.mutation
        if (
            said.state is ConsentState.GRANTED
            and said.channel is ContactChannel.EMAIL
            and said.confirms is None
            and said.wording
        ):
            asked.append((entry, said))
    if not asked:
        return
    wanted = await connection.fetch(
        """
        select brand, purpose, version from consent_wording
        where channel = 'email' and confirm and published_at is not null and version = any($1)
        """,
        [said.wording for _, said in asked],
    )
    keys = {(row["brand"], row["purpose"], row["version"]) for row in wanted}
    rows = [
        (
            entry.said.mid,
            entry.state.customer_id,
            CONFIRMATION,
            said.brand,
            said.channel.value,
            said.purpose.value,
            entry.said.author,
            _instant(now_ms),
        )
        for entry, said in asked
        if entry.state is not None and (said.brand, said.purpose.value, said.wording) in keys
    ]
    await _enter(connection, rows)


async def _enter(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        await connection.executemany(
            """
            insert into outgoing (id, customer_id, kind, brand, channel, purpose, author, not_before)
            values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing
            """,
            rows,
        )


async def claim_next(connection: Connection, claim: UUID, *, now: datetime) -> Job | None:
    """Take the line that has waited longest and may leave; two senders never take the same one."""
    row = await connection.fetchrow(
        f"""
        update outgoing set state = 'sending', attempts = attempts + 1, claim = $1, claimed_until = $2
        where (id, customer_id) = (
          select id, customer_id from outgoing where state = 'waiting' and not_before <= $3
          order by not_before, id limit 1 for update skip locked)
        returning {_COLUMNS}
        """,  # noqa: S608 (the columns are ours)
        claim,
        now + timedelta(seconds=CLAIM_S),
        now,
    )
    return _job(row) if row is not None else None


async def claimed(connection: Connection, claim: UUID) -> Job | None:
    """Return the line a sender has in hand as it is now, locked; None when it is his no more, or gone."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from outgoing where claim = $1"  # noqa: S608 (the columns are ours)
        " and state in ('sending', 'leaving') for update",
        claim,
    )
    return _job(row) if row is not None else None


async def leave(connection: Connection, claim: UUID) -> bool:
    """Note that the other side is about to get it; False when it is in this hand no more."""
    said = await connection.execute(
        "update outgoing set state = 'leaving' where claim = $1 and state = 'sending'", claim
    )
    return said == "UPDATE 1"


async def end(
    connection: Connection, job: Job, state: str, *, reason: str | None, answer: str | None, now: datetime
) -> None:
    """Write how a line ended."""
    await connection.execute(
        """
        update outgoing set state = $2, reason = $3, answer = $4, ended_at = $5, claim = null,
               claimed_until = null
        where claim = $1
        """,
        job.claim,
        state,
        reason,
        answer,
        now,
    )


async def put_off(connection: Connection, job: Job, *, until: datetime, answer: str | None) -> None:
    """Let a line wait for another attempt."""
    await connection.execute(
        """
        update outgoing set state = 'waiting', not_before = $2, answer = $3, claim = null,
               claimed_until = null
        where claim = $1
        """,
        job.claim,
        until,
        answer,
    )


def wait_after(attempts: int, *, noise: float) -> timedelta:
    """Return how long a line waits after so many attempts: doubling, to six hours, spread by a fifth."""
    doubled = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** max(0, attempts - 1))
    return timedelta(seconds=doubled * (0.9 + 0.2 * noise))


async def take_up_lost(connection: Connection, *, now: datetime) -> list[Job]:
    """Let lines whose sender died before giving anything away wait again; return those that may have left."""
    await connection.execute(
        """
        update outgoing set state = 'waiting', claim = null, claimed_until = null
        where state = 'sending' and claimed_until < $1
        """,
        now,
    )
    rows = await connection.fetch(
        f"select {_COLUMNS} from outgoing where state = 'leaving' and claimed_until < $1"  # noqa: S608
        " order by claimed_until limit 100",
        now,
    )
    return [_job(row) for row in rows]


class Line(Struct):
    """A line of the queue as it is shown: no address and no text."""

    id: UUID
    customer_id: UUID
    kind: str
    channel: str
    purpose: str
    author: str | None
    state: str
    reason: str | None
    answer: str | None
    attempts: int
    created_at: datetime
    not_before: datetime


async def lines(
    connection: Connection,
    states: Sequence[str],
    *,
    brand: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    kinds: Sequence[str] = KINDS,
) -> list[Line]:
    """Return lines in these states and of these kinds, the oldest first; of every brand for None."""
    rows = await connection.fetch(
        f"""
        select {", ".join(Line.__struct_fields__)} from outgoing
        where state = any($1) and kind = any($6) and ($2::text is null or brand = $2)
          and ($3::timestamptz is null or (created_at, id) > ($3, $4::uuid))
        order by created_at, id limit $5
        """,  # noqa: S608 (the columns are ours)
        list(states),
        brand,
        *(after or (None, None)),
        limit,
        list(kinds),
    )
    return [Line(**dict(row)) for row in rows]


async def retry(
    connection: Connection,
    ids: Sequence[UUID] | None,
    *,
    brand: str | None,
    now: datetime,
    kinds: Sequence[str] = KINDS,
) -> int:
    """Let what waits for a person be tried again: these, or all, of these kinds. Return how many."""
    said = await connection.execute(
        """
        update outgoing set state = 'waiting', attempts = 0, not_before = $2, reason = null, ended_at = null,
               claim = null, claimed_until = null
        where state = any($4) and kind = any($5) and ($3::text is null or brand = $3)
          and ($1::uuid[] is null or id = any($1))
        """,
        list(ids) if ids is not None else None,
        now,
        brand,
        list(STUCK),
        list(kinds),
    )
    return int(said.rpartition(" ")[2])


def _instant(wall_ms: int) -> datetime:
    return datetime.fromtimestamp(wall_ms / 1000, UTC)


def _job(row: asyncpg.Record) -> Job:
    return Job(**dict(row))
