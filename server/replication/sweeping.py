"""Sweeping the feed and the receipts of edits, in small transactions, as often as one likes.

Former values and decided edits are not the feed's to forget: rules of retention say how long they stay.

A departure may go once every token that has not seen it is refused: the floor is raised first, in a
transaction of its own, and a pull reads floor and page in one statement.
"""

from datetime import datetime, timedelta

from schemas.record import Struct
from server.database.pool import Connection, Pool, transaction

KEPT_FOR = timedelta(days=90)  # departures and receipts: longer than any tablet is expected to be away
MARK_EVERY = timedelta(hours=6)
AT_ONCE = 1000  # rows of one transaction

_DEPARTURES = """
delete from member where ctid = any(array(
  select ctid from member where state in (0, 3)
    and xid < (select max(gc_floor) from boot_marker) limit $1 for update skip locked))
"""

# A receipt outlives the age at which its edit, sent again, would be parked as stale: the id of an edit says
# when it was made, by a clock that may be ahead of ours.
_RECEIPTS = """
delete from receipt where ctid = any(array(
  select ctid from receipt
  where created_at < $2::timestamptz
    and (substr(mutation_id::text, 15, 1) <> '7'
         or ('x' || translate(left(mutation_id::text, 13), '-', ''))::bit(48)::bigint
            < extract(epoch from $2::timestamptz) * 1000)
  limit $1))
"""

_VERDICTS = """
delete from late_verdict where ctid = any(array(
  select ctid from late_verdict
  where xid < (select max(gc_floor) from boot_marker) limit $1 for update skip locked))
"""


class Swept(Struct):
    """How many rows of each kind went."""

    departures: int = 0
    receipts: int = 0
    late_verdicts: int = 0


async def sweep(pool: Pool, *, now: datetime) -> Swept:
    """Sweep all that is older than ``KEPT_FOR``. Stopped at any point, the next run goes on from there."""
    before = now - KEPT_FOR
    async with transaction(pool) as connection:
        await mark(connection, now)
        await _raise_floor(connection, before)
    return Swept(
        departures=await _delete(pool, _DEPARTURES),
        receipts=await _delete(pool, _RECEIPTS, before),
        late_verdicts=await _delete(pool, _VERDICTS),
    )


async def mark(connection: Connection, now: datetime) -> None:
    """Note which transactions are over by now, unless that was noted lately."""
    await connection.execute(
        """
        insert into gc_mark (at, system_identifier, floor)
        select $1, system_identifier::text, pg_snapshot_xmin(pg_current_snapshot()) from pg_control_system()
        where not exists (select 1 from gc_mark where at > $2)
        """,
        now,
        now - MARK_EVERY,
    )


async def _raise_floor(connection: Connection, before: datetime) -> None:
    """Refuse, from the next statement on, tokens that may not have seen what was gone by then."""
    await connection.fetchval("select name_life()")
    floor = await connection.fetchval(
        """
        select max(floor)::text from gc_mark
        where at <= $1 and system_identifier = (select system_identifier::text from pg_control_system())
        """,
        before,
    )
    if floor is None:
        return
    await connection.execute(
        """
        update boot_marker set gc_floor = $1::text::xid8
        where gc_floor is null or gc_floor < $1::text::xid8
        """,
        floor,
    )
    await connection.execute(
        "update boot set gc_floor = $1::text::xid8 where boot_id = (select boot_id from boot_marker)", floor
    )
    await connection.execute("delete from gc_mark where at <= $1 and floor < $2::text::xid8", before, floor)


async def _delete(pool: Pool, statement: str, *arguments: datetime) -> int:
    gone = 0
    while True:
        async with transaction(pool) as connection:
            done = int((await connection.execute(statement, AT_ONCE, *arguments)).rpartition(" ")[2])
        gone += done
        if done < AT_ONCE:
            return gone
