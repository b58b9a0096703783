"""Showing a masked value: why, by whose PIN, and for how long. Pure."""

from typing import Any

import msgspec

from mobile_app.effects import Reveal
from mobile_app.screens.card.sheets import Ask, Sheet
from schemas.mutations import REVEAL_REASONS
from schemas.record import Struct
from schemas.visibility import Level
from sync.replica.draft import Card

SHOWN_FOR_S = 60
SHORTEST_REASON, LONGEST_REASON = 3, 200


class RevealPressed(Struct, frozen=True):
    """Show the masked value that the sheet tells about."""


class RevealShown(Struct, frozen=True):
    """The value, in clear."""

    path: str
    value: Any
    as_of: int | None = None


class RevealRefused(Struct, frozen=True):
    """It is not shown, and why: ``wrong_pin``, or a stable code."""

    path: str
    problem: str


class SecondsPassed(Struct, frozen=True):
    """So many seconds are left in which a value may be seen."""

    left_s: int


RevealEvent = RevealPressed | RevealShown | RevealRefused | SecondsPassed


def may_reveal(card: Card, path: str) -> bool:
    """Whether the reader sees this value masked, and may open it."""
    return card.levels.get(path, Level.HIDDEN) is Level.MASKED and card.values.get(path) is not None


def may_stay(card: Card, sheet: Sheet) -> bool:
    """Whether a sheet may stay over a card that was read again: a right that went takes the value along."""
    return sheet.ask is not Ask.REVEAL or may_reveal(card, sheet.path)


def of_a_reveal(card: Card, sheet: Sheet | None, event: RevealEvent) -> Sheet | None:
    """Return what becomes of the sheet; None closes it, and nothing of the value stays."""
    change = msgspec.structs.replace
    match event:
        case RevealPressed() if sheet is not None and may_reveal(card, sheet.path):
            return Sheet(ask=Ask.REVEAL, path=sheet.path, choice=REVEAL_REASONS[0])
        case RevealShown() if sheet is not None and _is_about(sheet, event.path):
            return change(
                sheet, texts={}, problem="", shown=event.value, as_of=event.as_of, left_s=SHOWN_FOR_S
            )
        case RevealRefused() if sheet is not None and _is_about(sheet, event.path):
            return change(sheet, texts={**sheet.texts, "pin": ""}, problem=event.problem)
        case SecondsPassed(left_s=left_s) if sheet is not None and sheet.left_s:
            return change(sheet, left_s=left_s) if left_s > 0 else None
        case _:
            return sheet


def asking(card: Card, sheet: Sheet) -> tuple[Sheet, Reveal | None]:
    """Return what is asked for when the sheet is filled in, or the sheet with what it lacks."""
    change = msgspec.structs.replace
    own = sheet.texts.get("reason", "").strip()
    reason, pin = own or sheet.choice, sheet.texts.get("pin", "")
    if not pin or not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        return change(sheet, problem="value_missing"), None
    asked = Reveal(record_id=card.record_id, field=sheet.path, reason=reason, pin=pin)
    return change(sheet, texts={**sheet.texts, "pin": ""}, problem="asking"), asked


def _is_about(sheet: Sheet, path: str) -> bool:
    return sheet.ask is Ask.REVEAL and sheet.path == path and not sheet.left_s
