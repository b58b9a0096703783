"""The mapping file: which column of a source is which of our fields, and the rules its lines follow."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from server.imports.left_out import Rules

REQUIRED_COLUMNS = ("order", "sku", "quantity", "unit_price", "at")
OF_THE_LINE = (
    "sku", "quantity", "unit_price", "title", "size", "size_category", "colour", "family", "discount",
)  # fmt: skip


class MappingInvalid(Exception):
    """The mapping file cannot be used; the text says which entry and why."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class FileForm(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the file is written, where detection shall not be trusted."""

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None


class Columns(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our field -> the file's column."""

    order: str
    sku: str
    quantity: str
    unit_price: str
    at: str
    title: str | None = None
    customer: str | None = None
    currency: str | None = None
    channel: str | None = None
    store: str | None = None
    size: str | None = None
    size_category: str | None = None
    colour: str | None = None
    family: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    full_name: str | None = None
    email: str | None = None
    phone: str | None = None
    town: str | None = None
    seller: str | None = None
    discount: str | None = None  # of the line, in all; taken off its amount
    # Of the order, on its first line:
    reference: str | None = None  # its number for ever, where ``order`` is only what it is called
    total: str | None = None  # what was paid, with shipping and taxes; else the sum of the lines
    refunded: str | None = None  # what was given back of it since: taken off its total
    revised: tuple[str, ...] = ()  # instants at which something became of it; the latest word stands


class Formats(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How values are written."""

    at: str = "iso"
    time_zone: str = "UTC"
    customer: str = "text"  # "text" or "integer"
    carried: bool = False  # only an order's first line says what holds for all of its lines


class Constants(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Values that hold for every line."""

    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] | None = None
    channel: str = "web"
    sku: str | None = None  # of lines that name no article; without it they are refused
    store: str | None = None


class CancelledRule(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which lines belong to an invoice that takes another one back."""

    column: str
    starts_with: str | None = None
    equals: tuple[str, ...] = ()
    filled: bool = False  # any value says so: an instant at which it was cancelled

    def matches(self, value: str) -> bool:
        """Whether a value of that column says cancelled."""
        if self.filled and value.strip():
            return True
        return value in self.equals or (self.starts_with is not None and value.startswith(self.starts_with))


class ReturnedRule(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which orders are returns: those whose quantities sum up to less than nothing, or none."""

    quantity: str = "negative"


class AnonymousRule(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which lines have no customer, and the channel they came by."""

    values: tuple[str, ...] = ("",)
    channel: str | None = None


class CustomerForm(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer known by number alone is called; ``{customer}`` stands for the number."""

    family_name: str = "Client {customer}"
    loyalty_card: str | None = None
    by_contact: bool = False  # the number is an e-mail or a phone: whoever has it already is she


class Mapping(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source's mapping."""

    source: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9.-]{1,60}$")]
    columns: Columns
    kind: str = "order-lines"
    file: FileForm = FileForm()
    formats: Formats = Formats()
    constants: Constants = Constants()
    cancelled: CancelledRule | None = None
    returned: ReturnedRule | None = None
    anonymous: AnonymousRule = AnonymousRule()
    customer: CustomerForm = CustomerForm()
    channels: dict[str, str] = {}  # the source's word, without case -> our channel; others: the constant
    stores: dict[str, str] | None = None  # the source's place -> our store, and no other; None: as written
    associates: dict[str, str] = {}  # the source's seller -> our associate's id
    optional: tuple[str, ...] = ()  # columns that not every file of the source has
    left_out: Rules = {}


def load(path: Path) -> Mapping:
    """Return the mapping in a TOML or JSON file.

    Raises:
        MappingInvalid: not readable, an entry missing, unknown or of the wrong shape.
    """
    try:
        text = path.read_bytes()
        if path.suffix == ".json":
            mapping = msgspec.json.decode(text, type=Mapping)
        else:
            mapping = msgspec.convert(tomllib.loads(text.decode("utf-8")), Mapping)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.MsgspecError) as error:
        raise MappingInvalid(f"{path.name}: {error}") from error
    if mapping.kind != "order-lines":
        raise MappingInvalid(f'{path.name}: kind "{mapping.kind}" is not known; "order-lines" is')
    if mapping.formats.customer not in {"text", "integer"}:
        raise MappingInvalid(f'{path.name}: formats.customer must be "text" or "integer"')
    if mapping.constants.currency is None and mapping.columns.currency is None:
        raise MappingInvalid(f"{path.name}: a currency is needed, as a column or as a constant")
    if mapping.returned is not None and mapping.returned.quantity != "negative":
        raise MappingInvalid(f'{path.name}: returned.quantity must be "negative"')
    try:
        ZoneInfo(mapping.formats.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise MappingInvalid(f"{path.name}: formats.time_zone is not known") from error
    return mapping


def missing_columns(mapping: Mapping, header: tuple[str, ...]) -> list[str]:
    """Return the columns the mapping needs and the file does not have, in the mapping's order."""
    return [name for name in columns_of(mapping) if name not in header and name not in mapping.optional]


def columns_of(mapping: Mapping) -> list[str]:
    """Return the columns a mapping names, each once."""
    named: list[str] = []
    for value in msgspec.to_builtins(mapping.columns).values():
        named += [value] if isinstance(value, str) else list(value or ())
    if mapping.cancelled is not None:
        named.append(mapping.cancelled.column)
    return list(dict.fromkeys(named))


def parse_instant(text: str, *, form: str, zone: ZoneInfo) -> int:
    """Return wall milliseconds UTC of an instant as the source writes it.

    Raises:
        ValueError: the text does not follow the form, or lies outside 1970-2200.
    """
    if form in {"iso", "%Y-%m-%d %H:%M:%S"}:  # strptime takes ten times as long
        moment = datetime.fromisoformat(text)
        if form != "iso" and len(text) != 19:
            raise ValueError("not of the form stated")
    else:
        moment = datetime.strptime(text, form)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    if not 1970 <= moment.year < 2200:
        raise ValueError("outside 1970-2200")
    return round(moment.astimezone(UTC).timestamp() * 1000)
