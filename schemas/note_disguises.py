"""How a word may be written: digits for letters, letters apart, a word in two, one slip in a long word.

Over folded text, as ``note_words``. It says what was meant; whether that may be said is the guard's business.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from schemas.note_patterns import STRONG_WORDS

LEAST_LETTERS: Final = 7  # of a word that is known with a slip in it; shorter ones have too many neighbours
LEAST_TOGETHER: Final = 6  # letters of a word that is known when it is written in two
_LONG_WORD = re.compile(rf"\b[a-z]{{{LEAST_LETTERS - 1},}}\b")
_SPELLED_OUT = re.compile(r"\b(?:\w[ .\-*_]){3,}\w\b")  # c.a.n.c.e.r
_APART = re.compile(r"[ .\-*_]")
_DISGUISED = re.compile(r"(?<![a-z])[a-z]+(?:[0134578@$!]+[a-z]+)+")  # begun once a word
_DISGUISES = str.maketrans("0134578@$!", "oieastbasi")
_DROPPED = re.compile(r"[0134578@$!]")
_PAIR = re.compile(r"\b([a-z]{2,12}) (?=([a-z]{1,12})\b)")

# More words of the kinds that the guard knows, that nothing in a shop is called.
# fmt: off
_MORE: Final = (
    "anorexic", "autistic", "bulimic", "suicidal", "psychotic", "paranoid", "addicted", "dementia",
    "leukemia", "hepatitis", "sclerosis", "parkinson", "alzheimer", "insulin", "dialysis", "overdose",
    "chimiotherapie", "radiotherapie", "mastectomie", "hepatite", "sclerose", "insuline", "dialyse",
    "autisme", "depression", "grossesse", "cocaine", "heroine", "toxicomanie", "alcoolisme",
    "christian", "catholic", "protestant", "buddhist", "evangelical", "orthodox", "mormon", "synagogue",
    "mosquee", "ramadan", "islamiste", "lesbian", "homosexual", "bisexual", "transsexual",
    "transgender", "mistress", "adultery", "prostitute", "prostituee", "algerian", "moroccan",
    "tunisian", "nigerian", "senegalese", "romanian", "pakistani", "ethiopian", "gypsies", "syndicat",
    "communist", "socialist", "fascist", "fasciste", "gauchisme", "extremiste", "thieves",
    "shoplifting", "fraudster", "swindler", "prisoner", "arrested", "condamne", "escroc", "trafiquante",
    "delinquante", "bankrupt", "insolvent", "overdraft", "surendettement", "abrutie", "bouffonne",
    "cretine", "debile", "petasse", "poufiasse", "salopard", "enfoire", "moron", "dumbass", "bastard",
    "arsehole", "asshole", "bitches", "idiotic", "imbeciles", "connard",
)
# fmt: on
_KNOWN: Final = STRONG_WORDS | frozenset(_MORE)
# What is one slip away from such a word and is one of the trade's own.
# fmt: off
_NOT_MEANT: Final = frozenset((
    "artistic", "batches", "christiane", "christiana", "community", "mairesse", "metteuse", "monteuse",
    "nigeria", "pakistan", "condamner", "hospitaliere", "violence",
    "impressive", "expressive", "expression", "impression", "compression", "christine", "christina",
    "cretonne", "commune", "insulaire", "hermine", "heroines",
))
# fmt: on


def unmasked(plain: str) -> str:
    """Return folded text with letters that stand apart joined, and digits in words read as letters."""
    joined = _SPELLED_OUT.sub(lambda found: _APART.sub("", found.group()), plain)
    return _DISGUISED.sub(lambda found: _letters(found.group()), joined)


def without_slips(words: str) -> str:
    """Return a text in which strong words that are split, or one slip away, are written as they are."""
    whole = _PAIR.sub(_together, words)
    return _LONG_WORD.sub(lambda found: _meant(found.group()), whole)


def _letters(found: str) -> str:
    read = found.translate(_DISGUISES)
    dropped = _DROPPED.sub("", found)
    return dropped if dropped in _KNOWN and read not in _KNOWN else read


def _together(found: re.Match[str]) -> str:
    one, other = found.group(1), found.group(2)
    joined = one + other
    if len(joined) >= LEAST_TOGETHER and joined in _KNOWN and one not in _KNOWN and other not in _KNOWN:
        return one
    return found.group()


def _meant(word: str) -> str:
    if word in _NOT_MEANT or word in _KNOWN:
        return word
    for short in (word, *sorted(_shortened(word))):
        meant = _slips().get(short)
        if meant is not None and meant[0] == word[0] and abs(len(meant) - len(word)) <= 1:
            return meant
    return word


@cache
def _slips() -> dict[str, str]:
    return _without_a_letter(word for word in sorted(_KNOWN) if len(word) >= LEAST_LETTERS)


def _without_a_letter(words: Iterable[str]) -> dict[str, str]:
    return {short: word for word in words for short in _shortened(word)}


def _shortened(word: str) -> set[str]:
    """Return a word, and it without each of its letters."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(1, len(word)))}
