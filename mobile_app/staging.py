"""Lays out what goes into a package of the tablet, and nothing else: no server, no tests, no tools.

``python -m mobile_app.staging [folder]`` fills the folder that ``buildozer.spec`` packs.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("mobile_app", "schemas", "sync")
SUFFIXES = (".py", ".kv", ".sql", ".ttf", ".mo", ".txt")  # .txt: the licences of the fonts
# Tools of those who build the tablet, and the scripted hands of the demo.
TOOLS = frozenset(
    {
        "gallery.py", "gallery_agenda.py", "gallery_data.py", "gallery_scenes.py", "gallery_shelf.py",
        "hands.py", "shift.py", "shift_card.py", "shift_counter.py", "shift_report.py", "speed.py",
        "staging.py", "subset.py",
    }
)  # fmt: skip
LEFT_OUT = frozenset({"__pycache__", "shift"})
FOLDER = ROOT / "build" / "tablet"
MAIN = '''"""The package's first file: starts the tablet in its own folder."""

import os
from pathlib import Path

os.environ.setdefault("KIVY_NO_ARGS", "1")

from mobile_app.main import run_packaged

run_packaged(Path(os.environ.get("ANDROID_PRIVATE", Path.home() / ".comptoir")) / "tablet")
'''


def files() -> Iterator[Path]:
    """Yield every file of a package, relative to the repository, in order."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            inside = path.relative_to(ROOT)
            if path.suffix in SUFFIXES and path.name not in TOOLS and not LEFT_OUT & set(inside.parts):
                yield inside


def stage(folder: Path = FOLDER) -> int:
    """Fill a folder anew and return how many files it holds."""
    if folder.exists():
        shutil.rmtree(folder)
    count = 1
    for inside in files():
        target = folder / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / inside, target)
        count += 1
    (folder / "main.py").write_text(MAIN, encoding="utf-8")
    return count


def main(words: list[str] | None = None) -> int:
    """Stage into the folder named, or the one the spec packs."""
    folder = Path(words[0]) if words else FOLDER
    print(f"{stage(folder)} files in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
