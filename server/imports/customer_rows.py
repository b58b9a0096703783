"""From the rows of a table of people to what a source says of each, and to the edits that say it here.

A value that no field of ours can hold is left out and named with its reason; the row itself stays, and what
was written is kept verbatim with the source record. No column grants a consent.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.customer import FieldInvalid, checked
from schemas.hlc import pack
from schemas.ids import id_from
from schemas.mutations import (
    CreateCustomer,
    Envelope,
    RecordConsent,
    SetField,
    SourceRef,
    encode_args,
    op_of,
)
from server.customers.countries import country_code
from server.customers.forms import email_form, phone_form
from server.identity.person import PARTICLES, Born, Person, make
from server.imports.csv_source import Dialect, Line, restored
from server.imports.customer_mapping import CustomerMapping
from server.imports.dates import DateUnclear, likely_date, read_date
from server.imports.refusals import BROKEN, LineRefused

LONGEST_CELL = 2_000
LONGEST_REFERENCE = 120  # as everywhere: cut short, two people of one beginning would be one
NAMING = ("given_name", "family_name", "email", "phone", "loyalty_card")  # one of them is needed


class LeftOut(msgspec.Struct, frozen=True):
    """A value that could not be kept: its field and why, never the value."""

    field: str
    reason: str


class SourcePerson(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says of one person."""

    line: int
    reference: str  # the source's own id
    values: dict[str, Any]  # our fields, checked
    left_out: tuple[LeftOut, ...]
    verbatim: dict[str, str]  # the columns as written, without the empty ones
    withdrawn: tuple[tuple[str, str], ...] = ()  # channel and purpose of what she does not want


class RowReader:
    """Reads rows of one file by one mapping."""

    def __init__(self, mapping: CustomerMapping, dialect: Dialect) -> None:
        self._mapping = mapping
        self._header = dialect.header
        self._dates = dialect.dates
        self._nothing = frozenset(mapping.formats.nothing)
        columns = msgspec.to_builtins(mapping.columns)
        self._columns = _present(columns, dialect.header)
        self.further_rows = mapping.formats.further_rows
        self.fields = _spoken_of(columns, dialect.header)  # what a row of this file can say

    def read(self, line: Line) -> SourcePerson:
        """Return what a row says.

        Raises:
            LineRefused: the row is broken, has no id, or names nobody.
        """
        cells = self._cells(line)
        columns = self._mapping.columns
        ids = [columns.id] if isinstance(columns.id, str) else list(columns.id)
        if ids[0] not in cells:
            raise LineRefused("id", f"the column {ids[0]} is empty: nothing tells this row from another")
        reference = " ".join(
            cells[name].casefold() if name == columns.email else cells[name] for name in ids if name in cells
        )
        if len(reference) > LONGEST_REFERENCE:
            raise LineRefused("too_long", f"the id of the row is longer than {LONGEST_REFERENCE} characters")
        told = self._told(cells)
        values, left_out = self._kept(told)
        if not any(values.get(field) for field in NAMING):
            raise LineRefused("nobody", "no name, e-mail, phone or card: the row names nobody")
        return SourcePerson(
            line=line.number,
            reference=reference,
            values=values,
            left_out=left_out,
            verbatim=cells,
            withdrawn=tuple(
                (channel, rule.purpose)
                for rule in self._mapping.withdrawn
                if rule.matches(cells.get(rule.column, ""))
                for channel in rule.channels
            ),
        )

    def person(self, line: Line) -> Person:
        """Return the person of a row in comparable forms, whoever she may be.

        Raises:
            LineRefused: the row is broken.
        """
        return self._compared(self._cells(line))

    def person_of(self, told: SourcePerson) -> Person:
        """Return a person in comparable forms, from what was written of her."""
        return self._compared(told.verbatim)

    def _compared(self, cells: Mapping[str, str]) -> Person:
        return self._person(self._told(cells), cells)

    def _cells(self, line: Line) -> dict[str, str]:
        if line.broken is not None:
            raise BROKEN[line.broken]
        written = ((name, cell.strip()) for name, cell in zip(self._header, line.values, strict=True))
        cells = {name: restored(cell) for name, cell in written if cell not in self._nothing}
        if any(len(cell) > LONGEST_CELL for cell in cells.values()):
            raise LineRefused("too_long", "a cell is longer than any value of a person")
        return cells

    def _told(self, cells: Mapping[str, str]) -> dict[str, str]:
        told: dict[str, str] = {}
        for field, names in self._columns:
            text = (
                cells.get(names[0], "")
                if len(names) == 1
                else " ".join(cells[name] for name in names if name in cells)
            )
            if text:
                told[field] = text
        told.setdefault("phone", told.pop("other_phone", ""))
        if "full_name" in told and not told.keys() & {"given_name", "family_name"}:
            told |= parted(told["full_name"])
        if not told.keys() & {"given_name", "family_name"}:
            told["family_name"] = told.get("organization", "")
        return {field: text for field, text in told.items() if text}

    def _kept(self, told: Mapping[str, str]) -> tuple[dict[str, Any], tuple[LeftOut, ...]]:
        values: dict[str, Any] = {}
        left_out: list[LeftOut] = []
        forms = {
            "title": told.get("title"),
            "given_name": told.get("given_name"),
            "family_name": told.get("family_name"),
            "language": told.get("language"),
            "loyalty_card": told.get("loyalty_card"),
            "town": told.get("city"),
            "birth_date": self._birth_date(told, left_out),
            "email": told.get("email"),
            "phone": self._phone(told, left_out),
            "address": self._address(told, left_out),
        }
        for field, value in forms.items():
            if value is None:
                continue
            if field == "email" and email_form(str(value)) is None:
                left_out.append(LeftOut("email", "not an e-mail address"))
                continue
            if field == "birth_date" and str(value) > datetime.now(UTC).date().isoformat():
                left_out.append(LeftOut("birth_date", "not in the future"))
                continue
            try:
                values[field] = checked(field, value)
            except FieldInvalid as error:
                left_out.append(LeftOut(error.field, error.rule))
        return values, tuple(left_out)

    def _birth_date(self, told: Mapping[str, str], left_out: list[LeftOut]) -> str | None:
        form = self._mapping.formats.birth_date
        try:
            if "birth_year" in told:
                year, month, day = (int(told.get(f"birth_{part}", "")) for part in ("year", "month", "day"))
                born = datetime(year, month, day)
            elif "birth_date" in told:
                text = told["birth_date"]
                if form == "detect":
                    return read_date(text, self._dates).isoformat()
                born = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)
            else:
                return None
        except DateUnclear as error:
            left_out.append(LeftOut("birth_date", str(error)))
            return None
        except (ValueError, TypeError, OverflowError):
            left_out.append(LeftOut("birth_date", f"not a date of the form {form}"))
            return None
        return born.date().isoformat()

    def _phone(self, told: Mapping[str, str], left_out: list[LeftOut]) -> str | None:
        if "phone" not in told:
            return None
        told_of = country_code(told["country"]) if "country" in told else None
        number = phone_form(told["phone"], region=told_of or self._mapping.formats.country)
        if number is None:
            left_out.append(LeftOut("phone", "not a phone number"))
        return number

    def _address(self, told: Mapping[str, str], left_out: list[LeftOut]) -> dict[str, str] | None:
        street = " ".join(told[part] for part in ("house", "street") if part in told)
        address = {
            "line1": street,
            "postal_code": told.get("postal_code", ""),
            "city": told.get("city", ""),
            "region": told.get("region", ""),
        }
        if not any(address.values()):
            return None
        country = country_code(told.get("country", self._mapping.formats.country))
        if country is None:
            left_out.append(LeftOut("address", "the country is none that is known: write its two letters"))
            return None
        address["country"] = country
        return {name: text for name, text in address.items() if text}

    def _person(self, told: Mapping[str, str], cells: Mapping[str, str]) -> Person:
        born: Born | str | None = told.get("birth_date")
        if "birth_year" in told:
            born = Born(
                **{
                    part: int(told[name])
                    for part in ("year", "month", "day")
                    if (name := f"birth_{part}") in told and told[name].isdecimal()
                }
            )
        elif isinstance(born, str) and self._mapping.formats.birth_date == "detect":
            with suppress(DateUnclear):  # its digits still compare, in either order
                born = likely_date(born, self._dates).isoformat()
        elif isinstance(born, str) and self._mapping.formats.birth_date != "iso":
            with suppress(ValueError):  # its digits still compare
                born = datetime.strptime(born, self._mapping.formats.birth_date).date().isoformat()
        card = told.get("loyalty_card")
        return make(
            given=told.get("given_name"),
            family=told.get("family_name"),
            gender=told.get("title"),
            born=born,
            emails=[told["email"]] if "email" in told else (),
            phones=[told["phone"]] if "phone" in told else (),
            house=told.get("house"),
            street=told.get("street"),
            postcode=told.get("postal_code"),
            town=told.get("city"),
            region=told.get("region"),
            ids=[
                *([f"card:{card}"] if card else []),
                *(f"{name}:{cells[name]}" for name in self._mapping.columns.identifiers if name in cells),
            ],
        )


_PARTS = {
    "full_name": ("given_name", "family_name"),
    "organization": ("family_name",),
    "other_phone": ("phone",),
    "city": ("town", "address"),
    **{f"birth_{part}": ("birth_date",) for part in ("year", "month", "day")},
    **{part: ("address",) for part in ("house", "street", "postal_code", "region", "country")},
}


def _present(columns: Mapping[str, Any], header: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return each field with those of its columns that the file has."""
    found = []
    for field, column in columns.items():
        names = [name for name in ([column] if isinstance(column, str) else column or ()) if name in header]
        if names:
            found.append((field, names))
    return found


def _spoken_of(columns: Mapping[str, Any], header: Sequence[str]) -> frozenset[str]:
    """Return the fields of ours that a file with this header says something of."""
    found: set[str] = set()
    for field, column in columns.items():
        if any(name in header for name in ([column] if isinstance(column, str) else column or ())):
            found.update(_PARTS.get(field, (field,)))
    return frozenset(found)


def parted(name: str) -> dict[str, str]:
    """Return the given and the family name of a whole one: "Anne de la Tour", "Roux, Anne", "Madonna"."""
    family, comma, given = name.partition(",")
    if not comma:
        words = name.split()
        last = next((n for n, word in enumerate(words) if n and word.casefold() in PARTICLES), len(words) - 1)
        given, family = " ".join(words[:last]), " ".join(words[last:])
    told = {"given_name": given.strip(), "family_name": family.strip()}
    return {field: text for field, text in told.items() if text}


def creation(source: str, told: SourcePerson, *, home_store: str | None, wall_ms: int) -> Envelope:
    """Return the edit that makes a person known; one source's id always gives the same one."""
    values = dict(told.values)
    if home_store is not None:
        values["home_store"] = home_store
    names = ("customer", source, told.reference)
    mutation = CreateCustomer(values=values, source=SourceRef(system=source, reference=told.reference))
    return Envelope(
        seq=0,
        mutation_id=id_from("import", *names),
        record_id=id_from(*names),
        op=op_of(mutation),
        args=encode_args(mutation),
        hlc=pack(wall_ms, 0),
    )


def change(
    source: str, told: SourcePerson, field: str, *, customer_id: UUID, batch: str, wall_ms: int, seen: int
) -> Envelope:
    """Return the edit that takes over a value which the source now says differently.

    Args:
        seen: the revision of the source's own earlier word.
    """
    mutation = SetField(field=field, value=told.values.get(field))
    return Envelope(
        seq=0,
        mutation_id=id_from("import", "change", source, told.reference, field, batch),
        record_id=customer_id,
        op=op_of(mutation),
        args=encode_args(mutation),
        base={field: seen} if seen else {},
        hlc=pack(wall_ms, 0),
    )


def withdrawals(
    source: str, told: SourcePerson, *, brand: str, customer_id: UUID, wall_ms: int
) -> list[Envelope]:
    """Return the edits that write down what a person does not want. Said twice they are the same edits."""
    edits = []
    for channel, purpose in told.withdrawn:
        mutation = RecordConsent(
            brand=brand,
            channel=ContactChannel(channel),
            purpose=Purpose(purpose),
            state=ConsentState.WITHDRAWN,
            how="import",
        )
        edits.append(
            Envelope(
                seq=0,
                mutation_id=id_from("import", "withdrawn", source, told.reference, channel, purpose),
                record_id=customer_id,
                op=op_of(mutation),
                args=encode_args(mutation),
                hlc=pack(wall_ms, 0),
            )
        )
    return edits
