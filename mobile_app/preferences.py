"""How a person likes the tablet: language, light or dark, text size, hand, animations."""

from pathlib import Path

import msgspec

from mobile_app.sealed_files import read_file, replace_file
from schemas.record import Struct

LANGUAGES = ("fr", "en")
TEXT_SCALES = (0.85, 1.0, 1.15, 1.35, 1.6, 2.0)


class Preferences(Struct, frozen=True):
    """Nothing here is personal data of a customer."""

    language: str = "fr"
    dark: bool = False
    text_scale: float = 1.0
    left_handed: bool = False
    animations: bool = True


def read_preferences(path: Path) -> Preferences | None:
    """Return what was kept; None for what is missing, damaged or unknown to this build."""
    content = read_file(path)
    try:
        kept = None if content is None else msgspec.json.decode(content, type=Preferences)
    except msgspec.MsgspecError:
        return None
    if kept is None or kept.language not in LANGUAGES or kept.text_scale not in TEXT_SCALES:
        return None
    return kept


def keep_preferences(path: Path, preferences: Preferences) -> None:
    """Keep them for the next start."""
    replace_file(path, msgspec.json.encode(preferences))
