"""Comparison forms of names: folded text, tokens, and the deletions that find one typing error.

Names are kept as written; these forms stand beside them for search and identity resolution.
"""

import re
import unicodedata

_LIGATURES = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "þ": "th", "ð": "d"}
)
_SEPARATORS = re.compile(r"[^\w]+|_")


def fold(text: str) -> str:
    """Return text without case and accents, words separated by one space. ``"Éloïse  Lefèvre-Dœuf"`` becomes
    ``"eloise lefevre doeuf"``."""
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_LIGATURES)
    plain = "".join(c for c in unicodedata.normalize("NFD", lowered) if not unicodedata.combining(c))
    return _SEPARATORS.sub(" ", plain).strip()


def tokens(*texts: str | None) -> tuple[str, ...]:
    """Return the distinct folded words of some texts, sorted."""
    return tuple(sorted({word for text in texts if text for word in fold(text).split()}))


def deletions(token: str) -> frozenset[str]:
    """Return a token with each single character left out, and the token itself.

    Two tokens within one edit (insertion, deletion, substitution, neighbouring swap) share a variant.

    Source: Garbe, "Symmetric Delete spelling correction", 2012.
    """
    return frozenset({token, *(token[:i] + token[i + 1 :] for i in range(len(token)))})


def digits(text: str) -> str:
    """Return the decimal digits of a text."""
    return "".join(c for c in text if c.isdecimal())
