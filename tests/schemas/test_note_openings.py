"""Looking only where something begins finds what looking everywhere finds."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.note_allusions import REFUSED_BY_ALLUSION, WARNED_BY_ALLUSION
from schemas.note_circumstances import REFUSED_BY_CIRCUMSTANCE, WARNED_BY_CIRCUMSTANCE
from schemas.note_openings import Opened, branches, openings
from schemas.note_patterns import REFUSED_BY_PATTERN, WARNED_BY_PATTERN
from schemas.note_words import REFUSED, WARNED

LISTS = (
    (REFUSED, REFUSED_BY_PATTERN, REFUSED_BY_ALLUSION, REFUSED_BY_CIRCUMSTANCE),
    (WARNED, WARNED_BY_PATTERN, WARNED_BY_ALLUSION, WARNED_BY_CIRCUMSTANCE),
)
CORPUS = Path(__file__).parent / "corpus"
_NOT_FOLDED = re.compile(r"[^a-z0-9 |~]")


def _ranked() -> Iterator[tuple[int, str]]:
    rank = 0
    for lists in LISTS:
        for kind in dict.fromkeys(kind for held in lists for kind in held):
            yield from ((rank, each) for held in lists for each in held.get(kind, ()))
            rank += 1


def _walked(patterns: list[tuple[int, re.Pattern[str]]], text: str) -> int | None:
    """Look for every pattern everywhere: what is compared with."""
    return min((rank for rank, pattern in patterns if pattern.search(text)), default=None)


@pytest.fixture(scope="module")
def quick() -> Opened:
    return Opened(_ranked())


@pytest.fixture(scope="module")
def slow() -> list[tuple[int, re.Pattern[str]]]:
    return [(rank, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")) for rank, pattern in _ranked()]


class TestOpened:
    def test_finds_in_every_note_of_the_corpus_what_is_found_everywhere(
        self, quick: Opened, slow: list[tuple[int, re.Pattern[str]]]
    ) -> None:
        notes = [
            _NOT_FOLDED.sub(" ", line.casefold())
            for path in sorted(CORPUS.rglob("*"))
            if path.is_file()
            for line in path.read_text().splitlines()[::4]
        ]

        found = [quick.least(note) for note in notes]

        assert found == [_walked(slow, note) for note in notes]
        assert len(notes) > 500 and None in found and len(set(found)) > 10

    @settings(max_examples=150, deadline=None)
    @given(words=st.lists(st.sampled_from(sorted(
        {word for _, pattern in _ranked() for word in re.findall(r"[a-z]{2,}|\d", pattern)} | {"|", "~"}
    )), min_size=1, max_size=8))  # fmt: skip
    def test_finds_in_any_words_of_the_lists_what_is_found_everywhere(
        self, quick: Opened, slow: list[tuple[int, re.Pattern[str]]], words: list[str]
    ) -> None:
        text = " ".join(words)

        assert quick.least(text) == _walked(slow, text)

    def test_gives_the_least_rank(self) -> None:
        opened = Opened([(2, "red"), (0, "blue shoes"), (1, r"\w+ shoes")])

        assert opened.least("red shoes") == 1
        assert opened.least("red blue shoes") == 0
        assert opened.least("reddish") is None


class TestOpenings:
    @pytest.mark.parametrize(
        ("pattern", "begins"),
        [
            ("cancer", {"can"}),
            ("la?c", {"lac", "lc"}),
            ("(?:le|la) sac", {"le ", "la "}),
            ("[ab]c+", {"ac", "bc"}),
            (r"(?: \w+)? x", {" ", " x"}),
            (r"\d mois", {""}),
            ("a*b", {"a", "b"}),
            (r"(?<!x)\bno(?! )", {"no"}),
            ("[^a]b", {""}),
            (r"a\w*b", {"a", "ab"}),
        ],
    )
    def test_are_how_a_fitting_text_may_begin(self, pattern: str, begins: set[str]) -> None:
        assert openings(pattern) == begins


class TestBranches:
    @pytest.mark.parametrize(
        ("pattern", "parts"),
        [
            ("a|b", ["a", "b"]),
            ("(?:a|b)c|d", ["(?:a|b)c", "d"]),
            (r"\||[|)]x", [r"\|", "[|)]x"]),
            (r"\(a|b\)", [r"\(a", r"b\)"]),
            ("[]|]|[^]|]", ["[]|]", "[^]|]"]),
        ],
    )
    def test_are_parted_where_nothing_encloses_the_bar(self, pattern: str, parts: list[str]) -> None:
        assert branches(pattern) == parts
