"""Search over the tablet's customers, in memory: names, town, phone, e-mail, card, with slips of a finger."""

from collections.abc import Collection, Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Protocol
from uuid import UUID

from sync.replica.loose_rows import LooseRows
from sync.replica.packed_rows import PackedRows
from sync.replica.words import Dictionary
from sync.search_row import SearchRow, comparable_code, folded_words, phone_digits
from sync.search_segment import Builder, Segment

SHORTEST_WITH_A_SLIP = 3  # letters; below it every name is one slip away
SHORTEST_PART = 3
FEWEST_DIGITS = 3
EITHER = "\n"  # between filters of which one is enough
_PHONE_CHARACTERS = frozenset("0123456789 +.-/()\u00a0\u202f")

Rows = set[int] | frozenset[int]  # numbers of one side


class Side(Protocol):
    """One half of the index: rows by numbers of its own."""

    @property
    def words(self) -> Dictionary:
        """Return the words of names and towns."""

    @property
    def codes(self) -> Dictionary:
        """Return the e-mails and cards."""

    def alive(self, rows: Rows) -> Rows:
        """Return those of the rows that still stand."""

    def everybody(self) -> set[int]:
        """Return every row."""

    def named_exactly(self, rows: Iterable[int], names: list[str]) -> set[int]:
        """Return those whose names are these words, sorted, and no others."""

    def with_phone(self, digits: str) -> set[int]:
        """Return the rows with a phone number that holds these digits."""

    def with_facet(self, facet: str) -> Rows:
        """Return the rows that answer a filter; not to be changed."""

    def first(self, rows: Collection[int], limit: int) -> list[tuple[str, bytes]]:
        """Return (order, record) of the first of these rows, in their order."""


class SearchIndex:
    """The rows in memory. Another engine may replace it: ``put``, ``remove``, ``find`` are all there is.

    What was packed beforehand is read where it lies; what changed since stands beside it.
    """

    def __init__(
        self, rows: Iterable[tuple[UUID, SearchRow]] = (), *, segment: Segment | None = None
    ) -> None:
        self._packed = PackedRows(segment or Segment(made_by=0))
        self._loose = LooseRows()
        for record_id, row in rows:
            self.put(record_id, row)

    def __len__(self) -> int:
        return len(self._packed) + len(self._loose)

    def __contains__(self, record_id: UUID) -> bool:
        return record_id in self._loose or record_id in self._packed

    @property
    def loose(self) -> int:
        """How many rows are not packed, or packed but left out."""
        return len(self._loose) + len(self._packed.dead)

    def speaks_of(self, record_id: UUID) -> bool:
        """Whether the packed side holds words of this record, found any more or not."""
        return self._packed.speaks_of(record_id)

    def put(self, record_id: UUID, row: SearchRow) -> None:
        """Hold a row, in place of the one held for this record."""
        self._packed.leave_out(record_id)
        self._loose.put(record_id, row)

    def remove(self, record_id: UUID) -> None:
        """Hold nothing of this record any more; unknown ones are no matter."""
        self._packed.leave_out(record_id)
        self._loose.remove(record_id)

    def find(self, query: str, facets: Collection[str] = (), limit: int = 50) -> list[UUID]:
        """Return the records that answer, best first.

        First who is named exactly so, then exact words, then beginnings, then slips and parts. Every word of
        the query must be answered by a word of the row (a name or the town, in any order). A query without
        words returns every row with the facets: all of them, save where one of several divided by ``EITHER``
        is enough. Digits are a phone or a card, ``@`` an e-mail.
        """
        found: list[bytes] = []
        for tier in zip(*(_ranked(side, query, facets) for side in self._sides()), strict=True):
            room = limit - len(found)
            firsts = [side.first(rows, room) for side, rows in zip(self._sides(), tier, strict=True)]
            found.extend(record for _, record in islice(merge(*firsts), room))
            if len(found) >= limit:
                break
        return [UUID(bytes=record) for record in found]

    def words(self) -> Iterator[str]:
        """Yield every word that finds somebody, or once did; some twice."""
        yield from self._packed.words.every()
        yield from self._loose.words.every()

    def packed(self, more: Iterable[tuple[UUID, SearchRow]] = ()) -> Segment:
        """Return all rows as one segment, and with them ``more`` of records not held yet."""
        builder = Builder()
        rows, place_of = self._packed.standing()

        def standing(
            postings: Iterable[tuple[str, Collection[int]]],
        ) -> Iterator[tuple[str, Collection[int]]]:
            for key, held in postings:
                if places := [place_of[row] for row in held if row in place_of]:
                    yield key, places

        builder.add_packed(
            rows,
            standing(self._packed.words.items()),
            standing(self._packed.codes.items()),
            standing(self._packed.facets()),
        )
        for record_id, row in self._loose.rows():
            builder.add(record_id, row)
        for new_id, row in more:
            builder.add(new_id.bytes, row)
        return builder.segment()

    def _sides(self) -> tuple[Side, Side]:
        return self._packed, self._loose


def _ranked(side: Side, query: str, facets: Collection[str]) -> Iterator[set[int]]:
    """Yield the rows of one side that answer, the better ones first, each once."""
    allowed = _with_facets(side, facets)
    seen: set[int] = set()
    for tier in _tiers(side, query):
        fresh = set(side.alive(tier if allowed is None else tier & allowed)) - seen
        yield fresh
        seen |= fresh


def _tiers(side: Side, query: str) -> Iterator[Rows]:
    """Yield ever wider sets of rows that answer the query: as many for every side."""
    stripped = query.strip()
    words = folded_words(stripped)
    if not words:
        if not stripped:
            yield side.everybody()
        return
    if _is_code(stripped):
        code = comparable_code(stripped)
        yield side.codes.equal_to(code)
        yield side.codes.starting_with(code)
        if set(stripped) <= _PHONE_CHARACTERS:
            digits = phone_digits(stripped)
            if len(digits) >= FEWEST_DIGITS:
                yield side.with_phone(digits)
    exact = _all_of([side.words.equal_to(word) for word in words])
    yield side.named_exactly(exact, sorted(words))
    yield exact
    started = [side.words.starting_with(word) for word in words]
    yield _all_of(started)
    yield _all_of([rows | _near(side, word) for word, rows in zip(words, started, strict=True)])


def _near(side: Side, word: str) -> set[int]:
    near: set[int] = set()
    if len(word) >= SHORTEST_WITH_A_SLIP:
        near |= side.words.one_slip_from(word)
    if len(word) >= SHORTEST_PART:
        near |= side.words.holding(word)
    return near


def _with_facets(side: Side, facets: Collection[str]) -> Rows | None:
    if not facets:
        return None
    return _all_of([_with_either(side, facet.split(EITHER)) for facet in facets])


def _with_either(side: Side, facets: list[str]) -> Rows:
    """Return the rows that answer one of these filters."""
    if len(facets) == 1:
        return side.with_facet(facets[0])
    return frozenset[int]().union(*(side.with_facet(facet) for facet in facets))


def _is_code(text: str) -> bool:
    return "@" in text or any(letter.isdigit() for letter in text)


def _all_of(sets: list[set[int]] | list[Rows]) -> Rows:
    """Return what every set holds, smallest set first."""
    ordered = sorted(sets, key=len)
    found: Rows = ordered[0]
    for other in ordered[1:]:
        if not found:
            break
        found = found & other
    return found
