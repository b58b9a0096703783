"""Which columns of a file are not read, and why: none is passed over in silence."""

from collections.abc import Container, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final, Literal

Reason = Literal[
    "proves_nothing", "adds_up", "free_text", "no_field", "further_address", "told_elsewhere", "your_own",
    "secret", "unnamed",
]  # fmt: skip

WORDS: Final[Mapping[Reason, str]] = {
    "proves_nothing": "it shows no wording that she agreed to, so it grants nothing",
    "adds_up": "it follows from the orders",
    "free_text": "free text: a person reads it before it is kept",
    "no_field": "no field of a profile holds it",
    "further_address": "an address of one order, or one more; her own is kept",
    "told_elsewhere": "the connector of this source tells it, with its instant",
    "your_own": "a field of your own: name it in a mapping of your own to read it",
    "secret": "a secret: emptied before a line was looked at",
    "unnamed": "no entry of the mapping names it",
}

Rules = dict[Reason, tuple[str, ...]]  # why -> columns; a star stands for any letters


def left_out(
    header: Sequence[str], *, read: Container[str], rules: Rules, dropped: Container[str] = ()
) -> dict[str, Reason]:
    """Return each column that is not read, in the order of the file, with the reason."""
    return {
        name: "secret" if name in dropped else _why(name, rules)
        for name in header
        if name in dropped or name not in read
    }


def words(columns: Mapping[str, str]) -> list[str]:
    """Return lines that name the columns and the reasons, a line a reason."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in columns.items():
        by_reason.setdefault(reason, []).append(name or "(no name)")
    told: Mapping[str, str] = {str(reason): text for reason, text in WORDS.items()}
    return [
        f"  not read: {', '.join(names)} ({told.get(reason, reason)})" for reason, names in by_reason.items()
    ]


def _why(name: str, rules: Rules) -> Reason:
    for reason, patterns in rules.items():
        if any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns):
            return reason
    return "unnamed"
