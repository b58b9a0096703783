"""One line of time over all channels: purchases, contacts, notes and consents, the newest first. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.record import Struct

Values = Mapping[str, Any]
KIND = "kind:"
FAMILIES = ("purchase", "contact", "note", "consent")


class Moment(Struct, frozen=True):
    """Something that happened between her and the house."""

    at: int  # wall milliseconds UTC
    kind: str  # a PurchaseKind, a TouchpointKind, "note", "granted", "withdrawn", "written"
    channel: str = ""  # schemas.record.Channel; empty when it is not known
    text: str = ""
    amount: int | None = None  # minor units
    currency: str = ""
    store: str | None = None
    author: str | None = None
    path: str = ""  # what to look up for where it came from: field/entry
    waits: bool = False  # an edit that awaits its answer
    state: str = ""  # of a message: where it stands, and why
    why: str = ""


def timeline(values: Values, pending_paths: Iterable[str] = ()) -> tuple[Moment, ...]:
    """Return everything that happened, newest first."""
    waiting = frozenset(pending_paths)
    moments = [
        *_purchases(values.get("purchases") or ()),
        *_touchpoints(values.get("touchpoints") or (), waiting),
        *_notes(values.get("notes") or (), waiting),
        *_consents(values.get("consents") or {}, waiting),
        *_messages(values.get("messages") or {}, waiting),
    ]
    return tuple(sorted(moments, key=lambda moment: -moment.at))


def channels_of(moments: Iterable[Moment]) -> tuple[str, ...]:
    """Return the channels that occur, the busiest first."""
    counts: dict[str, int] = {}
    for moment in moments:
        if moment.channel:
            counts[moment.channel] = counts.get(moment.channel, 0) + 1
    return tuple(sorted(counts, key=lambda channel: (-counts[channel], channel)))


def kinds_of(moments: Iterable[Moment]) -> tuple[str, ...]:
    """Return the kinds that occur, as filters: ``kind:purchase``, ``kind:contact``, ..."""
    found = {_family(moment) for moment in moments}
    return tuple(f"{KIND}{family}" for family in FAMILIES if family in found)


def through(moments: Iterable[Moment], chosen: str) -> tuple[Moment, ...]:
    """Return what happened on one channel, or of one kind (``kind:note``); everything for nothing."""
    if chosen.startswith(KIND):
        return tuple(moment for moment in moments if _family(moment) == chosen.removeprefix(KIND))
    return tuple(moment for moment in moments if not chosen or moment.channel == chosen)


def _family(moment: Moment) -> str:
    if moment.kind in ("sale", "return", "cancelled"):
        return "purchase"
    if moment.kind == "note":
        return "note"
    return "consent" if moment.kind in ("granted", "withdrawn") else "contact"


def _purchases(purchases: Iterable[Values]) -> list[Moment]:
    return [
        Moment(
            at=each["at"],
            kind=each["kind"],
            channel=each["channel"],
            text=", ".join(line["title"] for line in each.get("lines") or ()),
            amount=each["total"],
            currency=each["currency"],
            store=each.get("store"),
            author=each.get("author"),
        )
        for each in purchases
    ]


def _touchpoints(touchpoints: Iterable[Values], waiting: frozenset[str]) -> list[Moment]:
    return [
        Moment(
            at=each["at"],
            kind=each["kind"],
            channel=each["channel"],
            text=each.get("summary") or "",
            store=each.get("store"),
            author=each.get("author"),
            waits=f"touchpoints/{each['touchpoint_id']}" in waiting,
        )
        for each in touchpoints
    ]


def _notes(notes: Iterable[Values], waiting: frozenset[str]) -> list[Moment]:
    return [
        Moment(
            at=each["at"],
            kind="note",
            channel="store",
            text=each["text"],
            store=each.get("store"),
            author=each["author"],
            path=f"notes/{each['note_id']}",
            waits=f"notes/{each['note_id']}" in waiting,
        )
        for each in notes
        if not each.get("withdrawn")
    ]


def _consents(consents: Values, waiting: frozenset[str]) -> list[Moment]:
    return [
        Moment(
            at=standing["at"],
            kind=standing["state"],
            text=key,
            path=f"consents/{key}",
            waits=f"consents/{key}" in waiting,
        )
        for key, standing in consents.items()
    ]


def _messages(messages: Values, waiting: frozenset[str]) -> list[Moment]:
    return [
        Moment(
            at=each["at"],
            kind="written",
            text=each.get("subject") or each["text"].split("\n", 1)[0],
            store=each.get("store"),
            author=each["by"],
            path=f"messages/{key}",
            waits=f"messages/{key}" in waiting,
            state=each["state"],
            why=each.get("why", ""),
        )
        for key, each in messages.items()
    ]
