"""The line that lists show of each customer: as it was drawn here, or else as a first download brought it."""

from collections.abc import Iterable, Iterator
from heapq import merge

from sync.replica import packed
from sync.replica.driver import Connection

_PUT = (
    "insert into summary (record_id, line) values (?, ?)"
    " on conflict (record_id) do update set line = excluded.line"
)


def line_of(connection: Connection, record_id: bytes) -> bytes | None:
    """Return the line of a customer, or None if she is not here."""
    row = connection.execute("select line from summary where record_id = ?", (record_id,)).fetchone()
    return row[0] if row else packed.line(connection, record_id)


def every_line(connection: Connection) -> Iterator[tuple[bytes, bytes]]:
    """Yield (record, line) of every customer here."""
    drawn = connection.execute("select record_id, line from summary").fetchall()
    yield from drawn
    known = {key for key, _ in drawn}
    yield from ((key, line) for key, line in packed.lines(connection) if key not in known)


def lines_back(connection: Connection, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (record, line) of the ids from ``low`` to before ``high``, the last first."""
    drawn = connection.execute(
        "select record_id, line from summary where record_id >= ? and record_id < ? order by record_id desc",
        (low, high),
    )
    before = None
    both = merge(drawn, packed.lines_back(connection, low, high), key=lambda each: each[0], reverse=True)
    for key, line in both:  # of two with one id the first: ``merge`` keeps the order of its sources
        if key != before:
            yield key, line
        before = key


def put(connection: Connection, lines: Iterable[tuple[bytes, bytes]]) -> None:
    """Keep the lines (record, line) drawn anew."""
    connection.executemany(_PUT, lines)


def drop(connection: Connection, record_id: bytes) -> bool:
    """Forget the line of a record that does not lie packed; return whether there was one."""
    return connection.execute("delete from summary where record_id = ?", (record_id,)).rowcount > 0
