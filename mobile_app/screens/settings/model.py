"""How the person likes the tablet, and the doors out: hand over, sign out."""

import msgspec

from mobile_app.effects import CutLine, GoTo, Lock, Prefer, SaveUnsent, SignOut
from mobile_app.preferences import LANGUAGES, TEXT_SCALES, Preferences
from schemas.record import Struct


class SettingsModel(Struct, frozen=True):
    """What the screen shows."""

    preferences: Preferences = Preferences()
    person: str = ""
    role: str = ""
    store: str = ""
    line_cut: bool = False
    pending: int = 0  # edits of the person that wait or were not taken
    confirming_sign_out: bool = False
    saved: str = ""  # the file of unsent work just written
    save_problem: str = ""  # "nothing_unsent", "no_key", "no_room"


class Shown(Struct, frozen=True):
    person: str
    role: str
    store: str


class TasteKnown(Struct, frozen=True):
    """What the person who took the tablet likes."""

    preferences: Preferences


class LanguageChosen(Struct, frozen=True):
    language: str


class DarkChosen(Struct, frozen=True):
    dark: bool


class TextScaleChosen(Struct, frozen=True):
    scale: float


class HandChosen(Struct, frozen=True):
    left: bool


class AnimationsChosen(Struct, frozen=True):
    on: bool


class LineCut(Struct, frozen=True):
    cut: bool


class LineKnown(Struct, frozen=True):
    """How the switch stands and what is pending, as the tablet says."""

    cut: bool
    pending: int = 0


class SavePressed(Struct, frozen=True):
    """Save unsent work to a file."""


class Saved(Struct, frozen=True):
    """What came of it: the file, or why there is none."""

    file: str = ""
    problem: str = ""


class ShiftEndPressed(Struct, frozen=True):
    pass


class HandOverPressed(Struct, frozen=True):
    pass


class SignOutPressed(Struct, frozen=True):
    pass


class BackPressed(Struct, frozen=True):
    pass


SettingsEvent = (
    Shown
    | TasteKnown
    | LanguageChosen
    | DarkChosen
    | TextScaleChosen
    | HandChosen
    | AnimationsChosen
    | LineCut
    | LineKnown
    | SavePressed
    | Saved
    | ShiftEndPressed
    | HandOverPressed
    | SignOutPressed
    | BackPressed
)
SettingsEffect = Prefer | CutLine | Lock | SignOut | GoTo | SaveUnsent


def update(model: SettingsModel, event: SettingsEvent) -> tuple[SettingsModel, list[SettingsEffect]]:
    """Decide what is shown and kept. Signing out takes two presses: coming back needs the network.

    Who leaves with something pending is shown it first; from there he may leave all the same.
    """
    change = msgspec.structs.replace
    match event:
        case Shown(person=person, role=role, store=store):
            shown = change(model, person=person, role=role, store=store, confirming_sign_out=False)
            shown = change(shown, saved="", save_problem="")
            return shown, []
        case TasteKnown(preferences=preferences):
            return change(model, preferences=preferences), []
        case LanguageChosen(language=language) if language in LANGUAGES:
            return _preferring(model, change(model.preferences, language=language))
        case DarkChosen(dark=dark):
            return _preferring(model, change(model.preferences, dark=dark))
        case TextScaleChosen(scale=scale) if scale in TEXT_SCALES:
            return _preferring(model, change(model.preferences, text_scale=scale))
        case HandChosen(left=left):
            return _preferring(model, change(model.preferences, left_handed=left))
        case AnimationsChosen(on=on):
            return _preferring(model, change(model.preferences, animations=on))
        case LineCut(cut=cut):
            return change(model, line_cut=cut), [CutLine(cut=cut)]
        case LineKnown(cut=cut, pending=pending) if (cut, pending) != (model.line_cut, model.pending):
            return change(model, line_cut=cut, pending=pending), []
        case SavePressed():
            return change(model, saved="", save_problem=""), [SaveUnsent()]
        case Saved(file=file, problem=problem):
            return change(model, saved=file, save_problem=problem), []
        case ShiftEndPressed():
            return model, [GoTo(screen="leaving")]
        case HandOverPressed() | SignOutPressed() if model.pending:
            return model, [GoTo(screen="leaving")]
        case HandOverPressed():
            return model, [Lock()]
        case SignOutPressed() if model.confirming_sign_out:
            return change(model, confirming_sign_out=False), [SignOut()]
        case SignOutPressed():
            return change(model, confirming_sign_out=True), []
        case BackPressed():
            return change(model, confirming_sign_out=False), [GoTo(screen="find")]
        case _:
            return model, []


def _preferring(model: SettingsModel, preferences: Preferences) -> tuple[SettingsModel, list[SettingsEffect]]:
    return msgspec.structs.replace(model, preferences=preferences), [Prefer(preferences=preferences)]
