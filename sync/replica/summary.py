"""What search and the day's lists read of a customer's line."""

from datetime import UTC, datetime

from sync import summary as summaries
from sync.replica.search import SearchRow, folded_words
from sync.summary import Summary

AHEAD = "ahead"  # something is to be done for her; ahead:<associate> by whom, ahead: by nobody named
COMES = "comes"  # comes:2026-11-24 (UTC), an appointment
SOLVED = "solved"  # solved:2026-11, a case of hers
BORN = "born"  # born:05-31


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
    if summary.birthday:
        facets.append(f"{BORN}:{summary.birthday}")
    for each in summary.ahead:
        if each.state == summaries.SOLVED:
            facets.append(f"{SOLVED}:{_month(each.since)}")
        elif each.field == "appointments":
            facets.append(f"{COMES}:{datetime.fromtimestamp(each.starts / 1000, UTC):%Y-%m-%d}")
        else:
            facets += [AHEAD, f"{AHEAD}:{each.owner}"]
    return frozenset(facets)


def _month(at: int) -> str:
    """Return the month of an instant (milliseconds UTC): ``2026-11``."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m}"
