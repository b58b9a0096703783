"""A search index packed into a few strings and arrays: made once, opened in an instant, never changed.

Rows are numbered in the order in which lists show them, so that the best of many are the smallest numbers;
words stand sorted with their rows one after the other, so that all words with a beginning are one slice.
"""

import sys
from array import array
from collections.abc import Collection, Iterable, Mapping

import msgspec

from schemas.record import Struct
from sync.search_row import VERSION, SearchRow, codes_of, phones_of, words_of

ID_BYTES = 16
BETWEEN = "\n"  # in no word, code or number


class Postings(Struct, array_like=True):
    """Sorted keys and the rows that hold each."""

    keys: str = ""  # with BETWEEN between
    ends: bytes = b""  # of 32 bits each: where in ``rows`` a key's rows end
    rows: bytes = b""  # of 32 bits each


class Segment(Struct, array_like=True):
    """The index of some customers."""

    made_by: int  # sync.search_row.VERSION
    ids: bytes = b""
    orders: str = ""
    phones: str = ""
    words: Postings = Postings()
    codes: Postings = Postings()
    facets: Postings = Postings()


_decoder = msgspec.msgpack.Decoder(Segment)
_encoder = msgspec.msgpack.Encoder()


def encode(segment: Segment) -> bytes:
    """Return the bytes sent and kept."""
    return _encoder.encode(segment)


def decode(content: bytes) -> Segment:
    """Return a segment.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError: it is none.
    """
    return _decoder.decode(content)


class Builder:
    """Gathers rows, then numbers them in their order."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, bytes, str]] = []  # order, id, phones
        self._words: dict[str, list[int]] = {}
        self._codes: dict[str, list[int]] = {}
        self._facets: dict[str, list[int]] = {}

    def add(self, record_id: bytes, row: SearchRow) -> None:
        """Hold a row; each record at most once."""
        number = len(self._rows)
        self._rows.append((row.order, record_id, phones_of(row)))
        for word in words_of(row):
            self._words.setdefault(word, []).append(number)
        for code in codes_of(row):
            self._codes.setdefault(code, []).append(number)
        for facet in row.facets:
            self._facets.setdefault(facet, []).append(number)

    def add_packed(
        self,
        rows: Iterable[tuple[str, bytes, str]],
        words: Iterable[tuple[str, Collection[int]]],
        codes: Iterable[tuple[str, Collection[int]]],
        facets: Iterable[tuple[str, Collection[int]]],
    ) -> None:
        """Hold rows (order, id, phones) that were packed before, with what finds each by its place here."""
        first = len(self._rows)
        self._rows.extend(rows)
        for held, brought in ((self._words, words), (self._codes, codes), (self._facets, facets)):
            for key, places in brought:
                held.setdefault(key, []).extend([first + place for place in places])

    def segment(self) -> Segment:
        """Return the index of all that was added."""
        places = sorted(range(len(self._rows)), key=self._rows.__getitem__)
        number_of = [0] * len(places)
        for number, place in enumerate(places):
            number_of[place] = number
        in_order = [self._rows[place] for place in places]
        return Segment(
            made_by=VERSION,
            ids=b"".join([row[1] for row in in_order]),
            orders=BETWEEN.join([row[0] for row in in_order]),
            phones=BETWEEN.join([row[2] for row in in_order]),
            words=_postings(self._words, number_of),
            codes=_postings(self._codes, number_of),
            facets=_postings(self._facets, number_of),
        )


def make_segment(rows: Iterable[tuple[bytes, SearchRow]]) -> Segment:
    """Return the index of these rows, each with its record's id."""
    builder = Builder()
    for record_id, row in rows:
        builder.add(record_id, row)
    return builder.segment()


def numbers(content: bytes) -> "array[int]":
    """Return packed numbers of 32 bits."""
    found = array("I")
    found.frombytes(content)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def _postings(held: Mapping[str, list[int]], number_of: list[int]) -> Postings:
    keys = sorted(key for key in held if BETWEEN not in key)
    rows, ends = array("I"), array("I")
    for key in keys:
        rows.extend([number_of[place] for place in held[key]])
        ends.append(len(rows))
    return Postings(keys=BETWEEN.join(keys), ends=_packed(ends), rows=_packed(rows))


def _packed(found: "array[int]") -> bytes:
    if sys.byteorder == "big":
        found.byteswap()
    return found.tobytes()
