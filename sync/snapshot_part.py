"""A part of a first download: a small compressed SQLite database, written by the server, read by the tablet.

Its tables are an interchange, not the tablet's own: ``member`` and ``fragment`` as the rows of a pull, and
``line`` with what lists and search show of each customer, so that the tablet need not read every body.
"""

import gzip
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from uuid import UUID

from schemas.protocol import MemberRow, MemberState
from schemas.record import Kind
from schemas.visibility import Level
from sync import summary

FORMAT = 1  # pragma user_version of the database
LARGEST = 64 << 20  # bytes of a part, decompressed
COMPRESSION = 2

_SCHEMA = """
create table member (record_id blob, scope text, kind text, state int, rev int, into_id blob);
create table fragment (record_id blob, grp text, rev int, body blob);
create table line (record_id blob, made_by int, line blob);
"""


class PartBroken(Exception):
    """Not a part that this build can read."""


def write_part(rows: Iterable[MemberRow], levels: Mapping[str, Level]) -> bytes:
    """Return a part that holds these rows.

    Args:
        levels: what the lens shows of each field; the rows were made for it.
    """
    members, fragments, lines = [], [], []
    bodies: dict[UUID, list[bytes]] = {}
    for row in rows:
        key = row.record_id.bytes
        into = row.into.bytes if row.into else None
        members.append((key, row.scope, str(row.kind), row.state, row.rev, into))
        fragments += [(key, each.group, each.rev, each.body) for each in row.fragments]
        if row.kind == Kind.CUSTOMER and row.state == MemberState.IN and row.fragments:
            bodies[row.record_id] = [each.body for each in row.fragments]
    for record_id, held in bodies.items():
        line = summary.summarize(record_id, summary.read_values(held), levels, pending=0)
        lines.append((record_id.bytes, summary.VERSION, summary.encode(line)))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.executescript(_SCHEMA)
        database.execute(f"pragma user_version = {FORMAT}")
        database.execute("begin")
        database.executemany("insert into member values (?, ?, ?, ?, ?, ?)", members)
        database.executemany("insert into fragment values (?, ?, ?, ?)", fragments)
        database.executemany("insert into line values (?, ?, ?)", lines)
        database.execute("commit")
        return gzip.compress(database.serialize(), compresslevel=COMPRESSION, mtime=0)


@contextmanager
def opened(part: bytes) -> Iterator[sqlite3.Connection]:
    """Open a part in memory: it never lies in the clear on the tablet's disk.

    Raises:
        PartBroken: these bytes are no part, or one of a format this build does not know.
    """
    try:
        inflating = zlib.decompressobj(16 + zlib.MAX_WBITS)
        plain = inflating.decompress(part, LARGEST)
        if not inflating.eof:
            raise PartBroken("longer than a part may be, or cut")
    except zlib.error as error:
        raise PartBroken(type(error).__name__) from error
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        try:
            database.deserialize(plain)
            if database.execute("pragma user_version").fetchone()[0] != FORMAT:
                raise PartBroken("another format")
        except sqlite3.Error as error:
            raise PartBroken(type(error).__name__) from error
        yield database
