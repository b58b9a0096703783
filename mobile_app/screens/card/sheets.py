"""The sheets over a card: what one asks, and the edit that comes of the answers. Pure."""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

from mobile_app.screens.card.details import OWNERS, TYPED, value_at
from mobile_app.screens.card.parts import SHAPES, texts_of, value_of
from mobile_app.screens.card.past import PastValue
from mobile_app.screens.card.undo import consent, removal
from schemas.consent import ConsentState, ContactChannel, Purpose, consent_key
from schemas.customer import FieldInvalid, checked, checked_entry
from schemas.mutations import AddElement, Mutation, PutEntry, RemoveEntry, SetField, WithdrawNote
from schemas.record import Struct
from schemas.visibility import Level
from sync.replica.draft import Card

SIZE_CATEGORIES = ("top", "bottom", "dress", "shoes", "ring", "belt", "gloves", "hat")
COMMON_SIZES = {
    "top": ("34", "36", "38", "40", "42", "44", "46", "48"),
    "bottom": ("34", "36", "38", "40", "42", "44", "46"),
    "dress": ("34", "36", "38", "40", "42", "44", "46"),
    "shoes": ("36", "37", "38", "39", "40", "41", "42", "43", "44"),
    "ring": ("48", "50", "52", "54", "56", "58", "60"),
    "belt": ("75", "80", "85", "90", "95", "100"),
    "gloves": ("6.5", "7", "7.5", "8", "8.5"),
    "hat": ("55", "56", "57", "58", "59"),
}
LONGEST_ENTRY = 80
LANGUAGES = ("fr", "en", "it", "es", "de", "zh", "ja", "ar")
CHOSEN: Mapping[str, tuple[str, ...]] = {  # registers with a few words to choose from
    "language": LANGUAGES,
    "contact_preference": tuple(channel.value for channel in ContactChannel),
}


class Ask(Enum):
    """What a sheet is about."""

    VALUE = "value"  # where a value came from, and what may be done with it
    SIZE = "size"
    WORD = "word"  # a like or a dislike
    FIELD = "field"  # a register, as a line of text
    ENTRY = "entry"  # a value of several parts: an address, a date, somebody of the family
    CONSENT = "consent"  # what she says to one channel
    PROMISE = "promise"  # something to do for her, an appointment
    CASE = "case"
    MESSAGE = "message"  # something written to her
    REVEAL = "reveal"  # a masked value, shown for a minute
    REDEEM = "redeem"  # how many of her points she spends
    THING = "thing"  # where something promised stands, and what may become of it


class Sheet(Struct, frozen=True):
    """A sheet as far as it is filled in."""

    ask: Ask
    path: str = ""  # field or field/entry; for CONSENT a channel
    choice: str = ""  # the chip that is chosen
    texts: dict[str, str] = {}
    problem: str = ""  # "value_missing", "value_invalid"
    shown: Any = None  # a masked value in clear; it is nowhere else
    as_of: int | None = None  # wall milliseconds when it was sealed, if it came without a line
    left_s: int = 0  # until it is hidden again


class NotSaid(Exception):
    """The sheet does not say enough, or something that does not fit."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def opened(card: Card, path: str) -> Sheet:
    """Return what a tapped value opens: the sheet that changes it where the reader may, else what is told."""
    return editing(card, path) if may_edit(card, path) else told(path)


def told(path: str) -> Sheet:
    """Return the sheet that says where a value came from."""
    return Sheet(ask=Ask.VALUE, path=path)


def adding(field: str) -> Sheet:
    """Return the sheet of a new entry of a collection whose values have several parts."""
    return Sheet(ask=Ask.ENTRY, path=field, texts=texts_of(field, "", None))


def editing(card: Card, path: str) -> Sheet:
    """Return the sheet that changes a value, with the value in it as far as it may be read."""
    field, _, entry = path.partition("/")
    value = value_at(card.values, path)
    if field in ("sizes", "computed_sizes"):
        declared = value_at(card.values, f"sizes/{entry}") or value or {}
        return Sheet(
            ask=Ask.SIZE,
            path=path,
            choice=entry or SIZE_CATEGORIES[0],
            texts={"value": declared.get("value", "")},
        )
    readable = card.levels.get(field, Level.HIDDEN) >= Level.READ
    if field in SHAPES:
        held = value if readable and isinstance(value, Mapping) else None
        return Sheet(ask=Ask.ENTRY, path=path, texts=texts_of(field, entry, held))
    return Sheet(ask=Ask.FIELD, path=path, texts={"value": str(value) if value and readable else ""})


def may_edit(card: Card, path: str) -> bool:
    """Whether the reader may change this value on a sheet."""
    field = _field_written(path)
    editable = field in (*TYPED, *OWNERS) or field in SHAPES or field == "sizes"
    return editable and card.levels.get(field, Level.HIDDEN) >= Level.WRITE


def may_remove(card: Card, path: str, *, me: str) -> bool:
    """Whether the reader may take this value away."""
    field, _, entry = path.partition("/")
    if not entry or card.levels.get(field, Level.HIDDEN) < Level.WRITE:
        return False
    if field == "notes":
        note = value_at(card.values, path) or {}
        return note.get("author") == me and not note.get("withdrawn")
    return field not in ("computed_sizes", "consents", "touchpoints", "purchases")


def removing(card: Card, path: str) -> Mutation:
    """Return the edit that takes a value away."""
    field, _, entry = path.partition("/")
    if field == "notes":
        return WithdrawNote(note_id=UUID(entry))
    if field in ("likes", "dislikes", "occasions", "tags"):
        return removal(card.values, field, entry)
    return RemoveEntry(field=field, key=entry)


def saving(sheet: Sheet, *, fresh: str, today: date) -> Mutation:
    """Return the edit a sheet means.

    Args:
        fresh: a key that no entry has, for one that has no name of its own.
        today: the last day on which she may have been born.

    Raises:
        NotSaid: something is missing or does not fit its field.
    """
    said = {key: " ".join(text.split()) for key, text in sheet.texts.items()}
    try:
        match sheet.ask:
            case Ask.SIZE:
                return _entry("sizes", sheet.choice, {"value": _required(said, "value")})
            case Ask.WORD:
                element = _required(said, "value")
                if len(element) > LONGEST_ENTRY or "/" in element:
                    raise NotSaid("value_invalid")
                return AddElement(field=sheet.path, element=element)
            case Ask.ENTRY:
                return _of_parts(sheet, said, fresh)
            case _:
                value = said.get("value") or None
                if sheet.path == "birth_date" and value:
                    value = iso_day(value)
                    if value > today.isoformat():
                        raise NotSaid("value_invalid")
                return SetField(field=sheet.path, value=checked(sheet.path, value))
    except FieldInvalid as invalid:
        raise NotSaid("value_invalid") from invalid


def putting_back(past: PastValue) -> Mutation:
    """Return the edit that lets a former value stand again: one's own word, like any edit."""
    field, _, entry = past.path.partition("/")
    return (
        PutEntry(field=field, key=entry, value=past.value)
        if entry
        else SetField(field=field, value=past.value)
    )


def answering(card: Card, key: str, *, granted: bool) -> Mutation:
    """Return her word on one brand, channel and purpose, spoken across the counter."""
    state = ConsentState.GRANTED if granted else ConsentState.WITHDRAWN
    return consent(card.values, key=key, state=state, language=card.values.get("language"))


def consent_keys(card: Card, channel: str, brand: str) -> tuple[str, ...]:
    """Return what one may be asked about on a channel: what was ever said, and what a house asks first."""
    held = [key for key in card.values.get("consents") or {} if key.split("/")[1] == channel]
    usual = (
        [consent_key(brand, channel, purpose) for purpose in (Purpose.SERVICE, Purpose.MARKETING)]
        if brand
        else []
    )
    return tuple(dict.fromkeys([*usual, *sorted(held)]))


def iso_day(text: str) -> str:
    """Return a day as typed (``24/12/1980``, ``24.12``) as YYYY-MM-DD, or --MM-DD without a year.

    Raises:
        NotSaid: it is not a day.
    """
    if text.startswith("--"):
        return text
    parts = text.replace(".", "/").replace(" ", "/").replace("-", "/").split("/")
    if not all(part.isdigit() for part in parts) or len(parts) not in (2, 3):
        raise NotSaid("value_invalid")
    if len(parts[0]) == 4:
        parts = parts[::-1]
    day, month = int(parts[0]), int(parts[1])
    year = int(parts[2]) if len(parts) == 3 else None
    if not (1 <= month <= 12 and 1 <= day <= 31 and (year is None or 1900 <= year <= 2100)):
        raise NotSaid("value_invalid")
    return f"{year:04}-{month:02}-{day:02}" if year else f"--{month:02}-{day:02}"


def _entry(field: str, key: str, value: Mapping[str, Any]) -> PutEntry:
    return PutEntry(field=field, key=key, value=checked_entry(field, value))


def _of_parts(sheet: Sheet, said: Mapping[str, str], fresh: str) -> Mutation:
    field, _, entry = sheet.path.partition("/")
    shape = SHAPES[field]
    for part in shape.needed:
        _required(said, part)
    texts = {part: iso_day(text) if part in shape.days and text else text for part, text in said.items()}
    value = value_of(field, texts)
    if field == "address":
        return SetField(field=field, value=checked(field, value))
    if not value.keys() - {shape.choice} and not shape.needed:
        raise NotSaid("value_missing")
    key = entry or (texts[shape.name].replace("/", " ")[:LONGEST_ENTRY] if shape.name else fresh)
    return _entry(field, key, value)


def _required(said: Mapping[str, str], key: str) -> str:
    if not said.get(key):
        raise NotSaid("value_missing")
    return said[key]


def _field_written(path: str) -> str:
    field = path.partition("/")[0]
    return "sizes" if field == "computed_sizes" else field
