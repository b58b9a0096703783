"""A dictionary of words in order: which rows hold a word, its beginning, a slip of it, a part of it."""

from bisect import bisect_left, insort
from collections.abc import Iterator

_LAST = "\U0010ffff"  # sorts after every character that a word may hold
_NOBODY: frozenset[int] = frozenset()


class Words:
    """Words and the rows that hold them.

    Words are kept sorted, so that a beginning is a range and the sorted list can be walked as a tree: a slip
    is found by following the word and stepping aside once, never by comparing with every word.
    """

    def __init__(self) -> None:
        self._rows: dict[str, set[int]] = {}
        self._sorted: list[str] = []
        self._stale = False  # many words came at once; sorted when next asked

    def add(self, word: str, row: int) -> None:
        """Note that a row holds a word."""
        rows = self._rows.get(word)
        if rows is not None:
            rows.add(row)
            return
        self._rows[word] = {row}
        if not self._stale:
            insort(self._sorted, word)

    def defer_order(self) -> None:
        """Sort only when next asked: call before adding many words."""
        self._stale = True

    def discard(self, word: str, row: int) -> None:
        """Note that a row no longer holds a word."""
        rows = self._rows.get(word)
        if rows is None:
            return
        rows.discard(row)
        if not rows:
            del self._rows[word]
            if not self._stale:
                del self._sorted[bisect_left(self._sorted, word)]

    def equal_to(self, word: str) -> set[int] | frozenset[int]:
        """Return the rows that hold exactly this word. The set is this object's own: do not change it."""
        return self._rows.get(word, _NOBODY)

    def starting_with(self, start: str) -> set[int]:
        """Return the rows that hold a word with this beginning."""
        words = self._in_order()
        found: set[int] = set()
        low = bisect_left(words, start)
        for word in words[low : bisect_left(words, start + _LAST, low)]:
            found |= self._rows[word]
        return found

    def holding(self, part: str) -> set[int]:
        """Return the rows that hold a word with this part anywhere in it."""
        found: set[int] = set()
        for word in self._in_order():
            if part in word:
                found |= self._rows[word]
        return found

    def one_slip_from(self, start: str) -> set[int]:
        """Return the rows that hold a word of which a beginning is one slip away from ``start``.

        A slip is one letter too many, too few, wrong, or two neighbours swapped.
        """
        words = self._in_order()
        found: set[str] = set()
        low, high = 0, len(words)
        for at, letter in enumerate(start):
            done, rest = start[:at], start[at + 1 :]
            self._collect(done + rest, low, high, found)
            if rest and rest[0] != letter:
                self._collect(done + rest[0] + letter + rest[1:], low, high, found)
            for other, first, last in self._next_letters(at, low, high):
                if other != letter:
                    self._collect(done + other + rest, first, last, found)
                self._collect(done + other + letter + rest, first, last, found)
            low, high = self._range(start[: at + 1], low, high)
            if low == high:
                break
        rows: set[int] = set()
        for word in found:
            rows |= self._rows[word]
        return rows

    def _in_order(self) -> list[str]:
        if self._stale:
            self._sorted = sorted(self._rows)
            self._stale = False
        return self._sorted

    def _range(self, start: str, low: int, high: int) -> tuple[int, int]:
        first = bisect_left(self._sorted, start, low, high)
        return first, bisect_left(self._sorted, start + _LAST, first, high)

    def _collect(self, start: str, low: int, high: int, found: set[str]) -> None:
        first, last = self._range(start, low, high)
        if first != last:
            found.update(self._sorted[first:last])

    def _next_letters(self, depth: int, low: int, high: int) -> Iterator[tuple[str, int, int]]:
        """Yield each letter that stands at this depth in the range, with the range of its words."""
        words = self._sorted
        at = low
        while at < high:
            word = words[at]
            if len(word) <= depth:
                at += 1
                continue
            after = bisect_left(words, word[: depth + 1] + _LAST, at, high)
            yield word[depth], at, after
            at = after
