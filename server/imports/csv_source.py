"""Reads a CSV file as a stream of numbered lines, and says how the file is written.

A broken line never stops the reading: it comes out with what is wrong with it, and the next one follows.
"""

import csv
import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO

import msgspec

from server.imports.dates import DateOrder
from server.imports.file_bytes import UTF_16, is_compressed, is_wide, open_bytes

DELIMITERS = (",", ";", "\t", "|")
LONGEST_LINE = 1 << 20  # bytes; a longer one is no line of a table
LONGEST_RECORD = 100  # physical lines one record may span before its quote counts as forgotten
MOST_COLUMNS = 2_000
SAMPLE_RECORDS = 200
# Columns that no import has any business with: they are emptied before anything looks at a line.
SECRETS = frozenset({
    "password", "password_hash", "passwd", "pwd", "rp_token", "rp_token_created_at", "mot de passe", "secret",
    "token", "api_key", "card_number", "credit_card", "iban",
})  # fmt: skip

_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf", b"BZh", b"\xfd7zX", b"%PDF")
_UNDECODABLE = "\ufffd"
_DECIMAL_COMMA = re.compile(r"^[-+]?(\d+|\d{1,3}([ .\u00a0\u202f]\d{3})+),\d{1,4}$")
_DECIMAL_POINT = re.compile(r"^[-+]?(\d+|\d{1,3}([ ,\u00a0\u202f]\d{3})+)\.\d{1,4}$")


class FileUnreadable(Exception):
    """The file is no table: empty, not text, or compressed and cut short."""


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is written. Everything here is detected unless the mapping states it."""

    encoding: str  # "utf-8", "utf-8-sig" (with a byte order mark), "utf-16" (with one or without) or "cp1252"
    delimiter: str
    decimal: str  # "." or ","
    compressed: bool
    header: tuple[str, ...]  # a column without a name is called "column 3", by its place
    dates: DateOrder = "none"  # as its column of birth dates is written
    dropped: tuple[str, ...] = ()  # columns of secrets: nothing of them is read


def require_distinct(dialect: Dialect, name: str) -> None:
    """Refuse a file of which two columns are called the same: nothing would tell which is meant.

    Raises:
        FileUnreadable: which name it is.
    """
    twice = [column for column, times in Counter(dialect.header).items() if times > 1]
    if twice:
        raise FileUnreadable(f"{name} has two columns of one name: {', '.join(twice)}")


class Line(msgspec.Struct, frozen=True):
    """One record of the file. ``number`` is the physical line it starts on; the header is line 1."""

    number: int
    values: Sequence[str]
    broken: str | None = None  # "columns", "quote", "encoding", "header" or "too_long"


def digest(path: Path) -> str:
    """Return the SHA-256 of the file as it lies on disk."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def detect(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    number_columns: Iterable[str] = (),
) -> Dialect:
    """Return how the file is written; what the caller states is taken as stated.

    The encoding is judged over the whole file, the rest on its first records.

    Raises:
        FileUnreadable: there is no header line that can be read, or the compressed stream is damaged.
    """
    try:
        found_encoding = encoding or _encoding_of(path)
        sample = _sample(path, found_encoding)
    except (OSError, EOFError, zlib.error) as error:
        raise FileUnreadable(str(error)) from error
    if not sample or not sample[0].strip():
        raise FileUnreadable("the file has no header line")
    if len(sample[0]) >= LONGEST_LINE:
        raise FileUnreadable("the header line is longer than any line of a table")
    found_delimiter = delimiter or max(DELIMITERS, key=lambda candidate: _fit(sample, candidate))
    rows = [_split(text, found_delimiter) or [] for text in sample]
    header = tuple(name.strip() or f"column {place}" for place, name in enumerate(rows[0], start=1))
    if not rows[0]:
        raise FileUnreadable("the quotation marks of the header line make no sense")
    if len(header) > MOST_COLUMNS:
        raise FileUnreadable(f"the file has more than {MOST_COLUMNS:,} columns")
    if not all(name.isprintable() for name in header):
        raise FileUnreadable("the header line holds control characters")
    return Dialect(
        encoding=found_encoding,
        delimiter=found_delimiter,
        decimal=decimal or _decimal_of(rows[1:], header, set(number_columns)),
        compressed=is_compressed(path),
        header=header,
        dropped=tuple(name for name in header if name.casefold() in SECRETS),
    )


def read_lines(path: Path, dialect: Dialect) -> Iterator[Line]:
    """Yield every record after the header, in file order. Blank lines are skipped.

    Raises:
        FileUnreadable: the compressed stream ends before its end.
    """
    width = len(dialect.header)
    dropped = [place for place, name in enumerate(dialect.header) if name in dialect.dropped]
    written: list[str] = []  # the header as the file has it
    first = ""
    try:
        with open_bytes(path) as stream:
            records = _records(stream, dialect.encoding, dialect.delimiter)
            for _, header, _ in islice(records, 1):
                names = _split(header, dialect.delimiter) or [""]
                first, written = names[0], [name.strip() for name in names]
            for number, text, broken in records:
                values = _split(text, dialect.delimiter) if broken is None else [text.rstrip("\r\n")]
                if values is None:
                    yield Line(number, [text.rstrip("\r\n")], "quote")
                elif values == [""] and width > 1:
                    continue
                elif broken is None and len(values) != width:
                    yield Line(number, values, "columns")
                elif width > 1 and values[0] == first and [name.strip() for name in values] == written:
                    yield Line(number, values, "header")
                else:
                    if dropped and broken is None:
                        for place in dropped:
                            values[place] = ""
                    yield Line(number, values, broken)
    except (OSError, EOFError, zlib.error) as error:
        raise FileUnreadable(str(error)) from error


def require_table(path: Path, *, most_bytes: int) -> None:
    """Refuse a file that is no text at all, or too large once it is inflated; it is read only so far.

    Raises:
        FileUnreadable: an archive, a binary, or more than ``most_bytes``.
    """
    with path.open("rb") as probe:
        start = probe.read(4)
    if start.startswith(_ARCHIVES):
        raise FileUnreadable("this is an archive or a workbook: save its table as CSV")
    read = 0
    try:
        with open_bytes(path) as stream:
            while block := stream.read(1 << 20):
                read += len(block)
                if b"\x00" in block:
                    raise FileUnreadable("the file holds NUL bytes: it is no text")
                if read > most_bytes:
                    raise FileUnreadable(f"the file is larger than {most_bytes >> 20} MiB")
    except (OSError, EOFError, zlib.error) as error:
        raise FileUnreadable("the compressed file is damaged") from error


def parse_decimal(text: str, decimal: str) -> str:
    """Return a number as the file writes it in plain notation: no thousands, a point before the decimals."""
    bare = text.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if decimal == ",":
        return bare.replace(".", "").replace(",", ".")
    return bare.replace(",", "")


def neutralised(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; plain numbers stay as they are.

    ``restored`` undoes it, so that a file of refusals can be corrected and imported again.
    """
    if value[:1] in {"=", "+", "-", "@", "\t", "\r"} and not _PLAIN_NUMBER.match(value):
        return "'" + value
    return value


def restored(value: str) -> str:
    """Return a cell without the apostrophe that spreadsheets and exports put before its text."""
    return value[1:] if value.startswith("'") and _SHIELDED.match(value) else value


_PLAIN_NUMBER = re.compile(r"^[-+]?\d+([.,]\d+)*$")
_SHIELDED = re.compile(r"^'[=+\-@\t\r\d]")


def _split(text: str, delimiter: str) -> list[str] | None:
    """Return the values of one record, or None when its quotes make no sense. Most lines have none."""
    if '"' not in text:
        return text.rstrip("\r\n").split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter))
    except csv.Error:
        return None


def _records(
    stream: IO[bytes], encoding: str, delimiter: str | None = None
) -> Iterator[tuple[int, str, str | None]]:
    """Yield (first physical line, text, what is broken) of each record, quoted line breaks joined."""
    delimiters = DELIMITERS if delimiter is None else (delimiter,)
    codec = "cp1252" if encoding == "cp1252" else "utf-8"
    pending: list[tuple[int, str]] = []  # physical lines read ahead and handed back
    number = 0
    cut: set[int] = set()  # physical lines of which the rest was passed over

    def following() -> tuple[int, str] | None:
        nonlocal number
        if pending:
            return pending.pop(0)
        raw = rest = stream.readline(LONGEST_LINE)
        if not raw:
            return None
        number += 1
        while len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
            cut.add(number)
            rest = stream.readline(LONGEST_LINE)
        text = raw.decode(codec, errors="replace")
        return number, text.removeprefix("\ufeff") if number == 1 else text

    while (line := following()) is not None:
        first, text = line
        if first in cut:
            yield first, text[:200], "too_long"
            continue
        if text.count('"') % 2 and _is_open(text, delimiters):
            ahead: list[tuple[int, str]] = []
            joined = text
            while len(ahead) < LONGEST_RECORD and (more := following()) is not None:
                ahead.append(more)
                joined += more[1]
                if more[1].count('"') % 2 and not _is_open(joined, delimiters):
                    break
            else:
                pending[:0] = ahead
                yield first, text.rstrip("\r\n"), "quote"
                continue
            text = joined
        if len(text) >= LONGEST_LINE:
            yield first, text[:200], "too_long"
        else:
            yield first, text, "encoding" if _UNDECODABLE in text or "\x00" in text else None


def _is_open(text: str, delimiters: Iterable[str]) -> bool:
    """Whether a quote opened in this text is still open at its end. Inside a word a quote opens nothing."""
    for delimiter in delimiters:
        try:
            list(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                return True
    return False


def _encoding_of(path: Path) -> str:
    """Return the encoding most lines with accents are written in: one bad byte makes no CP-1252."""
    if is_wide(path):
        return UTF_16
    well_formed = ill_formed = 0
    with open_bytes(path) as stream:
        start = stream.read(3)
        with_mark = start == b"\xef\xbb\xbf"
        carried = start
        while block := stream.read(1 << 20):
            block = carried + block
            cut = block.rfind(b"\n") + 1
            carried, block = block[cut:], block[:cut]
            if not block.isascii():
                good, bad = _count_forms(block)
                well_formed, ill_formed = well_formed + good, ill_formed + bad
        good, bad = _count_forms(carried)
        well_formed, ill_formed = well_formed + good, ill_formed + bad
    if with_mark:
        return "utf-8-sig"
    return "cp1252" if ill_formed > well_formed else "utf-8"


def _count_forms(block: bytes) -> tuple[int, int]:
    good = bad = 0
    for line in block.split(b"\n"):
        if not line.isascii():
            try:
                line.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
    return good, bad


def _sample(path: Path, encoding: str) -> list[str]:
    sample: list[str] = []
    with open_bytes(path) as stream:
        for _, text, broken in _records(stream, encoding):
            if broken is None:
                sample.append(text)
            elif not sample:
                raise FileUnreadable(f"the header line is broken ({broken})")
            if len(sample) >= SAMPLE_RECORDS:
                break
    return sample


def _fit(sample: list[str], delimiter: str) -> tuple[float, int]:
    """Return how well a delimiter explains the sample: share of records as wide as the header, then width."""
    widths = [len(row) for text in sample if (row := _split(text, delimiter)) and row != [""]]
    width = widths[0]
    return (0.0 if width < 2 else sum(found == width for found in widths) / len(widths), width)


def _decimal_of(rows: Iterable[Sequence[str]], header: Sequence[str], number_columns: set[str]) -> str:
    commas = points = 0
    for row in rows:
        for name, value in zip(header, row, strict=False):
            if not number_columns or name in number_columns:
                commas += bool(_DECIMAL_COMMA.match(value.strip()))
                points += bool(_DECIMAL_POINT.match(value.strip()))
    return "," if commas > points else "."
