"""Make the fonts the app ships from the full ones: Latin text, figures and signs, and the icons in use.

``python -m mobile_app.theme.subset FOLDER``, where FOLDER holds the unpacked npm packages
``@expo-google-fonts/inter``, ``@expo-google-fonts/cormorant-garamond`` and ``@mdi/font``. Needs fonttools;
not part of the app.
"""

import sys
from pathlib import Path

from mobile_app.theme.icons import ICONS

FONTS = Path(__file__).with_name("fonts")
TEXT = (
    "U+0020-017F,U+0192,U+018F,U+01A0-01B0,U+0218-021B,U+0259,U+02C6-02DD,U+0300-0304,U+0306-030C,U+1E80-1EF9,"
    "U+2002-200A,U+2010-2027,U+202F-203A,U+2044,U+2070-2079,U+20A0-20BF,U+2116,U+2122,U+2190-2193,U+2212,"
    "U+2260-2265"
)
SOURCES = {
    "Inter_400Regular.ttf": TEXT,
    "Inter_500Medium.ttf": TEXT,
    "Inter_600SemiBold.ttf": TEXT,
    "CormorantGaramond_600SemiBold.ttf": TEXT,
    "materialdesignicons-webfont.ttf": ",".join(f"U+{code:X}" for code in ICONS.values()),
}


def main(folder: Path) -> None:
    """Write every subset into the font folder."""
    from fontTools import subset

    for name, unicodes in SOURCES.items():
        source = next(folder.rglob(name))
        subset.main(
            [
                str(source),
                f"--unicodes={unicodes}",
                f"--output-file={FONTS / name}",
                "--layout-features=kern,liga,mark,tnum,lnum",
            ]
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
