"""The search index of a store: what of it lies packed in the file, what stands beside it, when it is packed.

Lines that came with a file made beforehand are spoken for by the index that came with it. Every other line
is noted as uncovered when it is written, and put in by itself; when these become many, or when somebody of
whom the packed index speaks has left, all is packed anew.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from uuid import UUID

import msgspec

from sync import search_segment
from sync.replica import lines
from sync.replica.driver import Connection
from sync.replica.search import SearchIndex
from sync.search_row import VERSION, SearchRow, search_row
from sync.search_segment import Segment
from sync.summary import Summary, decode

logger = logging.getLogger(__name__)

WORTH_PACKING = 400  # lines
LOOSE_SHARE = 0.1


class Search:
    """The index, kept in step with the lines of a store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_covered = False  # some lines are spoken for by a packed index, here or on its way
        self._pack = self._has_arrived = False
        self._index = SearchIndex()
        self._waiting: dict[UUID, Summary] = {}  # put in when somebody asks
        self.forget_kept()

    def __len__(self) -> int:
        return len(self._index) + sum(each not in self._index for each in self._waiting)

    def find(self, query: str, facets: Collection[str], limit: int) -> list[UUID]:
        """Return the records that answer, best first."""
        self._catch_up()
        return self._index.find(query, facets, limit)

    def words(self) -> Iterator[str]:
        """Yield every word that finds somebody, or once did; some twice."""
        self._catch_up()
        return self._index.words()

    def forget_kept(self) -> None:
        """Read again from the file: what was changed in memory was rolled back."""
        self._pack, self._has_arrived, self._waiting = False, False, {}
        segment = self._kept_segment()
        self._is_covered = segment is not None or self._is_awaited()
        self._index = SearchIndex(segment=segment)
        if segment is None:
            rows: Iterable[tuple[bytes, bytes | None]] = lines.every_line(self._connection)
        else:
            uncovered = self._connection.execute("select record_id from uncovered").fetchall()
            rows = ((key, lines.line_of(self._connection, key)) for (key,) in uncovered)
        for key, line in rows:
            record_id = UUID(bytes=key)
            if line is None:
                self._pack = self._pack or self._index.speaks_of(record_id)
                self._index.remove(record_id)
            else:
                self._waiting[record_id] = decode(line)

    # Inside a change

    def await_index(self) -> None:
        """A file begins to come in whose last part brings an index: note every line that is not of it."""
        self._is_covered = True
        self._connection.executemany(
            "insert or ignore into uncovered (record_id) values (?)",
            [(key,) for key, _ in lines.every_line(self._connection)],
        )

    def adopt(self, index: bytes) -> None:
        """Take over the index of the file that has come in, if this build can read it."""
        self._has_arrived = True
        if _readable(index) is not None:
            self._connection.execute("delete from search_segment")
            self._connection.execute("insert into search_segment (body) values (?)", (index,))
        else:
            logger.warning("search.index_unreadable")

    def pack_after(self) -> None:
        """Pack all anew at the end of this change."""
        self._pack = True

    def keep(self, drawn: Mapping[UUID, Summary | None]) -> None:
        """Follow the lines that this change has written, None for one that is gone; the last step of it."""
        if self._is_covered:
            self._connection.executemany(
                "insert or ignore into uncovered (record_id) values (?)", [(each.bytes,) for each in drawn]
            )
        if self._has_arrived:
            self.forget_kept()
        else:
            for record_id, line in drawn.items():
                if line is not None:
                    self._waiting[record_id] = line
                else:
                    self._waiting.pop(record_id, None)
                    self._pack = self._pack or self._index.speaks_of(record_id)
                    self._index.remove(record_id)
        if self._pack:
            self._write_packed()

    @property
    def is_worth_packing(self) -> bool:
        """Whether so much lies loose that the next start would take long."""
        loose = self._index.loose + len(self._waiting)
        return loose > max(WORTH_PACKING, LOOSE_SHARE * len(self._index))

    def _write_packed(self) -> None:
        self._pack = False
        if self._is_awaited():
            return  # the file's own index is on its way
        more: list[tuple[UUID, SearchRow]] = []
        for record_id, line in self._waiting.items():
            self._index.remove(record_id)
            more.append((record_id, search_row(line)))
        segment = self._index.packed(more)
        self._connection.execute("delete from search_segment")
        self._connection.execute("delete from uncovered")
        self._connection.execute(
            "insert into search_segment (body) values (?)", (search_segment.encode(segment),)
        )
        self._waiting = {}
        self._index = SearchIndex(segment=segment)
        self._is_covered = True

    def _catch_up(self) -> None:
        for record_id, line in self._waiting.items():
            self._index.put(record_id, search_row(line))
        self._waiting = {}

    def _kept_segment(self) -> Segment | None:
        row = self._connection.execute("select body from search_segment").fetchone()
        if row is None or self._is_awaited():
            return None
        return _readable(row[0])

    def _is_awaited(self) -> bool:
        return self._connection.execute("select 1 from meta where name = 'download'").fetchone() is not None


def _readable(index: bytes) -> Segment | None:
    """Return an index that this build can read, or None."""
    try:
        segment = search_segment.decode(index)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return segment if segment.made_by == VERSION else None
