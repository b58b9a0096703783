"""The golden record: each field of a customer, its class of personal data and its type."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from schemas.advice import Advised
from schemas.consent import ConsentStanding, ContactChannel
from schemas.engagement import FamilyMember, ImportantDate, Note, Touchpoint, Wish
from schemas.loyalty import LoyaltyStanding
from schemas.messages import Message
from schemas.promise import Appointment, Case, Task
from schemas.purchase import ComputedSize, OwnedProduct, Purchase, Spend
from schemas.record import Channel, IsoDate, Struct
from schemas.sensitivity import Sensitivity

Element = dict[str, tuple[str, ...]]  # element of an add-wins set -> the mutations that added it

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# The same in JSON, where it may also be a backslash of somebody's: one look at a whole value, at every fold.
_SUSPECT = re.compile(rb"\\u00|\\[bfr]|\x7f|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]")
_NOT_SHOWN = "control or direction characters are not allowed"

_LONGEST_TEXT = 200
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST_TEXT)]
LanguageTag = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]


class Address(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """Where she lives, changed as one unit."""

    line1: Annotated[str, msgspec.Meta(max_length=200)] = ""
    line2: Annotated[str, msgspec.Meta(max_length=200)] = ""
    postal_code: Annotated[str, msgspec.Meta(max_length=20)] = ""
    city: Annotated[str, msgspec.Meta(max_length=120)] = ""
    region: Annotated[str, msgspec.Meta(max_length=120)] = ""
    country: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")] = "FR"  # ISO 3166-1 alpha-2


class ContactPoint(Struct, omit_defaults=True):
    """Another way to reach her."""

    kind: Annotated[str, msgspec.Meta(pattern=r"^(email|phone)$")]
    value: ShortText
    label: Annotated[str, msgspec.Meta(max_length=60)] = ""


class Origin(Struct, omit_defaults=True):
    """How she was acquired."""

    channel: Channel
    campaign: Annotated[str, msgspec.Meta(max_length=120)] | None = None
    at: int | None = None  # wall milliseconds UTC


class DeclaredSize(Struct, omit_defaults=True):
    """A size she told us. The key beside it is the category: "shoes", "top", "ring"."""

    value: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    system: Annotated[str, msgspec.Meta(max_length=10)] = ""  # "EU", "UK", "US"; empty = as the house sells


class SocialHandle(Struct, omit_defaults=True):
    """Her name on a network. The key beside it is the network."""

    handle: ShortText


S = Sensitivity


class Customer(Struct, omit_defaults=True):
    """One person, known from every channel. A role sees the subset of these fields that its lens allows."""

    title: Annotated[ShortText | None, S.IDENTITY] = None
    given_name: Annotated[ShortText | None, S.IDENTITY] = None
    family_name: Annotated[ShortText | None, S.IDENTITY] = None
    language: Annotated[LanguageTag | None, S.IDENTITY] = None
    town: Annotated[ShortText | None, S.IDENTITY] = None  # enough to tell two namesakes apart
    birth_date: Annotated[IsoDate | None, S.BIRTH] = None
    email: Annotated[ShortText | None, S.CONTACT] = None
    phone: Annotated[ShortText | None, S.CONTACT] = None  # E.164
    other_contacts: Annotated[dict[str, ContactPoint], S.CONTACT] = {}
    social_handles: Annotated[dict[str, SocialHandle], S.CONTACT] = {}
    address: Annotated[Address | None, S.ADDRESS] = None
    other_addresses: Annotated[dict[str, Address], S.ADDRESS] = {}
    important_dates: Annotated[dict[str, ImportantDate], S.RELATION] = {}
    family: Annotated[dict[str, FamilyMember], S.FAMILY] = {}
    home_store: Annotated[str | None, S.RELATION] = None
    associate_id: Annotated[str | None, S.RELATION] = None  # her own associate
    second_associate_id: Annotated[str | None, S.RELATION] = None
    client_since: Annotated[IsoDate | None, S.RELATION] = None
    origin: Annotated[Origin | None, S.ORIGIN] = None
    sizes: Annotated[dict[str, DeclaredSize], S.TASTE] = {}
    computed_sizes: Annotated[dict[str, ComputedSize], S.TASTE] = {}
    likes: Annotated[Element, S.TASTE] = {}
    dislikes: Annotated[Element, S.TASTE] = {}
    occasions: Annotated[Element, S.TASTE] = {}
    wish_list: Annotated[dict[str, Wish], S.TASTE] = {}
    advice: Annotated[dict[str, Advised], S.TASTE] = {}  # SKU -> what she said to a suggestion
    tags: Annotated[Element, S.RELATION] = {}
    payment_preference: Annotated[ShortText | None, S.TASTE] = None
    delivery_preference: Annotated[ShortText | None, S.TASTE] = None
    contact_preference: Annotated[ContactChannel | None, S.TASTE] = None  # how she likes to be reached
    notes: Annotated[tuple[Note, ...], S.NOTE] = ()
    consents: Annotated[dict[str, ConsentStanding], S.CONSENT] = {}
    limits: Annotated[dict[str, int], S.CONSENT] = {}  # schemas.consent.Limit -> since, wall ms
    loyalty_card: Annotated[ShortText | None, S.LOYALTY] = None
    loyalty: Annotated[LoyaltyStanding | None, S.LOYALTY] = None
    purchases: Annotated[tuple[Purchase, ...], S.HISTORY] = ()  # newest first, the latest few dozen
    touchpoints: Annotated[tuple[Touchpoint, ...], S.HISTORY] = ()  # newest first, the latest few dozen
    owned: Annotated[tuple[OwnedProduct, ...], S.HISTORY] = ()
    spend: Annotated[Spend | None, S.SPEND] = None
    tasks: Annotated[dict[str, Task], S.PROMISE] = {}
    appointments: Annotated[dict[str, Appointment], S.PROMISE] = {}
    cases: Annotated[dict[str, Case], S.SERVICE] = {}
    messages: Annotated[dict[str, Message], S.PROMISE] = {}


def _sensitivities() -> dict[str, Sensitivity]:
    found: dict[str, Sensitivity] = {}
    for name, hint in get_type_hints(Customer, include_extras=True).items():
        marks = [mark for mark in get_args(hint)[1:] if isinstance(mark, Sensitivity)]
        if get_origin(hint) is not Annotated or len(marks) != 1:
            raise TypeError(f"Customer.{name} must say what it is, once")
        found[name] = marks[0]
    return found


SENSITIVITY: Mapping[str, Sensitivity] = _sensitivities()
FIELDS: tuple[str, ...] = tuple(SENSITIVITY)
_TYPES: Mapping[str, Any] = {
    name: get_args(hint)[0] for name, hint in get_type_hints(Customer, include_extras=True).items()
}
# A struct is taken apart once; a union would be with every value.
_SHAPES = {name: msgspec.defstruct("Shape", [("value", kind)]) for name, kind in _TYPES.items()}
_ENTRIES = {
    name: msgspec.defstruct("Entry", [("value", get_args(kind)[1])])
    for name, kind in _TYPES.items()
    if get_origin(kind) is dict
}
_TEXTS = frozenset(name for name, kind in _TYPES.items() if kind == ShortText | None)
_ENTRY_DAYS: Mapping[str, tuple[str, ...]] = {
    "important_dates": ("date",), "family": ("date",), "tasks": ("due",), "cases": ("due",)
}  # fmt: skip
_NO_DAY = "a day of the calendar, written YYYY-MM-DD"
_LEAP_YEAR = "2000"  # what a day without a year, --02-29, is looked up in
_DAYS = frozenset(name for name, kind in _TYPES.items() if kind == IsoDate | None)
ONE_TEXT = frozenset(
    name
    for name, kind in _TYPES.items()
    if kind in (ShortText | None, LanguageTag | None, IsoDate | None, str | None)
)


class FieldInvalid(ValueError):
    """A value does not fit its field. The text names the field and the rule, never the value."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


def checked(field: str, value: Any) -> Any:
    """Return the JSON-shaped value a field may hold, or refuse it.

    Raises:
        FieldInvalid: unknown field, wrong shape, too long, or text with control or direction characters.
    """
    if field not in _TYPES:
        raise FieldInvalid(field, "unknown field")
    if field in _TEXTS and _is_plain(value):
        return value
    if field in _TEXTS and isinstance(value, str) and value.isspace():
        raise FieldInvalid(field, "nothing but blanks")
    if field in _DAYS and value is not None and not _is_day(value):
        raise FieldInvalid(field, _NO_DAY)
    if field in _ENTRY_DAYS and isinstance(value, dict | Mapping):
        for entry in value.values():
            _check_days(field, entry)
    return _shaped(field, value, _SHAPES[field])


def checked_entry(field: str, value: Any) -> Any:
    """Return the JSON-shaped value one entry of a keyed collection may hold, or refuse it.

    Raises:
        FieldInvalid: as ``checked``; also when the field is not a keyed collection.
    """
    if field not in _ENTRIES:
        raise FieldInvalid(field, "not a keyed collection")
    _check_days(field, value)
    return _shaped(field, value, _ENTRIES[field])


def _check_days(field: str, entry: Any) -> None:
    for key in _ENTRY_DAYS.get(field, ()):
        day = entry.get(key) if isinstance(entry, dict | Mapping) else None
        if isinstance(day, str) and not _is_day(_LEAP_YEAR + day[1:] if day.startswith("--") else day):
            raise FieldInvalid(field, _NO_DAY if key == "due" else f"{_NO_DAY}, or --MM-DD for every year")


def _is_day(value: Any) -> bool:
    """Whether this is a day that there was or will be: 30 February is none."""
    try:
        return type(value) is str and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_plain(value: Any) -> bool:
    """Whether a value is a short text of which nothing need be asked: nearly all of a large file are."""
    return (
        type(value) is str
        and 0 < len(value) <= _LONGEST_TEXT
        and value.isascii()
        and value.isprintable()
        and not value.isspace()
    )


def _shaped(field: str, value: Any, shape: type[Any]) -> Any:
    try:
        encoded = msgspec.json.encode(msgspec.convert({"value": value}, shape).value)
    except msgspec.ValidationError as error:
        if not _clean(value):
            raise FieldInvalid(field, _NOT_SHOWN) from error
        raise FieldInvalid(field, _rule_of(error)) from error
    if _SUSPECT.search(encoded) is not None and not _clean(value):
        raise FieldInvalid(field, _NOT_SHOWN)
    return msgspec.json.decode(encoded)


def _rule_of(error: msgspec.ValidationError) -> str:
    """Return msgspec's rule without the part that could quote the value."""
    text = str(error)
    return "wrong value" if "Invalid enum value" in text else text.split(" - at ")[0][:120]


def _clean(value: Any) -> bool:
    """Whether no text in a value holds what may not be shown."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            if _CONTROL.search(one) is not None:
                return False
        elif isinstance(one, list | tuple):
            left.extend(one)
        elif isinstance(one, dict | Mapping):
            left.extend(one)
            left.extend(one.values())
    return True


def empty(field: str) -> Any:
    """Return what a field holds when nothing was ever said: None, or an empty collection."""
    kind = _TYPES[field]
    if get_origin(kind) is dict:
        return {}
    if get_origin(kind) is tuple:
        return []
    return None
