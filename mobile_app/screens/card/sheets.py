"""The sheets over a card: what one asks, and the edit that comes of the answers. Pure."""

from collections.abc import Mapping
from enum import Enum
from typing import Any
from uuid import UUID

from mobile_app.screens.card.details import TYPED, value_at
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


class Ask(Enum):
    """What a sheet is about."""

    VALUE = "value"  # where a value came from, and what may be done with it
    SIZE = "size"
    WORD = "word"  # a like or a dislike
    FIELD = "field"  # a register, as a line of text
    DAY = "day"  # an important date
    CONSENT = "consent"  # what she says to one channel


class Sheet(Struct, frozen=True):
    """A sheet as far as it is filled in."""

    ask: Ask
    path: str = ""  # field or field/entry; a channel for CONSENT
    choice: str = ""  # the chip that is chosen
    texts: dict[str, str] = {}
    problem: str = ""  # "value_missing", "value_invalid"


class NotSaid(Exception):
    """The sheet does not say enough, or something that does not fit."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def opened(card: Card, path: str) -> Sheet:
    """Return the sheet that a pressed value opens: an empty one is filled in, any other told about first."""
    _, _, entry = path.partition("/")
    if not entry and value_at(card.values, path) in (None, "") and may_edit(card, path):
        return editing(card, path)
    return Sheet(ask=Ask.VALUE, path=path)


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
    if field == "important_dates":
        held = value or {}
        return Sheet(
            ask=Ask.DAY, path=path, texts={"label": held.get("label", ""), "date": held.get("date", "")}
        )
    readable = card.levels.get(field, Level.HIDDEN) >= Level.READ
    return Sheet(ask=Ask.FIELD, path=path, texts={"value": str(value) if value and readable else ""})


def may_edit(card: Card, path: str) -> bool:
    """Whether the reader may change this value on a sheet."""
    field = _field_written(path)
    editable = field in TYPED or field in ("sizes", "important_dates")
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


def saving(sheet: Sheet, card: Card) -> Mutation:
    """Return the edit a sheet means.

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
            case Ask.DAY:
                return _day(sheet, said)
            case _:
                value = said.get("value") or None
                if sheet.path == "birth_date" and value:
                    value = iso_day(value)
                return SetField(field=sheet.path, value=checked(sheet.path, value))
    except FieldInvalid as invalid:
        raise NotSaid("value_invalid") from invalid


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


def consent_channels(card: Card) -> tuple[tuple[str, bool | None], ...]:
    """Return each channel with her word: whether something is granted; None if she was never asked."""
    words: list[tuple[str, bool | None]] = []
    for channel in ContactChannel:
        states = [
            standing["state"]
            for key, standing in (card.values.get("consents") or {}).items()
            if key.split("/")[1] == channel and key.split("/")[2] in (Purpose.SERVICE, Purpose.MARKETING)
        ]
        word = None if not states else ConsentState.GRANTED in states
        words.append((str(channel), word))
    return tuple(words)


def _entry(field: str, key: str, value: Mapping[str, Any]) -> PutEntry:
    return PutEntry(field=field, key=key, value=checked_entry(field, value))


def _day(sheet: Sheet, said: Mapping[str, str]) -> PutEntry:
    label = _required(said, "label")
    key = sheet.path.partition("/")[2] or label.replace("/", " ")[:LONGEST_ENTRY]
    return _entry("important_dates", key, {"label": label, "date": iso_day(_required(said, "date"))})


def _required(said: Mapping[str, str], key: str) -> str:
    if not said.get(key):
        raise NotSaid("value_missing")
    return said[key]


def _field_written(path: str) -> str:
    field = path.partition("/")[0]
    return "sizes" if field == "computed_sizes" else field
