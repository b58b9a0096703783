"""Proposes a mapping for a file that has none: by what its columns are called and by what they hold.

A proposal is for a person to accept or change; nothing is kept by it. No column is proposed as a yes: one
that seems to tell of a consent is left out, one that says "do not" is read where its words are clear.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from server.customers.forms import email_form
from server.imports import cost_mapping, customer_mapping, mapping
from server.imports.column_contents import HOLDS, instant_form, is_date, is_number, is_phone, is_title
from server.imports.cost_rows import find_table
from server.imports.csv_source import Dialect, detect, read_lines, require_distinct, restored
from server.imports.dates import date_order
from server.imports.header_words import (
    ADDS_UP,
    CHANNELS,
    FREE_TEXT,
    OPTED_IN,
    OPTED_OUT,
    ORDER_LINES,
    PEOPLE,
    field_named,
    plain,
)
from server.imports.left_out import Reason, left_out
from server.imports.mapping import MappingInvalid
from server.imports.table_file import SHIPPED, document_of

SAMPLED = 1_000  # rows that are looked at
MOSTLY = 0.8  # of the values of a column, from which it holds what it is called
ALMOST_ALL = 0.95  # where nothing but the values speaks
TOLD_OF_ALL = 0.9  # of a file's columns, from which it is one of a known system
LEAST_KNOWN = 5
_SEVERAL = frozenset({"street"})
_YES = frozenset({"yes", "y", "true", "1", "x", "oui", "o", "vrai", "t"})
_NO = frozenset({"", "no", "n", "false", "0", "non", "faux", "f"})
_NOTHING = ("NULL", "N/A", "n/a", "#N/A", "(null)")


class ProposedColumn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A column, and the field that it seems to be."""

    column: str
    field: str | None = None
    how: str | None = None  # "name", "alike" (a slip of a name) or "content"
    left_out: Reason | None = None
    doubt: str | None = None  # what its name says and its values do not bear out


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping for a person to accept or change."""

    kind: str  # "customers", "order-lines" or "costs"
    shipped: str | None  # the mapping of a known system, where the file is one of its own
    complete: bool  # False: the questions come first
    mapping: dict[str, Any]  # as it would be saved
    columns: list[ProposedColumn]
    questions: list[str]  # to be answered in the mapping before it can be used
    remarks: list[str]  # what was taken for granted
    encoding: str
    delimiter: str
    decimal: str
    rows_looked_at: int


def propose(path: Path) -> Proposal:
    """Return how a file might be read. Nothing is written.

    Raises:
        FileUnreadable: no header, not text, cut short.
    """
    dialect = detect(path)
    require_distinct(dialect, path.name)
    rows = [
        [restored(cell.strip()) for cell in line.values]
        for line in islice(read_lines(path, dialect), SAMPLED)
        if line.broken is None
    ]
    if known := _of_a_known_system(path, dialect):
        return _of_shipped(known, dialect, len(rows))
    return _Reading(dialect, rows, _slug(path)).proposal()


def _of_a_known_system(path: Path, dialect: Dialect) -> str | None:
    found: dict[str, int] = {}
    for shipped in sorted(SHIPPED.glob("*.toml")):
        kind = customer_mapping.kind_of(shipped)
        if kind == "costs":
            costs = cost_mapping.load(shipped)
            with suppress(MappingInvalid):
                _, places, _ = find_table(path, costs)
                cost_mapping.require_columns(costs, places, name=path.name)
                found[shipped.stem] = len(places)
            continue
        if kind == "customers":
            people = customer_mapping.load(shipped)
            named, rules = customer_mapping.columns_of(people), people.left_out
            missing = customer_mapping.missing_columns(people, dialect.header)
        else:
            lines = mapping.load(shipped)
            named, rules = mapping.columns_of(lines), lines.left_out
            missing = mapping.missing_columns(lines, dialect.header)
        silent = left_out(dialect.header, read=named, rules=rules, dropped=dialect.dropped)
        told = sum(reason != "unnamed" for reason in silent.values()) + len(dialect.header) - len(silent)
        if not missing and told >= LEAST_KNOWN and told >= TOLD_OF_ALL * len(dialect.header):
            found[shipped.stem] = len(dialect.header) - len(silent)
    return max(found, key=lambda name: found[name]) if found else None


def _of_shipped(name: str, dialect: Dialect, rows: int) -> Proposal:
    path = SHIPPED / f"{name}.toml"
    document = document_of(path)
    fields: dict[str, str] = {}
    for field, columns in document["columns"].items():
        for column in [columns] if isinstance(columns, str) else columns:
            fields.setdefault(column, field)
    return Proposal(
        kind=customer_mapping.kind_of(path),
        shipped=name,
        complete=True,
        mapping=document,
        columns=[
            ProposedColumn(column=column, field=fields.get(column), how="name" if column in fields else None)
            for column in dialect.header
        ],
        questions=[],
        remarks=[],
        encoding=dialect.encoding,
        delimiter=dialect.delimiter,
        decimal=dialect.decimal,
        rows_looked_at=rows,
    )


class _Reading:
    """A file's columns beside our fields."""

    def __init__(self, dialect: Dialect, rows: Sequence[Sequence[str]], source: str) -> None:
        self._dialect = dialect
        self._source = source
        self._rows = len(rows)
        self._held = {
            name: [row[place] for row in rows if row[place] and row[place] not in _NOTHING]
            for place, name in enumerate(dialect.header)
        }
        self._nothing = [word for word in _NOTHING if any(word in row for row in rows)]
        self._questions: list[str] = []
        self._remarks = [f'The source is called "{source}" for ever: change it before you save.']
        self._columns: dict[str, ProposedColumn] = {}
        self._fields: dict[str, list[str]] = {}  # our field -> its columns

    def proposal(self) -> Proposal:
        lines = {field for name in self._dialect.header for field in field_named(name, ORDER_LINES)}
        is_lines = {"quantity", "unit_price", "order"} <= lines
        self._leave_out(ORDER_LINES if is_lines else PEOPLE)
        document = self._order_lines() if is_lines else self._people()
        why: dict[str, list[str]] = {}
        for each in self._columns.values():
            if each.left_out is not None and each.left_out not in ("unnamed", "secret") and each.column:
                why.setdefault(each.left_out, []).append(each.column)
        if why:
            document["left_out"] = why
        return Proposal(
            kind=document["kind"],
            shipped=None,
            complete=not self._questions,
            mapping=document,
            columns=[
                self._columns.get(name, ProposedColumn(column=name, left_out="unnamed"))
                for name in self._dialect.header
            ],
            questions=self._questions,
            remarks=self._remarks,
            encoding=self._dialect.encoding,
            delimiter=self._dialect.delimiter,
            decimal=self._dialect.decimal,
            rows_looked_at=self._rows,
        )

    def _leave_out(self, fields: Mapping[str, str]) -> None:
        """Name the columns that are not read whatever they hold; consents are the first of them."""
        for name in self._dialect.header:
            written = plain(name)
            reason: Reason | None = None
            if not name:
                reason = "unnamed"
            elif name in self._dialect.dropped:
                reason = "secret"
            elif OPTED_OUT.search(written) or 100 in field_named(name, fields).values():
                continue
            elif OPTED_IN.search(written):
                reason = "proves_nothing"
            elif FREE_TEXT.search(written):
                reason = "free_text"
            elif ADDS_UP.search(written):
                reason = "adds_up"
            if reason is not None:
                self._columns[name] = ProposedColumn(column=name, left_out=reason)

    def _people(self) -> dict[str, Any]:
        withdrawn = self._withdrawn()
        self._match(PEOPLE)
        self._names()
        if "email" not in self._fields:
            self._by_content("email", lambda text: "@" in text and email_form(text) is not None)
        if "phone" not in self._fields:
            self._by_content("phone", lambda text: len(text) > 8 and text[0] in "+0" and is_phone(text))
        if "title" not in self._fields:
            self._by_content("title", is_title)
        document: dict[str, Any] = {"source": self._source, "kind": "customers", "columns": {}}
        document["columns"]["id"] = self._id()
        for field in PEOPLE:
            if field == "id" or field not in self._fields:
                continue
            several = field in ("full_name", "given_name", "family_name", "street")
            document["columns"][field] = self._fields[field] if several else self._fields[field][0]
        if not document["columns"].keys() & {"given_name", "family_name", "full_name", "email", "phone"}:
            self._questions.append("Which column names the people?")
        if born := self._fields.get("birth_date"):
            order = date_order(self._held[born[0]])
            if order in ("ambiguous", "mixed"):
                self._questions.append(
                    f"Does {born[0]} write the day or the month first? Say formats.birth_date: "
                    '"%d/%m/%Y" or "%m/%d/%Y"?'
                )
        if "country" not in self._fields:
            self._remarks.append("No column is a country: phones and addresses are read as of France.")
        if self._nothing:
            document["formats"] = {"nothing": ["", *self._nothing]}
        if withdrawn:
            document["withdrawn"] = withdrawn
        return document

    def _order_lines(self) -> dict[str, Any]:
        self._match(ORDER_LINES)
        document: dict[str, Any] = {"source": self._source, "kind": "order-lines", "columns": {}}
        for field in ORDER_LINES:
            if field in self._fields:
                document["columns"][field] = self._fields[field][0]
            elif field in mapping.REQUIRED_COLUMNS:
                self._questions.append(f"Which column is the field {field}?")
        if "at" in self._fields:
            form = instant_form(self._held[self._fields["at"][0]])
            if form is None:
                self._questions.append(
                    f"How does {self._fields['at'][0]} write its instants? Say formats.at, as in strptime?"
                )
            else:
                document["formats"] = {"at": form}
                self._remarks.append("Instants without a zone are read as UTC: say formats.time_zone.")
        if "currency" not in self._fields:
            self._questions.append("In which currency are the amounts? Say constants.currency?")
        return document

    def _match(self, fields: Mapping[str, str]) -> None:
        """Give each field the column whose name speaks of it most surely, unless the values say otherwise."""
        scored = sorted(
            (
                (-score, place, field, name)
                for place, name in enumerate(self._dialect.header)
                if name not in self._columns
                for field, score in field_named(name, fields).items()
            ),
        )
        order = list(fields)
        scored.sort(key=lambda each: (each[0], order.index(each[2]) if -each[0] < 100 else 0, each[1]))
        for negative, _, field, name in scored:
            if name in self._columns and self._columns[name].doubt is None:
                continue
            taken = field
            if field in self._fields and field not in _SEVERAL:
                if field != "phone" or "other_phone" in self._fields or "other_phone" not in fields:
                    continue
                taken = "other_phone"
            if (field != "title" or fields is PEOPLE) and not self._bears_out(field, name):
                self._columns[name] = ProposedColumn(
                    column=name, left_out="unnamed", doubt=f"called {field}, and holds something else"
                )
                continue
            how = "name" if negative == -100 else "alike"
            self._take(taken, name, how)

    def _take(self, field: str, name: str, how: str) -> None:
        self._fields.setdefault(field, []).append(name)
        self._columns[name] = ProposedColumn(column=name, field=field, how=how)

    def _names(self) -> None:
        """Tell "Name" and "Nom" apart: a family name beside a given one, else the whole."""
        for name in self._dialect.header:
            if plain(name) in ("name", "client", "customer") and name not in self._columns:
                alone = not self._fields.keys() & {"given_name", "full_name", "family_name"}
                if alone or ("given_name" in self._fields and "family_name" not in self._fields):
                    self._take("full_name" if alone else "family_name", name, "name")
        if self._fields.keys() & {"given_name", "full_name"} or "family_name" not in self._fields:
            return
        (column,) = self._fields["family_name"]
        if self._share(column, lambda text: len(text.split()) > 1) >= MOSTLY:
            del self._fields["family_name"]
            self._take("full_name", column, "content")

    def _id(self) -> str:
        """Return the column that tells one row from another."""
        found = self._fields.get("id")
        if found and not self._held[found[0]]:  # of people who are new there
            del self._columns[found[0]]
            found = None
        if found:
            values = self._held[found[0]]
            if len(values) < self._rows or len(set(values)) < len(values):
                self._questions.append(
                    f"{found[0]} is empty or the same in {self._rows - len(set(values))} rows: is it the id?"
                )
            return found[0]
        for field in ("email", "loyalty_card", "phone"):
            for name in self._fields.get(field, ()):
                values = [value.casefold() for value in self._held[name]]
                if values and len(set(values)) == self._rows:
                    return name
        self._questions.append("Which column tells one row from another, in this file and the next?")
        return ""

    def _withdrawn(self) -> list[dict[str, Any]]:
        rules = []
        for name in self._dialect.header:
            written = plain(name)
            if name in self._columns or not OPTED_OUT.search(written):
                continue
            values = {value.casefold() for value in self._held[name]}
            if not values <= _YES | _NO:
                self._columns[name] = ProposedColumn(
                    column=name,
                    left_out="proves_nothing",
                    doubt="says yes and no in words that are not clear",
                )
                self._questions.append(f"Which words of {name} say that she does not want it?")
                continue
            channels = [channel for channel, words in CHANNELS if words.search(written)]
            rules.append(
                {
                    "column": name,
                    "words": sorted(values & _YES) or ["true", "yes", "1"],
                    "channels": channels or [channel for channel, _ in CHANNELS],
                }
            )
            self._columns[name] = ProposedColumn(column=name, field="withdrawn", how="name")
        return rules

    def _by_content(self, field: str, holds: Callable[[str], bool]) -> None:
        for name in self._dialect.header:
            open_ = name not in self._columns or self._columns[name].doubt is not None
            if open_ and self._held[name] and self._share(name, holds) >= ALMOST_ALL:
                self._take(field, name, "content")
                return

    def _bears_out(self, field: str, name: str) -> bool:
        holds = HOLDS.get(field)
        if holds is None or not self._held[name]:
            return True
        if field == "birth_date":
            order = date_order(self._held[name])
            return self._share(name, lambda text: is_date(text, order)) >= MOSTLY
        if field in ("quantity", "unit_price", "discount"):
            return self._share(name, lambda text: is_number(text, self._dialect.decimal)) >= MOSTLY
        return self._share(name, holds) >= MOSTLY

    def _share(self, name: str, holds: Callable[[str], bool]) -> float:
        values = self._held[name]
        return sum(map(holds, values)) / len(values) if values else 0.0


def _slug(path: Path) -> str:
    stem = path.name.partition(".")[0].casefold()
    named = re.sub(r"[^a-z]+", "-", stem).strip("-")[:40]
    return named if len(named) > 1 else "a-file"
