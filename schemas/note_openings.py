"""Which of many patterns a text may hold, told from how its words begin: the others need not be looked for.

A thousand patterns cost a note most of its time when each walks along it. Here each is asked only where
something begins as it does.
"""

import re
from collections.abc import Iterable, Iterator
from re import _constants as op  # type: ignore[attr-defined]  # what patterns are made of; no public name
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

LETTERS: Final = 3  # of a beginning that are looked at
MOST_LETTERS = 40  # of a class that is spelled out
_SIGNS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)  # a class is one
_PLACES = re.compile(r"(?<!\w)\w")

Openings = frozenset[str]  # beginnings of at most ``LETTERS``; after a shorter one anything may follow


class Opened:
    """Patterns of several ranks, each to be found between the ends of words."""

    def __init__(self, patterns: Iterable[tuple[int, str]]) -> None:
        """Take (rank, pattern); ranks say which finding counts."""
        together: dict[tuple[int, Openings], list[str]] = {}
        for rank, pattern in patterns:
            for branch in branches(pattern):
                together.setdefault((rank, openings(branch)), []).append(branch)
        self._anywhere: list[tuple[int, re.Pattern[str]]] = []
        self._at: dict[str, list[tuple[int, re.Pattern[str]]]] = {}
        for (rank, begins), alike in sorted(together.items(), key=lambda item: item[0][0]):
            made = re.compile(rf"(?<!\w)(?:{'|'.join(f'(?:{each})' for each in alike)})(?!\w)")
            if any(not begin[:1].isalnum() for begin in begins):
                self._anywhere.append((rank, made))
                continue
            for begin in begins:
                self._at.setdefault(begin, []).append((rank, made))

    def least(self, text: str) -> int | None:
        """Return the least rank of which a pattern is found in a text, or None."""
        least: int | None = None
        for rank, pattern in self._anywhere:
            if (least is None or rank < least) and pattern.search(text):
                least = rank
        for found in _PLACES.finditer(text):
            place = found.start()
            for begin in {text[place : place + many] for many in range(1, LETTERS + 1)}:
                for rank, pattern in self._at.get(begin, ()):
                    if least is not None and rank >= least:
                        break
                    if pattern.match(text, place):
                        least = rank
                        break
        return least


def branches(pattern: str) -> list[str]:
    """Return the alternatives that a pattern is made of, as they are written."""
    found, depth = [""], 0
    for sign in _SIGNS.findall(pattern):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            found.append("")
        else:
            found[-1] += sign
    return found


def openings(pattern: str) -> Openings:
    """Return how a text that a pattern fits may begin; an empty beginning says: in any way."""
    return frozenset(begin for begin, _ in _begin(list(parser.parse(pattern))))


def _begin(parts: list[Any]) -> set[tuple[str, bool]]:
    """Return beginnings, and whether the parts end there: then what follows them goes on."""
    made: set[tuple[str, bool]] = {("", True)}
    for part in parts:
        open_ones = {begin for begin, ends in made if ends and len(begin) < LETTERS}
        if not open_ones:
            break
        made = {(begin, ends) for begin, ends in made if begin not in open_ones or not ends}
        made |= {
            ((before + begin)[:LETTERS], ends) for before in open_ones for begin, ends in _of_part(*part)
        }
    return made


def _of_part(kind: Any, said: Any) -> set[tuple[str, bool]]:
    if kind is op.LITERAL:
        return {(chr(said), True)}
    if kind is op.IN and (letters := list(_letters(said))):
        return {(letter, True) for letter in letters}
    if kind is op.BRANCH:
        return {each for branch in said[1] for each in _begin(list(branch))}
    if kind is op.SUBPATTERN:
        return _begin(list(said[3]))
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        least, most, again = said
        taken = _begin(list(again))
        if most != 1:  # it may go on with itself
            taken = {(begin, False) for begin, _ in taken}
        return taken | {("", True)} if least == 0 else taken
    if kind in (op.AT, op.ASSERT, op.ASSERT_NOT):
        return {("", True)}  # takes no letter; what it asks for is asked when the pattern is tried
    return {("", False)}


def _letters(said: list[tuple[Any, Any]]) -> Iterator[str]:
    """Yield the letters of a class; nothing where it has too many or is told by what it lacks."""
    spelled: list[str] = []
    for kind, what in said:
        if kind is op.LITERAL:
            spelled.append(chr(what))
        elif kind is op.RANGE and what[1] - what[0] < MOST_LETTERS:
            spelled += map(chr, range(what[0], what[1] + 1))
        else:
            return
    yield from spelled
