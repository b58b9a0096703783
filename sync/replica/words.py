"""A dictionary of words in order: which rows hold a word, its beginning, a slip of it, a part of it."""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

_LAST = "\U0010ffff"  # sorts after every character that a word may hold
_NOBODY: frozenset[int] = frozenset()


class Dictionary(Protocol):
    """What a search asks of words, wherever they are kept."""

    def equal_to(self, word: str) -> set[int] | frozenset[int]:
        """Return the rows that hold exactly this word; not to be changed."""

    def starting_with(self, start: str) -> set[int]:
        """Return the rows that hold a word with this beginning."""

    def holding(self, part: str) -> set[int]:
        """Return the rows that hold a word with this part anywhere in it."""

    def one_slip_from(self, start: str) -> set[int]:
        """Return the rows that hold a word of which a beginning is one slip away from ``start``.

        A slip is one letter too many, too few, wrong, or two neighbours swapped.
        """


class Words:
    """Words that come and go, and the rows that hold them; sorted when asked."""

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

    def every(self) -> Collection[str]:
        """Return all the words."""
        return self._rows.keys()

    def items(self) -> Iterator[tuple[str, set[int]]]:
        """Yield each word with its rows."""
        yield from self._rows.items()

    def equal_to(self, word: str) -> set[int] | frozenset[int]:
        return self._rows.get(word, _NOBODY)

    def starting_with(self, start: str) -> set[int]:
        words = self._in_order()
        return self._rows_of([span_of(words, start)])

    def holding(self, part: str) -> set[int]:
        found: set[int] = set()
        for word in self._in_order():
            if part in word:
                found |= self._rows[word]
        return found

    def one_slip_from(self, start: str) -> set[int]:
        return self._rows_of(slips(self._in_order(), start))

    def _rows_of(self, spans: "Sequence[Span] | set[Span]") -> set[int]:
        found: set[int] = set()
        for low, high in spans:
            for word in self._sorted[low:high]:
                found |= self._rows[word]
        return found

    def _in_order(self) -> list[str]:
        if self._stale:
            self._sorted = sorted(self._rows)
            self._stale = False
        return self._sorted


Span = tuple[int, int]  # of places in a sorted list: from, to before


def span_of(words: Sequence[str], start: str, low: int = 0, high: int | None = None) -> Span:
    """Return where in a sorted list the words with this beginning stand."""
    high = len(words) if high is None else high
    first = bisect_left(words, start, low, high)
    return first, bisect_left(words, start + _LAST, first, high)


def slips(words: Sequence[str], start: str) -> set[Span]:
    """Return where in a sorted list stand words of which a beginning is one slip away from ``start``.

    The list is walked as a tree: following the word and stepping aside once, never comparing every word.
    """
    found: set[Span] = set()
    low, high = 0, len(words)
    for at, letter in enumerate(start):
        done, rest = start[:at], start[at + 1 :]
        aside = [done + rest]
        if rest and rest[0] != letter:
            aside.append(done + rest[0] + letter + rest[1:])
        found.update(span_of(words, each, low, high) for each in aside)
        for other, first, last in _next_letters(words, at, low, high):
            if other != letter:
                found.add(span_of(words, done + other + rest, first, last))
            found.add(span_of(words, done + other + letter + rest, first, last))
        low, high = span_of(words, start[: at + 1], low, high)
        if low == high:
            break
    return {span for span in found if span[0] != span[1]}


def _next_letters(words: Sequence[str], depth: int, low: int, high: int) -> Iterator[tuple[str, int, int]]:
    """Yield each letter that stands at this depth in the range, with the range of its words."""
    at = low
    while at < high:
        word = words[at]
        if len(word) <= depth:
            at += 1
            continue
        after = bisect_left(words, word[: depth + 1] + _LAST, at, high)
        yield word[depth], at, after
        at = after
