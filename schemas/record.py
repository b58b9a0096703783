"""The base of every struct, enums that stay open on the wire, and where a value came from."""

from enum import StrEnum
from typing import Annotated, Any, Self, dataclass_transform
from uuid import UUID

import msgspec

from schemas.ids import NOBODY

IsoDate = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
LAST_INSTANT = 253_370_764_800_000  # wall milliseconds of the year 9999: calendars end with it
LONGEST_UNKNOWN = 64  # characters of a value this build does not know


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Struct(msgspec.Struct, frozen=True, kw_only=True):
    """A fact: frozen, built by keyword."""


class OpenEnum(StrEnum):
    """A word on the wire. A value this build does not know decodes, is carried and encodes back unchanged."""

    __hash__ = str.__hash__

    def __str__(self) -> str:
        return str(self.value)

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_UNKNOWN:
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = value
        unknown._value_ = value
        return unknown


class Channel(OpenEnum):
    """How a fact or a purchase reached the house."""

    STORE = "store"
    WEB = "web"
    APP = "app"
    CALL_CENTRE = "call_centre"
    SOCIAL = "social"
    HEAD_OFFICE = "head_office"
    IMPORT = "import"


class Kind(OpenEnum):
    """What a synced record is."""

    CUSTOMER = "customer"
    PRODUCT = "product"
    STORE = "store"
    ASSOCIATE = "associate"
    WORDING = "wording"
    STOCK = "stock"
    TEMPLATE = "template"
    PRESSURE = "pressure"
    ABSENCE = "absence"


class Stamp(Struct, omit_defaults=True):
    """Where one value came from, and the reading that set it. The key is a field or ``field/entry``."""

    rev: int  # grows by one with each change of this value
    hlc: int
    channel: Channel
    author: str  # an associate's id, or the name of a source system
    at: int  # wall milliseconds UTC, as said by the author's clock (clamped)
    store: str | None = None
    device: UUID | None = None
    mid: UUID = NOBODY  # the mutation that set it; the server's own copy has it, those it sends do not


class Said(Struct):
    """Who says a mutation, where and when: everything a stamp needs besides the revision."""

    mid: UUID
    hlc: int
    channel: Channel
    author: str
    store: str | None = None
    device: UUID | None = None

    def stamp(self, previous: Stamp | None) -> Stamp:
        """Return the stamp of a value this mutation sets, one revision after the previous one."""
        return Stamp(
            rev=(previous.rev if previous else 0) + 1,
            hlc=self.hlc,
            mid=self.mid,
            channel=self.channel,
            author=self.author,
            at=self.hlc >> 16,
            store=self.store,
            device=self.device,
        )


Values = dict[str, Any]  # field name -> JSON-shaped value: None, bool, int, str, list, dict
