"""The side of the search index that was packed beforehand: opened in an instant, read in slices."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from heapq import nsmallest
from uuid import UUID

from sync.replica.words import Span, slips, span_of
from sync.search_segment import BETWEEN, ID_BYTES, Postings, Segment, numbers

_NOBODY: frozenset[int] = frozenset()


class PackedWords:
    """Sorted words and the rows of each, as they were packed."""

    def __init__(self, postings: Postings) -> None:
        self._text = postings.keys
        self._words = postings.keys.split(BETWEEN) if postings.ends else []
        self._ends = numbers(postings.ends)
        self._rows = numbers(postings.rows)

    def every(self) -> Collection[str]:
        """Return all the words."""
        return self._words

    def items(self) -> Iterator[tuple[str, Collection[int]]]:
        """Yield each word with its rows."""
        before = 0
        for word, end in zip(self._words, self._ends, strict=True):
            yield word, self._rows[before:end]
            before = end

    def equal_to(self, word: str) -> set[int] | frozenset[int]:
        at = bisect_left(self._words, word)
        if at < len(self._words) and self._words[at] == word:
            return self._rows_of([(at, at + 1)])
        return _NOBODY

    def starting_with(self, start: str) -> set[int]:
        return self._rows_of([span_of(self._words, start)])

    def holding(self, part: str) -> set[int]:
        places = {bisect_right(self._starts, at) - 1 for at in _finds(self._text, part)}
        return self._rows_of([(place, place + 1) for place in places])

    def one_slip_from(self, start: str) -> set[int]:
        return self._rows_of(slips(self._words, start))

    def _rows_of(self, spans: Iterable[Span]) -> set[int]:
        found: set[int] = set()
        for low, high in spans:
            if low < high:
                found.update(self._rows[self._ends[low - 1] if low else 0 : self._ends[high - 1]])
        return found

    @cached_property
    def _starts(self) -> list[int]:
        return _starts_of(self._words)


class PackedRows:
    """The rows of a segment. Rows that were changed or removed since are only left out."""

    def __init__(self, segment: Segment) -> None:
        self.words = PackedWords(segment.words)
        self.codes = PackedWords(segment.codes)
        self._ids = segment.ids
        self._phones = segment.phones
        self._order_text = segment.orders
        self._facet_words = PackedWords(segment.facets)
        self._facets: dict[str, set[int] | frozenset[int]] = {}
        self.dead: set[int] = set()

    def __len__(self) -> int:
        return len(self._ids) // ID_BYTES - len(self.dead)

    def __contains__(self, record_id: UUID) -> bool:
        number = self._numbers.get(record_id.bytes)
        return number is not None and number not in self.dead

    def speaks_of(self, record_id: UUID) -> bool:
        """Whether words of this record lie here, left out or not."""
        return record_id.bytes in self._numbers

    def leave_out(self, record_id: UUID) -> None:
        """Answer no more with this record; unknown ones are no matter."""
        number = self._numbers.get(record_id.bytes)
        if number is not None:
            self.dead.add(number)

    def alive(self, rows: set[int] | frozenset[int]) -> set[int] | frozenset[int]:
        """Return the rows that still stand."""
        return rows - self.dead if self.dead else rows

    def everybody(self) -> set[int]:
        return set(range(len(self._ids) // ID_BYTES))

    def named_exactly(self, rows: Iterable[int], names: list[str]) -> set[int]:
        return {row for row in rows if sorted(self._orders[row].split()) == names}

    def with_phone(self, digits: str) -> set[int]:
        return {bisect_right(self._phone_starts, at) - 1 for at in _finds(self._phones, digits)}

    def with_facet(self, facet: str) -> set[int] | frozenset[int]:
        if facet not in self._facets:
            self._facets[facet] = self._facet_words.equal_to(facet)
        return self._facets[facet]

    def first(self, rows: Collection[int], limit: int) -> list[tuple[str, bytes]]:
        return [
            (self._orders[row], self._ids[row * ID_BYTES : (row + 1) * ID_BYTES])
            for row in nsmallest(limit, rows)
        ]

    def standing(self) -> tuple[list[tuple[str, bytes, str]], dict[int, int]]:
        """Return (order, id, phones) of the rows that still stand, and the place of each by its number."""
        numbers_left = [row for row in range(len(self._ids) // ID_BYTES) if row not in self.dead]
        phones = self._phones.split(BETWEEN)
        rows = [
            (self._orders[row], self._ids[row * ID_BYTES : (row + 1) * ID_BYTES], phones[row])
            for row in numbers_left
        ]
        return rows, {row: place for place, row in enumerate(numbers_left)}

    def facets(self) -> Iterator[tuple[str, Collection[int]]]:
        """Yield each facet with its rows."""
        return self._facet_words.items()

    @cached_property
    def _orders(self) -> list[str]:
        return self._order_text.split(BETWEEN)

    @cached_property
    def _phone_starts(self) -> list[int]:
        return _starts_of(self._phones.split(BETWEEN))

    @cached_property
    def _numbers(self) -> dict[bytes, int]:
        ids = self._ids
        return {
            ids[start : start + ID_BYTES]: number for number, start in enumerate(range(0, len(ids), ID_BYTES))
        }


def _starts_of(parts: list[str]) -> list[int]:
    """Return where each part starts in the text they were cut from."""
    starts, at = [], 0
    for part in parts:
        starts.append(at)
        at += len(part) + len(BETWEEN)
    return starts


def _finds(text: str, part: str) -> Iterator[int]:
    """Yield where a part stands in a text."""
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)
