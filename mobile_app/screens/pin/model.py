"""The PIN pad: opening the tablet, and choosing a PIN (typed twice)."""

from enum import Enum
from uuid import UUID

import msgspec

from mobile_app.effects import AskPassword, ChoosePin, GoTo, Unlock
from schemas.ids import NOBODY
from schemas.record import Struct

DIGITS = 6  # the pad sends by itself at the last one


class Purpose(Enum):
    """What the digits are for."""

    OPEN = "open"
    CHOOSE = "choose"
    REPEAT = "repeat"


class PinModel(Struct, frozen=True):
    """What the pad holds. The digits are never shown and leave the model with the attempt."""

    associate_id: UUID = NOBODY
    name: str = ""
    code: str = ""
    purpose: Purpose = Purpose.OPEN
    digits: str = ""
    first: str = ""  # while choosing: what must be repeated
    busy: bool = False
    problem: str | None = None  # "wrong", "differs", "too_simple", "lease_over"
    left: int | None = None  # tries, after a wrong one


class Asked(Struct, frozen=True):
    """The pad is shown for this person."""

    associate_id: UUID
    name: str
    code: str
    choosing: bool


class DigitPressed(Struct, frozen=True):
    digit: str


class ErasePressed(Struct, frozen=True):
    pass


class BackPressed(Struct, frozen=True):
    pass


class Opened(Struct, frozen=True):
    pass


class Wrong(Struct, frozen=True):
    left: int


class NoTriesLeft(Struct, frozen=True):
    pass


class LeaseOver(Struct, frozen=True):
    """The PIN was right; the tablet has not met the server for too long and cannot reach it now."""


class PinKept(Struct, frozen=True):
    pass


class PinRefused(Struct, frozen=True):
    pass


PinEvent = (
    Asked
    | DigitPressed
    | ErasePressed
    | BackPressed
    | Opened
    | Wrong
    | NoTriesLeft
    | LeaseOver
    | PinKept
    | PinRefused
)
PinEffect = Unlock | ChoosePin | GoTo | AskPassword


def update(model: PinModel, event: PinEvent) -> tuple[PinModel, list[PinEffect]]:
    """Decide what the pad shows and asks for next."""
    change = msgspec.structs.replace
    match event:
        case Asked(associate_id=associate_id, name=name, code=code, choosing=choosing):
            purpose = Purpose.CHOOSE if choosing else Purpose.OPEN
            return PinModel(associate_id=associate_id, name=name, code=code, purpose=purpose), []
        case DigitPressed(digit=digit) if not model.busy and len(digit) == 1 and digit in "0123456789":
            typed = change(model, digits=model.digits + digit, problem=None)
            return _complete(typed) if len(typed.digits) >= DIGITS else (typed, [])
        case ErasePressed() if not model.busy:
            return change(model, digits=model.digits[:-1], problem=None), []
        case DigitPressed() | ErasePressed():
            return model, []
        case BackPressed():
            return change(model, digits="", first=""), [GoTo(screen="people")]
        case Opened() | PinKept():
            return change(model, digits="", first="", busy=False), [GoTo(screen="today")]
        case Wrong(left=left):
            return change(model, digits="", busy=False, problem="wrong", left=left), []
        case NoTriesLeft():
            return change(model, digits="", busy=False), [AskPassword(code=model.code)]
        case LeaseOver():
            return change(model, digits="", busy=False, problem="lease_over"), []
        case PinRefused():
            again = change(
                model, digits="", first="", busy=False, problem="too_simple", purpose=Purpose.CHOOSE
            )
            return again, []


def _complete(model: PinModel) -> tuple[PinModel, list[PinEffect]]:
    change = msgspec.structs.replace
    match model.purpose:
        case Purpose.OPEN:
            asked = Unlock(associate_id=model.associate_id, pin=model.digits)
            return change(model, busy=True), [asked]
        case Purpose.CHOOSE:
            return change(model, first=model.digits, digits="", purpose=Purpose.REPEAT), []
        case Purpose.REPEAT if model.digits == model.first:
            return change(model, busy=True), [ChoosePin(pin=model.digits)]
        case Purpose.REPEAT:
            return change(model, first="", digits="", problem="differs", purpose=Purpose.CHOOSE), []
