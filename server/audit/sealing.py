"""Sealing: events that were committed get their places in the chain, and the chain's head is signed anew."""

from datetime import UTC, datetime
from pathlib import Path

import structlog

from schemas.record import Struct
from server.audit import chain
from server.audit.head import Head, genuine, keep, signed, signing_key
from server.database.pool import Connection, Pool, transaction
from server.database.roles import Work

SEAL_LOCK = 0x41554449
SEAL_BATCH = 5_000

log = structlog.get_logger()


class Sealed(Struct):
    """What one step did."""

    events: int
    head: Head
    broken: bool = False  # the chain did not go on from where it had ended


class Sealer:
    """Seals for as long as a process runs, and remembers where the chain ended when it last looked.

    Any number of processes may seal: one at a time does.
    """

    def __init__(self, secret: bytes, *, keep_at: Path | None = None) -> None:
        self._key = signing_key(secret)
        self._keep_at = keep_at
        self._seen: Head | None = None

    async def run_once(self, pool: Pool) -> int:
        """Seal in a transaction of its own, keep the head outside too, and return how many events."""
        async with transaction(pool, Work.KEEPER) as connection:
            sealed = await self.seal(connection)
        if sealed is None:
            return 0
        self._seen = sealed.head
        if sealed.broken:
            log.error("audit.chain_broken", link=sealed.head.link, breaks=sealed.head.breaks)
        if self._keep_at is not None:
            keep(self._keep_at, sealed.head)
        return sealed.events

    async def seal(self, connection: Connection) -> Sealed | None:
        """Seal in the caller's transaction; None when another process is at it, or nothing is new.

        A chain that does not go on from its signed head was cut or rewritten by somebody. That cannot be put
        right; it is counted in every head from then on, and written into the chain itself.
        """
        if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", SEAL_LOCK):
            return None
        head = await head_of(connection)
        broken = not await self._goes_on(connection, head)
        breaks = (head.breaks if head else 0) + broken
        if broken:
            await chain.append(connection, None, "audit.chain_broken", facts={"breaks": breaks})
        events = await chain.unlinked(connection, SEAL_BATCH)
        if not events and head is not None:
            return None
        end = await chain.link_up(connection, events)
        made = signed(
            self._key, Head(link=end.link, hash=end.hash.hex(), at=datetime.now(UTC), breaks=breaks)
        )
        await connection.execute(
            """
            insert into audit_head (place, link, hash, at, breaks, signature) values (1, $1, $2, $3, $4, $5)
            on conflict (place) do update set link = excluded.link, hash = excluded.hash, at = excluded.at,
              breaks = excluded.breaks, signature = excluded.signature
            """,
            made.link,
            end.hash,
            made.at,
            made.breaks,
            bytes.fromhex(made.signature),
        )
        return Sealed(events=len(events), head=made, broken=broken)

    async def _goes_on(self, connection: Connection, head: Head | None) -> bool:
        """Whether the chain ends where it was signed to end, and holds what this process has seen of it."""
        end = await chain.end_of(connection)
        if head is None:
            if end.link:
                return False
        elif not genuine(self._key.public_key(), head) or (end.link, end.hash.hex()) != (
            head.link,
            head.hash,
        ):
            return False
        if self._seen is None:
            return True
        there = await chain.hash_at(connection, self._seen.link)
        return there is not None and there.hex() == self._seen.hash


async def head_of(connection: Connection) -> Head | None:
    """Return the head as the database has it; None before anything was sealed."""
    row = await connection.fetchrow("select link, hash, at, breaks, signature from audit_head")
    if row is None:
        return None
    return Head(
        link=row["link"],
        hash=row["hash"].hex(),
        at=row["at"],
        breaks=row["breaks"],
        signature=row["signature"].hex(),
    )
