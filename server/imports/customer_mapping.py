"""The mapping file of a table of people: which column is which field of a customer."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from server.imports.left_out import Rules
from server.imports.mapping import FileForm, MappingInvalid


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class CustomerColumns(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our field -> the file's column. Several columns are joined by a space."""

    id: str | tuple[str, ...]  # the source's own number; where it is an e-mail, its case does not count
    full_name: tuple[str, ...] = ()  # where given and family name stand in one: "Anne Roux", "Roux, Anne"
    organization: str | None = None  # of a row that names no person
    title: str | None = None
    given_name: tuple[str, ...] = ()
    family_name: tuple[str, ...] = ()
    birth_date: str | None = None
    birth_year: str | None = None  # where the parts of a date have columns of their own
    birth_month: str | None = None
    birth_day: str | None = None
    language: str | None = None
    email: str | None = None
    phone: str | None = None
    other_phone: str | None = None  # where the first one is empty
    house: str | None = None  # number in the street
    street: tuple[str, ...] = ()
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    loyalty_card: str | None = None
    identifiers: tuple[str, ...] = ()  # numbers that one person alone has; compared, and kept verbatim


class CustomerFormats(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How values are written."""

    # "detect": ISO, and what the column itself tells apart; "iso"; or as in Python's strptime: "%d/%m/%Y"
    birth_date: str = "detect"
    country: str = "FR"  # of phones and addresses that name none
    nothing: tuple[str, ...] = ("",)  # what stands where nothing is known: "NA", "NULL"
    further_rows: bool = False  # a row without an id is one more address of the row above


class WithdrawnRule(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column that says "do not": what she withdrew. No rule grants: a column proves nothing."""

    column: str
    words: tuple[str, ...] = ("true", "yes", "1")  # without case
    channels: tuple[Literal["email", "sms", "phone", "post", "messaging"], ...]
    purpose: Literal["service", "marketing", "profiling", "tracking"] = "marketing"

    def matches(self, value: str) -> bool:
        """Whether a value of that column says so."""
        return value.casefold() in self.words


class CustomerMapping(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source's table of people."""

    source: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9.-]{1,60}$")]
    kind: Literal["customers"]
    columns: CustomerColumns
    file: FileForm = FileForm()
    formats: CustomerFormats = CustomerFormats()
    withdrawn: tuple[WithdrawnRule, ...] = ()
    optional: tuple[str, ...] = ()  # columns that not every file of the source has
    left_out: Rules = {}


def load(path: Path) -> CustomerMapping:
    """Return the mapping in a TOML or JSON file.

    Raises:
        MappingInvalid: not readable, an entry missing, unknown or of the wrong shape.
    """
    try:
        return parse(path.read_bytes(), json=path.suffix == ".json")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.MsgspecError) as error:
        raise MappingInvalid(f"{path.name}: {error}") from error


def parse(text: bytes, *, json: bool = False) -> CustomerMapping:
    """Return the mapping a text holds."""
    if json:
        return msgspec.json.decode(text, type=CustomerMapping)
    return msgspec.convert(tomllib.loads(text.decode("utf-8")), CustomerMapping)


def kind_of(path: Path) -> str:
    """Return what a mapping file says its lines are; "order-lines" where it does not say.

    Raises:
        MappingInvalid: the file cannot be read.
    """
    try:
        text = path.read_bytes()
        found = msgspec.json.decode(text) if path.suffix == ".json" else tomllib.loads(text.decode("utf-8"))
        return str(found.get("kind", "order-lines"))
    except (
        OSError,
        UnicodeDecodeError,
        tomllib.TOMLDecodeError,
        msgspec.MsgspecError,
        AttributeError,
    ) as error:
        raise MappingInvalid(f"{path.name}: {error}") from error


def columns_of(mapping: CustomerMapping) -> list[str]:
    """Return the columns a mapping names, each once."""
    named: list[str] = []
    for value in msgspec.to_builtins(mapping.columns).values():
        named += [value] if isinstance(value, str) else list(value or ())
    named += [rule.column for rule in mapping.withdrawn]
    return list(dict.fromkeys(named))


def missing_columns(mapping: CustomerMapping, header: tuple[str, ...]) -> list[str]:
    """Return the columns the mapping needs and the file does not have."""
    return [name for name in columns_of(mapping) if name not in header and name not in mapping.optional]
