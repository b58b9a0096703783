"""What one source says of one person, folded from its statements in whatever order they come. Pure.

Each field, tag and wish is a register by the source's own clock; a tie is decided by the value itself. So the
fold of a set of statements is the same for every order and every repetition of them.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from server.connectors.said import ConsentSaid, PersonSaid, TagsSaid, WishSaid

FLOOR = "tags"  # the latest instant for which all tags were told

Payload = dict[str, Any]
_encoder = msgspec.json.Encoder(order="deterministic")


def fold(payload: Mapping[str, Any], said: PersonSaid | TagsSaid | WishSaid | ConsentSaid) -> Payload:
    """Return what a source says after one more statement."""
    after: Payload = {**payload, "said": dict(payload.get("said") or {})}
    match said:
        case PersonSaid():
            for field, value in said.values.items():
                _put(after["said"], field, said.at, value)
        case TagsSaid():
            for tags, held in ((said.present, True), (said.absent, False)):
                for tag in tags:
                    _put(after["said"], f"tags/{tag[:80].replace('/', ' ')}", said.at, held)
            if said.whole:
                _put(after["said"], FLOOR, said.at, None)
        case WishSaid():
            wish = {"title": said.title, "at": said.at} if said.present else None
            _put(after["said"], f"wish_list/{said.sku.replace('/', ' ')}", said.at, wish)
        case ConsentSaid():
            events = {channel: list(held) for channel, held in (payload.get("consents") or {}).items()}
            known = events.setdefault(said.channel.value, [])
            event = [said.at, said.state.value]
            if event not in known:
                known.append(event)
                known.sort()
            after["consents"] = events
    after["values"] = {**(payload.get("values") or {}), **registers(after)}
    after["added"] = added(after)
    return after


def registers(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a person as the source says them now."""
    said = payload.get("said") or {}
    return {path: entry[1] for path, entry in said.items() if path != FLOOR and "/" not in path}


def tags(payload: Mapping[str, Any]) -> dict[str, int]:
    """Return the tags a person has by the source, and since when it says so."""
    said = payload.get("said") or {}
    floor = said[FLOOR][0] if FLOOR in said else -1
    return {
        path.partition("/")[2]: entry[0]
        for path, entry in said.items()
        if path.startswith("tags/") and entry[1] and entry[0] >= floor
    }


def added(payload: Mapping[str, Any]) -> dict[str, int]:
    """Return the tags a person has by the source, and the instant by which each was added to her record.

    A tag told of again keeps the instant it was added by, or nobody could take it away: unlike all else it
    depends on the order in which statements came.
    """
    known = payload.get("added") or {}
    return {tag: known.get(tag, at) for tag, at in tags(payload).items()}


def wishes(payload: Mapping[str, Any]) -> dict[str, dict[str, Any] | None]:
    """Return the wishes a source has told of; one that was taken back is None."""
    said = payload.get("said") or {}
    return {path.partition("/")[2]: entry[1] for path, entry in said.items() if path.startswith("wish_list/")}


def consents(payload: Mapping[str, Any]) -> dict[str, list[tuple[int, str]]]:
    """Return what a person said on each channel, in the order of the source's clock."""
    return {
        channel: [(at, state) for at, state in events]
        for channel, events in (payload.get("consents") or {}).items()
    }


def _put(said: dict[str, Any], path: str, at: int, value: Any) -> None:
    before = said.get(path)
    if before is None or (before[0], _encoder.encode(before[1])) < (at, _encoder.encode(value)):
        said[path] = [at, value]
