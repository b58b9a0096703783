"""Names as people give them: short forms, and how a name sounds to somebody who writes it down."""

import re
from functools import lru_cache
from pathlib import Path

_GROUPS = [
    line.replace("-", "").split()
    for line in Path(__file__).with_name("short_names.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
_MEMBERSHIP: dict[str, set[int]] = {}
for _number, _group in enumerate(_GROUPS):
    for _name in _group:
        _MEMBERSHIP.setdefault(_name, set()).add(_number)

_BY_GROUP: dict[int, set[str]] = {}
for _name, _numbers in _MEMBERSHIP.items():
    for _number in _numbers:
        _BY_GROUP.setdefault(_number, set()).add(_name[0])
_INITIALS = {
    name: frozenset(letter for number in numbers for letter in _BY_GROUP[number])
    for name, numbers in _MEMBERSHIP.items()
}

_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^h", ""), (r"(?<=[^cps])h", ""), (r"^(kn|gn(?=o))", "n"), (r"ph", "f"),
        (r"sch|sh|ch(?![rl])", "S"), (r"ch", "k"), (r"gn", "N"), (r"qu?|ck?(?=[aou]|[^aeiouyS]|$)", "k"),
        (r"x", "ks"), (r"[cz](?=[eiy])", "s"), (r"z", "s"), (r"eau|au|ho", "o"), (r"oi|oy", "wa"),
        (r"ai|ei|ay|ey|et$|er$|ez$|es$", "e"),
        (r"ou|oo", "u"), (r"(?:a|e)[mn](?=[^aeiouymn]|$)", "A"), (r"[iy][mn](?=[^aeiouymn]|$)", "I"),
        (r"o[mn](?=[^aeiouymn]|$)", "O"), (r"g(?=[eiy])", "j"), (r"gu(?=[ei])", "g"), (r"y", "i"),
        (r"w", "v"),
        (r"(.)\1+", r"\1"), (r"(?<=..)[dtpsx]+$", ""), (r"(?<=..)e$", ""),
    )
]  # fmt: skip


def is_short_form(one: str, other: str) -> bool:
    """Whether two folded given names are used for one person: ``bob`` and ``robert``."""
    return bool(_MEMBERSHIP.get(one, set()) & _MEMBERSHIP.get(other, set()))


def are_two_names(one: str, other: str) -> bool:
    """Whether both are known given names, and nobody is called by either: ``paul`` and ``pauline``."""
    return one in _MEMBERSHIP and other in _MEMBERSHIP and not _MEMBERSHIP[one] & _MEMBERSHIP[other]


def short_initials(name: str) -> frozenset[str]:
    """Return the first letters of the short forms of a folded given name: ``b`` and ``r`` for ``robert``."""
    return _INITIALS.get(name, frozenset())


@lru_cache(maxsize=200_000)
def sound_of(word: str) -> str:
    """Return how a folded word sounds, by French ears first: ``philippot`` and ``filipo`` are the same.

    Capital letters stand for sounds written with several: S as in *chat*, N as in *agneau*, A I O nasal.
    """
    sound = word
    for pattern, into in _SOUNDS:
        sound = pattern.sub(into, sound)
    return sound or word
