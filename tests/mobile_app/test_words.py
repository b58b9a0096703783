"""French and English are equal citizens: every text of the tablet has both, and keeps its places."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from mobile_app.i18n import LOCALE

APP = LOCALE.parent
CATALOGUE = LOCALE / "fr" / "LC_MESSAGES"
_IN_KV = re.compile(r"""\btr\(\s*(["'])(.+?)\1\s*\)""")
_LITERAL_IN_KV = re.compile(r"""^\s*(?:text|title|hint|hint_text|label):\s*(["'])(?=.*[A-Za-z]{2}).+\1\s*$""")
_SAYING = ("tr", "ntr")


def said_in_python() -> Iterator[tuple[str, ...]]:
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SAYING:
                wanted = node.args[: 1 if node.func.id == "tr" else 2]
                if all(isinstance(each, ast.Constant) for each in wanted):
                    yield tuple(str(each.value) for each in wanted if isinstance(each, ast.Constant))


def said_in_kv() -> Iterator[tuple[str, ...]]:
    for path in APP.rglob("*.kv"):
        for _, text in _IN_KV.findall(path.read_text(encoding="utf-8")):
            yield (text,)


SAID = sorted({each for each in (*said_in_python(), *said_in_kv()) if each[0]})


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


class TestFrench:
    @pytest.fixture
    def french(self) -> gettext.GNUTranslations:
        with (CATALOGUE / "comptoir.mo").open("rb") as file:
            return gettext.GNUTranslations(file)

    def test_has_every_text(self, french: gettext.GNUTranslations) -> None:
        missing = [
            text
            for text in SAID
            if (french.ngettext(*text, 1) if len(text) == 2 else french.gettext(text[0])) == text[0]
            and text[0] not in french._catalog.values()  # type: ignore[attr-defined]
        ]
        assert missing == []

    def test_keeps_the_places_that_are_filled_in(self, french: gettext.GNUTranslations) -> None:
        for text in SAID:
            for count in (1, 2):
                said = french.ngettext(*text, count) if len(text) == 2 else french.gettext(text[0])
                assert places(said) == places(text[0]), text

    def test_puts_the_right_space_before_two_part_signs(self, french: gettext.GNUTranslations) -> None:
        for key, text in french._catalog.items():  # type: ignore[attr-defined]
            assert key == "" or not re.search(r"\w[;!?]", text), text

    def test_is_compiled_from_the_words_beside_it(self) -> None:
        po = (CATALOGUE / "comptoir.po").read_text(encoding="utf-8")
        with (CATALOGUE / "comptoir.mo").open("rb") as file:
            compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for key, text in compiled.items():
            if key == "":
                continue
            first = text.split("\n")[0].replace("\\", "\\\\").replace('"', '\\"')
            assert first in po


class TestKv:
    def test_holds_no_text_of_its_own(self) -> None:
        bare = [
            f"{path.relative_to(APP)}:{number}: {line.strip()}"
            for path in APP.rglob("*.kv")
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if _LITERAL_IN_KV.match(line)
        ]
        assert bare == []


def test_there_is_something_to_say() -> None:
    assert len(SAID) > 100 and Path(APP, "main.py").exists()
