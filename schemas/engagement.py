"""Touchpoints (any contact that happened), notes, wishes and important dates."""

from typing import Annotated
from uuid import UUID

import msgspec

from schemas.record import Channel, OpenEnum, Struct


class TouchpointKind(OpenEnum):
    """What happened."""

    VISIT = "visit"
    CALL = "call"
    EMAIL = "email"
    MESSAGE = "message"
    WEB_VIEW = "web_view"
    WEB_SEARCH = "web_search"
    CART = "cart"
    SOCIAL = "social"
    APPOINTMENT = "appointment"
    REPAIR = "repair"
    SIGN_UP = "sign_up"


class Touchpoint(Struct, omit_defaults=True):
    """A contact that happened, on whatever channel."""

    touchpoint_id: UUID
    at: int  # wall milliseconds UTC
    kind: TouchpointKind
    channel: Channel
    summary: str = ""
    store: str | None = None
    author: str | None = None  # associate id, or a source system
    sku: str | None = None


class NoteLevel(OpenEnum):
    """Who may read a note: its author, the associates of its store, or the whole brand."""

    PRIVATE = "private"
    STORE = "store"
    BRAND = "brand"


class Note(Struct, omit_defaults=True):
    """What an associate wrote down. Never edited: a withdrawal keeps the line and empties the text."""

    note_id: UUID
    text: str
    level: NoteLevel
    author: str  # associate id
    at: int  # wall milliseconds UTC
    store: str | None = None
    withdrawn: bool = False


# A day, or one of every year: YYYY-MM-DD or --MM-DD.
DayOfLife = Annotated[str, msgspec.Meta(pattern=r"^(\d{4}|-)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]


class ImportantDate(Struct, omit_defaults=True):
    """A birthday, an anniversary, any day worth a word. ``date`` is YYYY-MM-DD, or --MM-DD without a year."""

    label: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    date: DayOfLife


class FamilyMember(Struct, omit_defaults=True):
    """Somebody of her family, as she told it."""

    relation: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]  # "sister", "husband", ...
    name: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    date: DayOfLife | None = None  # birthday
    size: Annotated[str, msgspec.Meta(max_length=60)] | None = None


class Wish(Struct, omit_defaults=True):
    """A product she wishes for, and where she said so."""

    sku: str
    title: str
    at: int  # wall milliseconds UTC
    channel: Channel = Channel.STORE
