"""One line per customer, drafts applied: what a list shows and what search reads."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from schemas.record import Struct
from schemas.visibility import Level
from sync.replica.draft import in_clear
from sync.replica.search import SearchRow, folded_words


class Summary(Struct, omit_defaults=True):
    """What a list shows of one customer. What the lens hides or masks is None, save the birthday's day."""

    record_id: UUID
    title: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    town: str | None = None
    tier: str | None = None
    points: int | None = None
    last_seen: int | None = None  # wall milliseconds of the last visit or purchase
    phone: str | None = None  # E.164
    email: str | None = None
    loyalty_card: str | None = None
    home_store: str | None = None
    associate_id: str | None = None
    birthday: str | None = None  # MM-DD
    sizes: dict[str, str] = {}  # category -> value, declared before computed
    likes: tuple[str, ...] = ()
    pending: int = 0  # values with an edit that awaits its answer


_decoder = msgspec.msgpack.Decoder(Summary)
_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")


def encode(summary: Summary) -> bytes:
    """Return the bytes kept in the store."""
    return _encoder.encode(summary)


def decode(line: bytes) -> Summary:
    """Return the summary kept in the store."""
    return _decoder.decode(line)


def summarize(
    record_id: UUID, values: Mapping[str, Any], levels: Mapping[str, Level], *, pending: int
) -> Summary:
    """Return the line of a customer, from her values as the lens shows them."""
    birth_date = values.get("birth_date")  # YYYY-MM-DD, or --MM-DD when masked
    values = in_clear(values, levels)
    loyalty = values.get("loyalty") or {}
    return Summary(
        record_id=record_id,
        title=values.get("title"),
        given_name=values.get("given_name"),
        family_name=values.get("family_name"),
        town=values.get("town"),
        tier=loyalty.get("tier"),
        points=loyalty.get("points"),
        last_seen=_last_seen(values),
        phone=values.get("phone"),
        email=values.get("email"),
        loyalty_card=values.get("loyalty_card"),
        home_store=values.get("home_store"),
        associate_id=values.get("associate_id"),
        birthday=birth_date[-5:] if birth_date else None,
        sizes=_sizes(values),
        likes=tuple(values.get("likes") or ()),
        pending=pending,
    )


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
    ):
        if value:
            facets.append(f"{name}:{value}")
    return frozenset(facets)


def _last_seen(values: Mapping[str, Any]) -> int | None:
    visits = [each["at"] for each in values.get("touchpoints") or () if each.get("kind") == "visit"]
    bought = [each["at"] for each in values.get("purchases") or ()]
    return max(visits + bought, default=None)


def _sizes(values: Mapping[str, Any]) -> dict[str, str]:
    sizes = {category: size["value"] for category, size in (values.get("computed_sizes") or {}).items()}
    sizes.update({category: size["value"] for category, size in (values.get("sizes") or {}).items()})
    return sizes
