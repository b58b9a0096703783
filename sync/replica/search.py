"""Search over the tablet's customers, in memory: names, town, phone, e-mail, card, with slips of a finger."""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from schemas.identity import fold
from sync.replica.words import Words

SHORTEST_WITH_A_SLIP = 3  # letters; below it every name is one slip away
SHORTEST_PART = 3
FEWEST_DIGITS = 3
HOME_PREFIX = "33"  # the country whose numbers are written without it
EITHER = "\n"  # between filters of which one is enough
MANY = 500  # rows; above it walking all rows in order is faster than sorting the ones found
_PHONE_CHARACTERS = frozenset("0123456789 +.-/()\u00a0\u202f")


class SearchRow(NamedTuple):
    """What may be searched of one customer. Hidden and masked values are not given at all."""

    order: str  # rows of equal merit come in this order
    names: tuple[str, ...] = ()  # as written
    town: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    facets: frozenset[str] = frozenset()  # "tier:gold", "size:shoes=38", ...


def phone_digits(text: str) -> str:
    """Return the digits of a phone number that do not depend on how its country was written.

    ``"06 12 34"``, ``"+33 6 12 34"`` and ``"0033 6 12 34"`` give ``"61234"``; a number of another country
    keeps its code.
    """
    number = text.strip()
    digits = "".join(letter for letter in number if letter.isdecimal())
    if number.startswith("00"):
        digits = digits[2:]
    elif not number.startswith("+"):
        return digits.removeprefix("0")
    return digits.removeprefix(HOME_PREFIX)


class SearchIndex:
    """The rows in memory. Another engine may replace it: ``put``, ``remove``, ``find`` are all there is."""

    def __init__(self, rows: Iterable[tuple[UUID, SearchRow]] = ()) -> None:
        self._number: dict[UUID, int] = {}
        self._id: list[UUID] = []
        self._held: list[SearchRow | None] = []
        self._in_order: list[tuple[str, int]] = []
        self._order_stale = True  # many rows came at once; sorted when next asked
        self._free: list[int] = []
        self._words = Words()
        self._codes = Words()  # e-mails and cards
        self._phones: dict[int, str] = {}
        self._facets: dict[str, set[int]] = {}
        self._words.defer_order()
        self._codes.defer_order()
        for record_id, row in rows:
            self.put(record_id, row)

    def __len__(self) -> int:
        return len(self._number)

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
        for word in _words_of_row(row):
            self._words.add(word, number)
        for code in _codes_of_row(row):
            self._codes.add(code, number)
        if row.phones:
            self._phones[number] = "\n".join(phone_digits(phone) for phone in row.phones)
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

    def find(self, query: str, facets: Collection[str] = (), limit: int = 50) -> list[UUID]:
        """Return the records that answer, best first: exact words, then beginnings, then slips and parts.

        Every word of the query must be answered by a word of the row (a name or the town, in any order). A
        query without words returns every row with the facets: all of them, save where one of several
        divided by ``EITHER`` is enough. Digits are a phone or a card, ``@`` an e-mail.
        """
        allowed = self._with_facets(facets)
        found: list[int] = []
        seen: set[int] = set()
        for tier in self._tiers(query):
            fresh = (tier if allowed is None else tier & allowed) - seen
            found.extend(self._first(fresh, limit - len(found)))
            if len(found) >= limit:
                break
            seen |= fresh
        return [self._id[number] for number in found]

    def _first(self, numbers: set[int], limit: int) -> list[int]:
        """Return the first of these rows in their order."""
        if self._order_stale:
            self._in_order = sorted((row.order, number) for number, row in enumerate(self._held) if row)
            self._order_stale = False
        if len(numbers) > MANY:
            return list(islice((number for _, number in self._in_order if number in numbers), limit))
        return [
            number for _, number in sorted((self._row(number).order, number) for number in numbers)[:limit]
        ]

    def _tiers(self, query: str) -> Iterable[set[int]]:
        """Yield ever wider sets of rows that answer the query."""
        stripped = query.strip()
        words = folded_words(stripped)
        if not words:
            if not stripped:
                yield set(self._number.values())
            return
        code = _code_of(stripped)
        if _is_code(stripped):
            yield set(self._codes.equal_to(code))
            yield self._codes.starting_with(code)
            if set(stripped) <= _PHONE_CHARACTERS:
                digits = phone_digits(stripped)
                if len(digits) >= FEWEST_DIGITS:
                    yield {number for number, phones in self._phones.items() if digits in phones}
        yield _all_of([set(self._words.equal_to(word)) for word in words])
        started = [self._words.starting_with(word) for word in words]
        yield _all_of(started)
        yield _all_of([rows | self._near(word) for word, rows in zip(words, started, strict=True)])

    def _near(self, word: str) -> set[int]:
        near: set[int] = set()
        if len(word) >= SHORTEST_WITH_A_SLIP:
            near |= self._words.one_slip_from(word)
        if len(word) >= SHORTEST_PART:
            near |= self._words.holding(word)
        return near

    def _with_facets(self, facets: Collection[str]) -> set[int] | None:
        if not facets:
            return None
        return _all_of([self._with_either(facet.split(EITHER)) for facet in facets])

    def _with_either(self, facets: list[str]) -> set[int]:
        """Return the rows that answer one of these filters."""
        if len(facets) == 1:
            return self._facets.get(facets[0], set())
        return set().union(*(self._facets.get(facet, ()) for facet in facets))

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
        for word in _words_of_row(row):
            self._words.discard(word, number)
        for code in _codes_of_row(row):
            self._codes.discard(code, number)
        self._phones.pop(number, None)
        for facet in row.facets:
            self._facets[facet].discard(number)


@lru_cache(maxsize=1 << 16)  # names and towns repeat
def folded_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in their comparable form."""
    return tuple(fold(text).split())


def _words_of_row(row: SearchRow) -> set[str]:
    words = set(folded_words(row.town))
    for name in row.names:
        parts = folded_words(name)
        words.update(parts)
        if len(parts) > 1:
            words.add("".join(parts))  # "de la Tour" is also typed "Delatour"
    return words


def _codes_of_row(row: SearchRow) -> set[str]:
    return {_code_of(code) for code in (*row.emails, *row.cards)}


def _code_of(text: str) -> str:
    return "".join(text.casefold().split())


def _is_code(text: str) -> bool:
    return "@" in text or any(letter.isdigit() for letter in text)


def _all_of(sets: list[set[int]]) -> set[int]:
    """Return what every set holds, smallest set first."""
    ordered = sorted(sets, key=len)
    found = set(ordered[0])
    for other in ordered[1:]:
        found &= other
        if not found:
            break
    return found
