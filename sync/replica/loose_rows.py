"""The side of the search index that follows each change: rows put in and taken out one by one."""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable
from itertools import islice
from uuid import UUID

from sync.replica.words import Words
from sync.search_row import SearchRow, codes_of, phones_of, words_of

MANY = 500  # rows; above it walking all rows in order is faster than sorting the ones found


class LooseRows:
    """Rows by record."""

    def __init__(self) -> None:
        self.words = Words()
        self.codes = Words()
        self.words.defer_order()
        self.codes.defer_order()
        self._number: dict[UUID, int] = {}
        self._id: list[UUID] = []
        self._held: list[SearchRow | None] = []
        self._in_order: list[tuple[str, int]] = []
        self._order_stale = True  # many rows came at once; sorted when next asked
        self._free: list[int] = []
        self._phones: dict[int, str] = {}
        self._facets: dict[str, set[int]] = {}

    def __len__(self) -> int:
        return len(self._number)

    def __contains__(self, record_id: UUID) -> bool:
        return record_id in self._number

    def rows(self) -> Iterable[tuple[bytes, SearchRow]]:
        """Yield each row with its record's id."""
        return ((record_id.bytes, self._row(number)) for record_id, number in self._number.items())

    def put(self, record_id: UUID, row: SearchRow) -> None:
        """Hold a row, in place of the one held for this record."""
        number = self._number.get(record_id)
        if number is None:
            number = self._new_number(record_id)
        else:
            before = self._held[number]
            if before == row:
                return
            self._forget(number)
        self._held[number] = row
        if not self._order_stale:
            insort(self._in_order, (row.order, number))
        for word in words_of(row):
            self.words.add(word, number)
        for code in codes_of(row):
            self.codes.add(code, number)
        if row.phones:
            self._phones[number] = phones_of(row)
        for facet in row.facets:
            self._facets.setdefault(facet, set()).add(number)

    def remove(self, record_id: UUID) -> None:
        """Hold nothing of this record any more; unknown ones are no matter."""
        number = self._number.pop(record_id, None)
        if number is None:
            return
        self._forget(number)
        self._held[number] = None
        self._free.append(number)

    def alive(self, rows: set[int] | frozenset[int]) -> set[int] | frozenset[int]:
        return rows

    def everybody(self) -> set[int]:
        return set(self._number.values())

    def named_exactly(self, rows: Iterable[int], names: list[str]) -> set[int]:
        return {row for row in rows if sorted(self._row(row).order.split()) == names}

    def with_phone(self, digits: str) -> set[int]:
        return {number for number, phones in self._phones.items() if digits in phones}

    def with_facet(self, facet: str) -> set[int] | frozenset[int]:
        return self._facets.get(facet, frozenset())

    def first(self, rows: Collection[int], limit: int) -> list[tuple[str, bytes]]:
        if self._order_stale:
            self._in_order = sorted((row.order, number) for number, row in enumerate(self._held) if row)
            self._order_stale = False
        if len(rows) > MANY:
            chosen = islice((number for _, number in self._in_order if number in rows), limit)
        else:
            chosen = islice((n for _, n in sorted((self._row(n).order, n) for n in rows)), limit)
        return [(self._row(number).order, self._id[number].bytes) for number in chosen]

    def _new_number(self, record_id: UUID) -> int:
        if self._free:
            number = self._free.pop()
            self._id[number] = record_id
        else:
            number = len(self._id)
            self._id.append(record_id)
            self._held.append(None)
        self._number[record_id] = number
        return number

    def _row(self, number: int) -> SearchRow:
        row = self._held[number]
        assert row is not None
        return row

    def _forget(self, number: int) -> None:
        row = self._row(number)
        if not self._order_stale:
            del self._in_order[bisect_left(self._in_order, (row.order, number))]
        for word in words_of(row):
            self.words.discard(word, number)
        for code in codes_of(row):
            self.codes.discard(code, number)
        self._phones.pop(number, None)
        for facet in row.facets:
            self._facets[facet].discard(number)
