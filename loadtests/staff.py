"""Who works during a load test: staff of the made-up brand, handed out in turn."""

from collections.abc import Sequence
from itertools import cycle

# Codes of associates that `comptoir seed` makes, and the stores they work in.
SELLERS = (
    ("ines", "lyon"),
    ("awa", "marais"),
    ("victoire", "saint-honore"),
    ("maelle", "bordeaux"),
    ("joris", "bruxelles"),
    ("hugo", "lyon"),
    ("theo", "marais"),
    ("karim", "saint-honore"),
    ("inaki", "bordeaux"),
    ("lea", "bruxelles"),
)
MANAGERS = (
    ("claire", "lyon"),
    ("bastien", "marais"),
    ("odile", "saint-honore"),
    ("sylvie", "bordeaux"),
    ("anneke", "bruxelles"),
)
HEAD_OFFICE = (("agathe", ""),)
ADMINISTRATOR = "marc"  # makes the codes that enrol tablets

_sellers, _managers, _head_office = cycle(SELLERS), cycle(MANAGERS), cycle(HEAD_OFFICE)


def work_in(shops: Sequence[str]) -> None:
    """Let everybody who has a tablet be the manager of one of these stores from now on, in turn."""
    global _sellers, _managers
    if shops:
        everybody = cycle([(code, code) for code in shops])
        _sellers, _managers = everybody, everybody


def next_seller() -> tuple[str, str]:
    """Return the next seller and the store, in turn."""
    return next(_sellers)


def next_manager() -> tuple[str, str]:
    """Return the next store manager and the store, in turn."""
    return next(_managers)


def next_of_head_office() -> tuple[str, str]:
    """Return the next person of head office."""
    return next(_head_office)
