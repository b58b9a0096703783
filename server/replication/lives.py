"""Lives of the database: which one this is, what an earlier one's token is worth, what lasts for one of them.

A life begins when PostgreSQL starts, recovers, is promoted or restored: its marker is unlogged, hence
emptied by recovery, and names the start of its postmaster. Numbers of transactions, and with them tokens,
belong to a life.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec

from schemas.problem import ErrorCode
from server.database.pool import Connection
from server.problems import Refusal
from server.replication.token import FeedToken, Stream, clamp_snapshot
from server.scope import scope_ids

MOST_LIVES = 8  # remembered by a process
MOST_SCOPES = 50_000
MOST_CALLERS = 50_000


# What a standby says to whoever looks at an unlogged table there.
NO_UNLOGGED = (asyncpg.FeatureNotSupportedError, asyncpg.ObjectNotInPrerequisiteStateError)


class OnStandby(Refusal):
    """The statement ran on a standby, whose snapshots lack the transactions in progress: try again later."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.UNAVAILABLE)


async def current_boot(connection: Connection) -> UUID:
    """Return the name of this life of the database, beginning one after a start, a crash or a promotion.

    Raises:
        OnStandby: the database is no primary, and has no life of its own.
    """
    try:
        boot: UUID = await connection.fetchval("select name_life()")
    except NO_UNLOGGED as error:
        raise OnStandby from error
    return boot


async def token_of_this_boot(connection: Connection, held: FeedToken, boot: UUID) -> FeedToken | None:
    """Return the token with its snapshots made safe for this life of the database, or None: history is lost.

    A token of an earlier life is good if all it has seen was written to the log before the place where the
    next life took up: then it is clamped to the lowest floor since, and a little is sent twice. A life
    unknown here, another database system, or a log that ended earlier mean that what the replica holds may
    never have happened here.
    """
    if held.boot == boot:
        return held
    row = await connection.fetchrow(
        """
        select min(later.floor::text::bigint) as floor,
               min(later.start_lsn) as log_end,
               bool_and(later.system_identifier = mine.system_identifier
                        and later.start_lsn is not null) as same
        from boot mine join boot later on later.place > mine.place
        where mine.boot_id = $1
        """,
        held.boot,
    )
    if row is None or row["floor"] is None or not row["same"] or held.lsn > row["log_end"]:
        return None
    streams = tuple(_clamped(stream, row["floor"]) for stream in held.streams)
    return FeedToken(boot=boot, streams=streams, lsn=held.lsn)


def _clamped(stream: Stream, floor: int) -> Stream:
    """Return a stream that claims nothing from the floor on. A walk under way goes on from where it stands.

    Begun anew, a walk from nothing would pass over those who have left since their row was sent.
    """
    target = None if stream.target is None else clamp_snapshot(stream.target, floor)
    return msgspec.structs.replace(stream, base=clamp_snapshot(stream.base, floor), target=target)


class Remembered:
    """What a process knows of one life of the database: a pull with nothing new reads next to nothing."""

    def __init__(self) -> None:
        self._scopes: dict[str, int] = {}
        self._seen: dict[tuple[UUID, UUID, UUID], datetime] = {}

    async def scope_ids(self, connection: Connection, keys: Iterable[str]) -> dict[str, int]:
        """Return the number of every scope, making those that are new.

        A scope made here is not remembered yet: the transaction may still be undone.
        """
        wanted = tuple(keys)
        if (ids := self.ids_known(wanted)) is not None:
            return ids
        known = await connection.fetch("select key, id from scope where key = any($1)", wanted)
        if len(self._scopes) > MOST_SCOPES:
            self._scopes.clear()
        self._scopes.update({row["key"]: row["id"] for row in known})
        ids = self.ids_known(wanted)
        return await scope_ids(connection, wanted) if ids is None else ids

    def ids_known(self, keys: Sequence[str]) -> dict[str, int] | None:
        """Return the numbers of scopes if all of them are remembered."""
        if not all(key in self._scopes for key in keys):
            return None
        return {key: self._scopes[key] for key in keys}

    def note(self, caller: tuple[UUID, UUID, UUID], now: datetime, every: timedelta) -> bool:
        """Return whether it is time to write down that a tablet called, and remember that it was done."""
        if not self.is_due(caller, now, every):
            return False
        if len(self._seen) > MOST_CALLERS:
            self._seen.clear()
        self._seen[caller] = now
        return True

    def is_due(self, caller: tuple[UUID, UUID, UUID], now: datetime, every: timedelta) -> bool:
        """Whether ``note`` would return true."""
        last = self._seen.get(caller)
        return last is None or not last <= now < last + every

    def forget(self, caller: tuple[UUID, UUID, UUID]) -> None:
        """Let it be time at the next call."""
        self._seen.pop(caller, None)


_lives: dict[UUID, Remembered] = {}


def remembered(boot: UUID) -> Remembered:
    """Return what this process knows of a life."""
    if boot not in _lives:
        while len(_lives) >= MOST_LIVES:
            del _lives[next(iter(_lives))]
        _lives[boot] = Remembered()
    return _lives[boot]
