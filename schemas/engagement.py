"""Touchpoints (any contact that happened), notes, wishes and important dates."""

from uuid import UUID

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


class ImportantDate(Struct, omit_defaults=True):
    """A birthday, an anniversary, any day worth a word. ``date`` is YYYY-MM-DD, or --MM-DD without a year."""

    label: str
    date: str


class FamilyMember(Struct, omit_defaults=True):
    """Somebody of her family, as she told it."""

    relation: str  # "sister", "husband", ...
    name: str | None = None
    date: str | None = None  # birthday: YYYY-MM-DD or --MM-DD
    size: str | None = None


class Wish(Struct, omit_defaults=True):
    """A product she wishes for, and where she said so."""

    sku: str
    title: str
    at: int  # wall milliseconds UTC
    channel: Channel = Channel.STORE
