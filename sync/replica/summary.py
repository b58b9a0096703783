"""What search reads of a customer's line."""

from datetime import UTC, datetime

from sync.replica.search import SearchRow, folded_words
from sync.summary import Summary


def search_row(summary: Summary) -> SearchRow:
    """Return what may be searched of a customer."""
    names = tuple(name for name in (summary.family_name, summary.given_name) if name)
    return SearchRow(
        order=" ".join(word for name in names for word in folded_words(name)),
        names=names,
        town=summary.town or "",
        phones=(summary.phone,) if summary.phone else (),
        emails=(summary.email,) if summary.email else (),
        cards=(summary.loyalty_card,) if summary.loyalty_card else (),
        facets=_facets(summary),
    )


def _facets(summary: Summary) -> frozenset[str]:
    """Return the filters that the customer answers: ``tier:gold``, ``size:shoes=38``, ``like:bleu``..."""
    facets = [f"size:{category}={value}" for category, value in summary.sizes.items()]
    facets += [f"like:{' '.join(folded_words(element))}" for element in summary.likes]
    for name, value in (
        ("tier", summary.tier),
        ("store", summary.home_store),
        ("associate", summary.associate_id),
        ("birthday", summary.birthday and summary.birthday[:2]),
        ("seen", summary.last_seen is not None and _month(summary.last_seen)),
    ):
        if value:
            facets.append(f"{name}:{value}")
    return frozenset(facets)


def _month(at: int) -> str:
    """Return the month of an instant (milliseconds UTC): ``2026-11``."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m}"
