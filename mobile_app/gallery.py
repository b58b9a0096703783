"""Pictures of every screen with made data, for people who choose and for people who check.

Run ``python -m mobile_app.gallery [FOLDER [PICTURE ...]]``; it needs OpenGL but neither display nor server.
Articles have their pictures where ``comptoir demo`` or ``seed`` has drawn them.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mobile_app.gallery_scenes import make_app
from mobile_app.window import WindowMode, prepare

WIDE, TALL = (1280, 800), (800, 1280)
IN_ALL_LOOKS = (
    "today",
    "card",
    "follow-ups",
    "catalogue",
    "outbox",
)  # both languages, both themes, both ways round
LIST_FIRST = ("find", "customer-signs")  # as these, but upright only
IN_TWO_LOOKS = (
    "write",
    "enrol",
    "people",
    "sign-in",
    "pin",
    "settings",
    "customer-thanks",
    "shift-end",
    "team",
    "spending",
)
IN_FRENCH = (
    "customer-side",
    "customer-signs",
    "customer-writes",
    "advice",
    "article",
    "wardrobe",
    "loyalty",
    "loyalty-without-a-line",
    "redeem",
    "note-guard",
    "past",
    "beyond",
    "in-notes",
    "filters",
    "new-customer",
    "nobody-found",
    "purchases",
    "taste",
    "details",
    "size",
    "family",
    "address",
    "consent",
    "quiet-day",
    "follow-up",
    "later",
    "promise",
    "appointment",
    "case",
    "write-refused",
    "promised",
    "shift-over",
)
IN_ENGLISH = ("search", "value")


def main(words: list[str] | None = None) -> int:
    """Draw pictures into a folder."""
    parser = argparse.ArgumentParser(prog="mobile_app.gallery", description=main.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs/screens"))
    parser.add_argument("picture", nargs="*", help="a picture's or a screen's name (default: all)")
    options = parser.parse_args(words)
    folder: Path = options.folder
    prepare(WindowMode.OFFSCREEN, (1280, 1280), pinned=True)  # offscreen pixels do not grow later
    from mobile_app.hands import Hands

    app, stage = make_app(Path(os.environ.get("COMPTOIR_HOME", ".comptoir")) / "pictures")
    hands = Hands(app, WIDE)
    chosen = set(options.picture)
    folder.mkdir(parents=True, exist_ok=True)
    for name, scene, size, look in pictures():
        if chosen and name not in chosen and scene not in chosen:
            continue
        if tuple(hands.window.system_size) != size:
            hands.resize(*size)
        stage.set(scene, **look)
        hands.pump(12)
        hands.shot().quantize(256).save(folder / f"{name}.png", optimize=True)
        print(folder / f"{name}.png")
    hands.close()
    return 0


def pictures() -> Iterator[tuple[str, str, tuple[int, int], dict[str, Any]]]:
    """Yield name, scene, size and look of each picture."""
    for language in ("en", "fr"):
        for dark in (False, True):
            look = {"language": language, "dark": dark}
            mark = f"{language}-{'dark' if dark else 'light'}"
            for scene in IN_ALL_LOOKS:
                yield f"{scene}-{mark}", scene, WIDE, look
            for scene in (*IN_ALL_LOOKS, *LIST_FIRST):
                yield f"{scene}-portrait-{mark}", scene, TALL, look
    for scene in IN_TWO_LOOKS:
        yield f"{scene}-fr-light", scene, WIDE, {"language": "fr"}
        yield f"{scene}-en-dark", scene, WIDE, {"dark": True}
    for scene in IN_FRENCH:
        yield f"{scene}-fr", scene, WIDE, {"language": "fr"}
    for scene in IN_ENGLISH:
        yield f"{scene}-en", scene, WIDE, {}
    yield "notes-dark-en", "notes", WIDE, {"dark": True}
    yield "left-handed-en", "card", WIDE, {"left": True}
    yield "mirrored-en", "card", WIDE, {"mirrored": True}
    yield "text-135-fr", "card", WIDE, {"language": "fr", "scale": 1.35}
    yield "text-200-fr", "card", WIDE, {"language": "fr", "scale": 2.0}
    yield "spending-portrait-fr", "spending", TALL, {"language": "fr"}
    yield "spending-text-200-fr", "spending", WIDE, {"language": "fr", "scale": 2.0}
    yield "details-portrait-fr", "details", TALL, {"language": "fr"}


if __name__ == "__main__":
    sys.exit(main())
