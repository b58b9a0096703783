"""What a value has to be, in words: for the patterns of our types, and for words of a closed list."""

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import inspect

MOST_WORDS: Final = 40  # of a list that an answer holds

_PRINTABLE = "text without line breaks or other controls"
_BEGINNING = "beginning with a letter or a digit"

# A pattern as it is declared -> what it asks for. A test holds this to every pattern of the API's document.
PATTERNS: Final[Mapping[str, str]] = {
    r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$": "a day written YYYY-MM-DD",
    r"^(\d{4}|-)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$": "a day, YYYY-MM-DD, or --MM-DD for every year",
    r"^\d{4}-\d{2}-\d{2}$": "a day written YYYY-MM-DD",
    r"^[A-Z]{2}$": "a country by its two capital letters, as FR",
    r"^[A-Z]{3}$": "a currency by its three capital letters, as EUR",
    r"^[a-z]{2,3}$": "a language by its two or three small letters, as fr",
    r"^[a-z]{2,3}(-[A-Z]{2})?$": "a language as fr or fr-BE",
    r"^[a-z0-9][a-z0-9 _.:/-]*$": (
        "a case number or a word, nothing about the person: small letters, digits, spaces and _ . : / -, "
        f"{_BEGINNING}"
    ),
    r"^[\x21-\x7e]+$": "printable ASCII without spaces",
    r"^[^\x00-\x1f\x7f]+$": _PRINTABLE,
    r"^[^\x00-\x1f\x7f]*$": _PRINTABLE,
    r"^[^/\x00-\x1f\x7f]+$": f"{_PRINTABLE}, and without /",
    r"^[a-z0-9][a-z0-9.-]{1,60}$": f"small letters, digits, dots and hyphens, 2 to 61, {_BEGINNING}",
    r"^[a-z0-9][a-z0-9-]{1,60}$": f"small letters, digits and hyphens, 2 to 61, {_BEGINNING}",
    r"^[a-z0-9][a-z0-9-]{0,39}$": f"small letters, digits and hyphens, at most 40, {_BEGINNING}",
    r"^[a-z0-9][a-z0-9.-]{0,59}$": f"small letters, digits, dots and hyphens, at most 60, {_BEGINNING}",
    r"^[a-z0-9-]+$": "small letters, digits and hyphens",
    r"^[0-9a-f]{64}$": "64 hexadecimal digits in small letters",
    r"^[a-z][a-z0-9_]{0,63}$": "the name of a field: small letters, digits and _",
    r"^[A-Za-z0-9_-]+$": "a cursor, as a page before gave it",
    r"^[a-z_.]+$": "small letters, _ and dots, as customer.read",
    r"^[a-z_./-]{1,60}$": "small letters and _ . / -, at most 60",
    r"^[A-Za-z0-9_][A-Za-z0-9 ._-]{0,79}$": (
        "the name of a file: letters without accents, digits, spaces and . _ -, at most 80"
    ),
}


def rule_of(pattern: str) -> str:
    """Return what a pattern asks for; empty when nobody has said it in words."""
    if said := PATTERNS.get(pattern):
        return said
    inner = pattern.removeprefix("^(").removesuffix(")$")
    if pattern == f"^({inner})$" and inner.replace("|", "").replace("_", "").isalnum():
        return one_of(inner.split("|"))
    return ""


def one_of(words: Iterable[object]) -> str:
    """Return that a value is one of these. The words are those of our types, alike for every role."""
    return "one of: " + ", ".join(str(word) for word in words)


def allowed_at(kind: Any, steps: Iterable[str]) -> str:
    """Return which words a value may be that lies there in a type; empty where no short list says so.

    Args:
        steps: names of members and places in lists, from the outside in.
    """
    try:
        return _allowed(kind, tuple(steps))
    except (TypeError, NameError):  # a type that msgspec does not describe
        return ""


@cache
def _allowed(kind: Any, steps: tuple[str, ...]) -> str:
    found = [msgspec.inspect.type_info(kind)]
    for step in steps:
        found = [inner for each in found for inner in _inside(each, step)]
    words = sorted({word for each in found for option in _options(each) for word in _words(option)})
    return one_of(words) if 0 < len(words) <= MOST_WORDS else ""


def _options(kind: inspect.Type) -> list[inspect.Type]:
    match kind:
        case inspect.Metadata():
            return _options(kind.type)
        case inspect.UnionType():
            return [inner for each in kind.types for inner in _options(each)]
    return [kind]


def _inside(kind: inspect.Type, step: str) -> list[inspect.Type]:
    inner: list[inspect.Type] = []
    for each in _options(kind):
        match each:
            case inspect.StructType():
                inner += [field.type for field in each.fields if field.encode_name == step]
            case inspect.DictType():
                inner.append(each.value_type)
            case inspect.ListType() | inspect.SetType() | inspect.FrozenSetType() | inspect.VarTupleType():
                inner.append(each.item_type)
    return inner


def _word(member: Enum) -> str:
    """Return how a value is written; of a number also what it means."""
    if isinstance(member.value, int):
        return f"{member.value} ({member.name.lower()})"
    return str(member.value)


def _words(kind: inspect.Type) -> list[str]:
    match kind:
        case inspect.EnumType():
            return [_word(member) for member in kind.cls]
        case inspect.LiteralType():
            return [str(value) for value in kind.values]
    return []
