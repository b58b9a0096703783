"""The rows of the Details tab: fields the reader holds, one row a value. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.record import Struct
from schemas.visibility import Level

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("person", ("title", "given_name", "family_name", "language", "town", "birth_date")),
    ("contact", ("phone", "email", "other_contacts", "social_handles")),
    ("address", ("address", "other_addresses")),
    ("days", ("important_dates",)),
    ("family", ("family",)),
    ("habits", ("contact_preference", "payment_preference", "delivery_preference", "occasions", "wish_list")),
    ("house", ("home_store", "associate_id", "second_associate_id", "client_since", "loyalty_card", "tags")),
    ("origin", ("origin",)),
    ("consents", ("consents",)),
)
KEYED = (
    "other_contacts",
    "social_handles",
    "other_addresses",
    "important_dates",
    "family",
    "wish_list",
    "consents",
)
SETS = ("occasions", "tags")
TYPED = (
    "title",
    "given_name",
    "family_name",
    "language",
    "town",
    "birth_date",
    "phone",
    "email",
    "payment_preference",
    "delivery_preference",
    "contact_preference",
    "loyalty_card",
)  # fmt: skip - registers that a line of text can say

OWNERS = ("associate_id", "second_associate_id")  # registers that say a colleague

ADDABLE = ("other_contacts", "social_handles", "other_addresses", "important_dates", "family")


class Row(Struct, frozen=True):
    """One value, or the invitation to say one."""

    path: str  # field, or field/entry
    value: Any
    waits: bool = False  # an edit that awaits its answer
    writable: bool = False

    @property
    def field(self) -> str:
        return self.path.partition("/")[0]

    @property
    def entry(self) -> str:
        return self.path.partition("/")[2]


class Section(Struct, frozen=True):
    """Rows that belong together."""

    key: str
    rows: tuple[Row, ...]
    adds: tuple[str, ...] = ()  # the collections to which a value may be added


def details(
    values: Mapping[str, Any], levels: Mapping[str, Level], pending_paths: Iterable[str] = ()
) -> tuple[Section, ...]:
    """Return what the reader holds of her, in sections; a field he does not hold leaves no trace.

    A register that is empty shows when he may fill it in.
    """
    waiting = frozenset(pending_paths)
    sections = []
    for key, fields in SECTIONS:
        held = [field for field in fields if levels.get(field, Level.HIDDEN) > Level.HIDDEN]
        rows = [row for field in held for row in _rows(field, values.get(field), levels[field], waiting)]
        adds = tuple(field for field in held if field in ADDABLE and levels[field] >= Level.WRITE)
        if rows or adds:
            sections.append(Section(key=key, rows=tuple(rows), adds=adds))
    return tuple(sections)


def value_at(values: Mapping[str, Any], path: str) -> Any:
    """Return the value at a path (field, or field/entry), or None."""
    field, _, entry = path.partition("/")
    value = values.get(field)
    if not entry:
        return value
    if field == "notes":
        return next((note for note in value or () if note["note_id"] == entry), None)
    return value.get(entry) if isinstance(value, Mapping) else None


def _rows(field: str, value: Any, level: Level, waiting: frozenset[str]) -> list[Row]:
    writable = level >= Level.WRITE
    if isinstance(value, Mapping) and field in (*KEYED, *SETS):
        return [
            Row(
                path=f"{field}/{entry}",
                value=held if field in KEYED else entry,
                waits=f"{field}/{entry}" in waiting,
                writable=writable,
            )
            for entry, held in sorted(value.items())
        ]
    empty = value is None or value in ("", {}, [], ())
    if empty and not (writable and field in (*TYPED, *OWNERS, "address") and field != "title"):
        return []
    return [Row(path=field, value=None if empty else value, waits=field in waiting, writable=writable)]
