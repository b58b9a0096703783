"""From the lines of an advertising report to costs a day: found below its titles, read and spread."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path

import msgspec

from server.imports.cost_mapping import LEAST_NAMES, CostMapping, Places, places_of
from server.imports.csv_source import (
    DELIMITERS,
    Dialect,
    Line,
    detect,
    parse_decimal,
    read_lines,
    restored,
)
from server.imports.dates import DateUnclear, date_order, read_date
from server.imports.mapping import MappingInvalid
from server.imports.money import LARGEST_PRICE, minor_units
from server.imports.refusals import BROKEN, LineRefused

TITLES = 40  # lines that may stand above the header
LONGEST = 300  # characters of a name
MOST_DAYS = 366  # that one line may be about
MOST_COUNTED = 10**15
_NOTHING = frozenset({"", "-", "--", "—", "n/a", "null"})
_SIGNS = str.maketrans("", "", "€$£¥")
_TOTAL = re.compile(r"^(grand\s+)?tota(l|ux)\b", re.IGNORECASE)
_DECIMALS = re.compile(r"([.,])(?:\d{1,2}|\d{4,})$|^0*([.,])\d+$")
_THOUSANDS = re.compile(r"^[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*$")
_KEY = ("source", "medium", "campaign", "campaign_id", "term", "content")


class CostKey(msgspec.Struct, frozen=True, order=True):
    """What a cost is about: a day of one campaign."""

    day: date
    source: str
    medium: str
    campaign: str
    campaign_id: str
    term: str
    content: str


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What a day of a campaign came to; what a file does not say is None."""

    currency: str = ""  # of the cost
    cost: int | None = None  # minor units
    impressions: int | None = None
    clicks: int | None = None

    def plus(self, other: "Spent") -> "Spent":
        """Return both together.

        Raises:
            LineRefused: they are in two currencies.
        """
        if self.currency and other.currency and self.currency != other.currency:
            raise LineRefused("currency", "this day of this campaign is told in two currencies")
        return Spent(
            currency=self.currency or other.currency,
            cost=_sum(self.cost, other.cost),
            impressions=_sum(self.impressions, other.impressions),
            clicks=_sum(self.clicks, other.clicks),
        )


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One line: a campaign over some days, and what it came to in all."""

    first: CostKey
    days: int
    spent: Spent
    exact: Decimal | None  # the cost as it is written

    def daily(self) -> Iterator[tuple[CostKey, Spent]]:
        """Yield what falls on each day; they add up to the line, the first ones take what is left over."""
        parts = {
            name: _shares(getattr(self.spent, name), self.days) for name in ("cost", "impressions", "clicks")
        }
        for number in range(self.days):
            key = msgspec.structs.replace(self.first, day=self.first.day + timedelta(days=number))
            shares = {name: each[number] for name, each in parts.items()}
            yield key, Spent(currency=self.spent.currency, **shares)


def find_table(path: Path, mapping: CostMapping) -> tuple[Dialect, Places, int]:
    """Return how a report is written, where its columns are, and how many records stand above its lines.

    Raises:
        FileUnreadable: no text.
        MappingInvalid: no line names at least three of our columns.
    """
    found = detect(path, encoding=mapping.file.encoding, delimiter=mapping.file.delimiter)
    delimiters = (found.delimiter, *DELIMITERS) if mapping.file.delimiter is None else (found.delimiter,)
    for delimiter in dict.fromkeys(delimiters):
        dialect = detect(path, encoding=found.encoding, delimiter=delimiter)
        for number, line in enumerate(islice(records(path, dialect), TITLES)):
            places = places_of(mapping, line.values)
            if len(places) >= LEAST_NAMES:
                header = tuple(name.strip() for name in line.values)
                dialect = msgspec.structs.replace(dialect, header=header, dropped=())
                lines = islice(records(path, dialect), number + 1, None)
                return _written(dialect, mapping, places, lines), places, number + 1
    raise MappingInvalid(f"{path.name} has no line that names {LEAST_NAMES} columns of the mapping")


def _written(dialect: Dialect, mapping: CostMapping, places: Places, lines: Iterator[Line]) -> Dialect:
    """Return a dialect with its decimal sign and the order of its dates, as the columns tell."""
    days: set[str] = set()
    costs: list[str] = []
    column = places.columns.get("day", places.columns.get("first_day"))
    cost = places.columns.get("cost")
    for line in lines:
        if line.broken is None and len(line.values) == len(dialect.header):
            if column is not None and not _TOTAL.match(line.values[column].strip()):
                days.add(line.values[column])
            if cost is not None and len(costs) < 10_000:
                costs.append(line.values[cost].translate(_SIGNS).strip())
    return msgspec.structs.replace(
        dialect,
        decimal=mapping.file.decimal or _decimal_of(costs),
        dates=date_order(days),
    )


def records(path: Path, dialect: Dialect) -> Iterator[Line]:
    """Yield every record of a file, its first one too, whatever its width."""
    first = detect(path, encoding=dialect.encoding, delimiter=dialect.delimiter).header
    yield Line(1, list(first))
    for line in read_lines(path, msgspec.structs.replace(dialect, header=(), dropped=())):
        if line.values != [""]:
            yield msgspec.structs.replace(line, broken=None if line.broken == "columns" else line.broken)


class CostReader:
    """Reads the lines of one report."""

    def __init__(self, mapping: CostMapping, dialect: Dialect, places: Places) -> None:
        self._mapping = mapping
        self._dialect = dialect
        self._places = places

    def is_end(self, line: Line) -> bool:
        """Whether sums begin here: a line that says total where a day should be."""
        first = next((each.strip() for each in line.values if each.strip()), "")
        if not _TOTAL.match(first):
            return False
        try:
            read_date(self._day(self._cells(line)), self._dialect.dates)
        except DateUnclear:
            return True
        return False

    def read(self, line: Line) -> Told:
        """Return what a line says.

        Raises:
            LineRefused: it cannot be taken in, and why.
        """
        if line.broken is not None:
            raise BROKEN[line.broken]
        if len(line.values) != len(self._dialect.header):
            raise BROKEN["columns"]
        cells = self._cells(line)
        constants = self._mapping.constants
        key = {name: self._name(cells, name) for name in _KEY}
        key["source"] = key["source"] or constants.source or ""
        key["medium"] = key["medium"] or constants.medium or ""
        for name in ("source", "medium", *(("campaign",) if self._mapping.campaign_needed else ())):
            if not key[name]:
                raise LineRefused(name, f"no {name}: it may be a sum of other lines")
        first, days = self._days(cells)
        exact = self._number(cells, "cost")
        currency = self._currency(cells) if exact is not None else ""
        spent = Spent(
            currency=currency,
            cost=None if exact is None else minor_units(exact, currency),
            impressions=self._whole(cells, "impressions"),
            clicks=self._whole(cells, "clicks"),
        )
        if (spent.cost, spent.impressions, spent.clicks) == (None, None, None):
            raise LineRefused("nothing", "neither cost nor clicks nor impressions")
        return Told(first=CostKey(day=first, **key), days=days, spent=spent, exact=exact)

    def _cells(self, line: Line) -> dict[str, str]:
        return {
            name: restored(line.values[place]).strip()
            for name, place in self._places.columns.items()
            if place < len(line.values)
        }

    def _name(self, cells: dict[str, str], column: str) -> str:
        text = " ".join(cells.get(column, "").split())
        if text in ("--", "(not set)"):
            return ""
        if len(text) > LONGEST or not text.isprintable():
            raise LineRefused(column, f"{column}: longer than {LONGEST} characters, or not text")
        return text

    def _day(self, cells: dict[str, str]) -> str:
        return cells.get("day", cells.get("first_day", ""))

    def _days(self, cells: dict[str, str]) -> tuple[date, int]:
        try:
            first = read_date(self._day(cells), self._dialect.dates)
            whole = "day" in cells or not cells.get("last_day")
            last = first if whole else read_date(cells["last_day"], self._dialect.dates)
        except DateUnclear as error:
            raise LineRefused("day", f"day: {error}") from error
        days = (last - first).days + 1
        if not 1 <= days <= MOST_DAYS or not 2000 <= first.year <= 2200:
            raise LineRefused(
                "day", f"day: a line is about at most {MOST_DAYS} days, the last one not before the first"
            )
        return first, days

    def _currency(self, cells: dict[str, str]) -> str:
        told = cells.get("currency") or self._places.currency or self._mapping.constants.currency or ""
        if len(told) != 3 or not (told.isascii() and told.isalpha()):
            raise LineRefused("currency", "currency: three letters, as EUR")
        return told.upper()

    def _number(self, cells: dict[str, str], column: str) -> Decimal | None:
        text = cells.get(column, "").translate(_SIGNS).strip()
        if text.casefold() in _NOTHING:
            return None
        try:
            number = Decimal(parse_decimal(text, self._dialect.decimal))
        except InvalidOperation as error:
            raise LineRefused(column, f"{column}: not a number") from error
        if not number.is_finite() or not 0 <= number <= LARGEST_PRICE:
            raise LineRefused(column, f"{column}: negative, or too large to be one")
        return number

    def _whole(self, cells: dict[str, str], column: str) -> int | None:
        text = "".join(cells.get(column, "").split()).replace("\u202f", "")
        if text.casefold() in _NOTHING:
            return None
        groups = re.split(r"[.,]", text)
        if len(groups) == 2 and set(groups[1]) == {"0"} and len(groups[1]) <= 2:
            groups = groups[:1]  # "12.0"
        if not all(each.isascii() and each.isdigit() for each in groups) or any(
            len(each) != 3 for each in groups[1:]
        ):
            raise LineRefused(column, f"{column}: not a whole number")
        whole = int("".join(groups)[:20])
        if whole > MOST_COUNTED:
            raise LineRefused(column, f"{column}: too large to be one")
        return whole


def _decimal_of(costs: Sequence[str]) -> str:
    """Return the decimal sign of amounts; three digits behind the only sign that is used are thousands."""
    signs = Counter(found[1] or found[2] for each in costs if (found := _DECIMALS.search(each)))
    thousands = Counter(found[1] for each in costs if (found := _THOUSANDS.match(each)))
    if signs["."] != signs[","]:
        return "." if signs["."] > signs[","] else ","
    return "," if thousands["."] > thousands[","] else "."


def _shares(whole: int | None, days: int) -> Sequence[int | None]:
    if whole is None:
        return [None] * days
    share, rest = divmod(whole, days)
    return [share + (number < rest) for number in range(days)]


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other
