"""Survivorship: which of two values of one person stays when two records become one. Pure."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from schemas.consent import ConsentStanding, join_standings
from schemas.record import Channel, Struct, Values
from schemas.states import MACHINES
from server.replication.fragments import is_empty
from sync.merge_rules import RULES, Rule
from sync.reducer import LATEST_TOUCHPOINTS, value_at
from sync.state_machine import joined_things

WINNER, LOSER, BOTH = "winner", "loser", "both"

# Whose word stays when two say different things: the higher source, then the fresher value, then the
# survivor's. What head office chose in an earlier merge carries its channel, and so it sticks.
RANK: Mapping[str, int] = {
    Channel.HEAD_OFFICE: 5,
    Channel.STORE: 4,  # she stood before us
    Channel.APP: 3,  # she typed it herself
    Channel.WEB: 3,
    Channel.CALL_CENTRE: 3,
    Channel.SOCIAL: 2,
    Channel.IMPORT: 1,
}

# What gave way and can reach her is kept under these collections: field -> (collection, kind)
SPARE: Mapping[str, tuple[str, str]] = {
    "email": ("other_contacts", "email"),
    "phone": ("other_contacts", "phone"),
    "address": ("other_addresses", ""),
}

_SINGLE = (Rule.PLAIN, Rule.GUARDED)


class Side(Struct):
    """What is known under one id, or under several that are already one."""

    customer_id: UUID
    values: Values
    stamps: dict[str, Any]  # path -> JSON-shaped schemas.record.Stamp
    turns: dict[str, int] = {}  # path -> place of its latest edit since it was merged with anything


class Kept(Struct):
    """From which side the value at one path came."""

    source: str  # winner, loser, both
    loser_rev: int
    kept_rev: int


class Combined(Struct):
    """The survivor's values, where each came from, and what was decided, by path."""

    side: Side
    kept: dict[str, Kept]


def choices_fit(choices: Mapping[str, str]) -> str | None:
    """Return the first field of some choices that cannot be chosen, or None. Only single values can."""
    return next(
        (
            field
            for field, side in sorted(choices.items())
            if RULES.get(field) not in _SINGLE or side not in (WINNER, LOSER)
        ),
        None,
    )


def combine(
    winner: Side,
    loser: Side,
    *,
    choices: Mapping[str, str],
    turn: int,
    chooser: Mapping[str, Any] | None = None,
) -> Combined:
    """Return one person made of two. What follows from ledgers is not looked at; nothing said is left out.

    Args:
        choices: field -> the side that a person chose.
        turn: when the two became one; an edit of a later turn stands above what was decided then.
        chooser: JSON-shaped fields of the stamp of a chosen value: channel, author.
    """
    values: Values = {}
    stamps: dict[str, Any] = {}
    kept: dict[str, Kept] = {}
    for field, rule in RULES.items():
        mine, theirs = winner.values.get(field), loser.values.get(field)
        if rule in _SINGLE:
            _put_single(field, winner, loser, choices.get(field), turn, chooser, values, stamps, kept)
        elif rule is Rule.KEYED:
            for key in sorted(
                {*(mine or {}), *(theirs or {}), *_entries(winner, field), *_entries(loser, field)}
            ):
                _put_entry(field, key, winner, loser, turn, values, stamps, kept)
        elif rule in (Rule.ADD_WINS, Rule.APPEND_ONLY, Rule.CONSENT, Rule.STATES):
            joined = _joined(field, rule, mine, theirs)
            if not is_empty(joined):
                values[field] = joined
            for path in sorted({*_paths(winner, field), *_paths(loser, field)}):
                stamps[path], kept[path] = _later(path, winner, loser, values)
        elif rule is Rule.COUNTER:  # the value is drawn from both ledgers; the later line says who moved it
            for path in sorted({*_paths(winner, field), *_paths(loser, field)}):
                stamps[path], _ = _later(path, winner, loser, values)
    _spare(values, winner, loser, kept)
    turns = {
        path: max(winner.turns.get(path, 0), loser.turns.get(path, 0))
        for path in {*winner.turns, *loser.turns}
    }
    side = Side(customer_id=winner.customer_id, values=values, stamps=stamps, turns=turns)
    return Combined(side=side, kept=kept)


def _put_single(
    field: str,
    winner: Side,
    loser: Side,
    choice: str | None,
    turn: int,
    chooser: Mapping[str, Any] | None,
    values: Values,
    stamps: dict[str, Any],
    kept: dict[str, Kept],
) -> None:
    mine, theirs = winner.values.get(field), loser.values.get(field)
    source = _edited_since(field, winner, loser, turn)
    chosen = source is None and choice is not None
    if chosen:
        assert choice is not None
        source = choice
    source = source or _better(field, mine, theirs, winner, loser)
    _take(field, source, mine if source != LOSER else theirs, winner, loser, values, stamps, kept)
    if chosen and chooser is not None and field in stamps:
        stamps[field] = {**stamps[field], **chooser}


def _put_entry(
    field: str,
    key: str,
    winner: Side,
    loser: Side,
    turn: int,
    values: Values,
    stamps: dict[str, Any],
    kept: dict[str, Kept],
) -> None:
    path = f"{field}/{key}"
    mine, theirs = (value_at(side.values, path) for side in (winner, loser))
    source = _edited_since(path, winner, loser, turn) or _better(path, mine, theirs, winner, loser)
    held: Values = {}
    _take(path, source, mine if source != LOSER else theirs, winner, loser, held, stamps, kept)
    if path in held:
        values[field] = {**values.get(field, {}), key: held[path]}


def _take(
    path: str,
    source: str,
    value: Any,
    winner: Side,
    loser: Side,
    values: Values,
    stamps: dict[str, Any],
    kept: dict[str, Kept],
) -> None:
    """Keep the value of one side. One that came from the loser is newer than anything the survivor's had."""
    own, other = winner.stamps.get(path), loser.stamps.get(path)
    if not is_empty(value):
        values[path] = value
    stamp = other if source == LOSER else own
    if stamp is not None and source == LOSER:
        stamp = {**stamp, "rev": max(_rev(own), _rev(other)) + 1}
    elif stamp is None and source == LOSER and own is not None:
        stamp = {**own, "rev": _rev(own) + 1}
    if stamp is not None:
        stamps[path] = stamp
    if own is not None or other is not None or not is_empty(value):
        kept[path] = Kept(source=source, loser_rev=_rev(other), kept_rev=_rev(stamp))


def _edited_since(path: str, winner: Side, loser: Side, turn: int) -> str | None:
    """Return the side with the latest edit made after the two became one, if there was any."""
    mine, theirs = winner.turns.get(path, 0), loser.turns.get(path, 0)
    if max(mine, theirs) <= turn:
        return None
    return LOSER if theirs > mine else WINNER


def _better(path: str, mine: Any, theirs: Any, winner: Side, loser: Side) -> str:
    if mine == theirs:
        return BOTH
    if is_empty(theirs):
        return WINNER
    if is_empty(mine):
        return LOSER
    own, other = winner.stamps.get(path), loser.stamps.get(path)
    return LOSER if _standing(other) > _standing(own) else WINNER


def _standing(stamp: Mapping[str, Any] | None) -> tuple[int, int]:
    if stamp is None:
        return (0, 0)
    return (RANK.get(stamp["channel"], 0), stamp["hlc"])


def _later(path: str, winner: Side, loser: Side, joined: Values) -> tuple[Any, Kept]:
    """Keep the later word on what both said. Where it is not what the survivor showed it is newer than that:
    no revision is given out for two values."""
    own, other = winner.stamps.get(path), loser.stamps.get(path)
    from_loser = own is None or (other is not None and other["hlc"] > own["hlc"])
    changed = own is not None and value_at(joined, path) != value_at(winner.values, path)
    stamp = {**((other if from_loser else own) or {}), "rev": max(_rev(own), _rev(other)) + changed}
    return stamp, Kept(source=BOTH, loser_rev=_rev(other), kept_rev=stamp["rev"])


def _joined(field: str, rule: Rule, mine: Any, theirs: Any) -> Any:
    if rule is Rule.ADD_WINS:
        mine, theirs = mine or {}, theirs or {}
        return {
            element: sorted({*mine.get(element, ()), *theirs.get(element, ())})
            for element in sorted({*mine, *theirs})
        }
    if rule is Rule.CONSENT:
        return _joined_consents(mine or {}, theirs or {})
    if rule is Rule.STATES:
        return joined_things(MACHINES[field], mine or {}, theirs or {})
    return _joined_notes(mine or (), theirs or ()) if field == "notes" else _joined_touches(mine, theirs)


def _joined_consents(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    joined: dict[str, Any] = {}
    for key in sorted({*mine, *theirs}):
        held = [msgspec.convert(side[key], ConsentStanding) for side in (mine, theirs) if key in side]
        standing = join_standings(*held) if len(held) == 2 else held[0]
        joined[key] = msgspec.json.decode(msgspec.json.encode(standing))
    return joined


def _joined_notes(mine: Any, theirs: Any) -> list[Any]:
    """All notes of both; one that was taken back under either id is taken back."""
    notes: dict[str, Any] = {}
    for note in (*mine, *theirs):
        if note["note_id"] not in notes or note.get("withdrawn"):
            notes[note["note_id"]] = note
    return sorted(notes.values(), key=lambda note: (note["at"], note["note_id"]), reverse=True)


def _joined_touches(mine: Any, theirs: Any) -> list[Any]:
    touches = {each["touchpoint_id"]: each for each in (*(mine or ()), *(theirs or ()))}
    newest = sorted(touches.values(), key=lambda each: (each["at"], each["touchpoint_id"]), reverse=True)
    return newest[:LATEST_TOUCHPOINTS]


def _spare(values: Values, winner: Side, loser: Side, kept: Mapping[str, Kept]) -> None:
    """Keep an address, number or mailbox that gave way among her others, where it can still be used."""
    for field, (collection, kind) in SPARE.items():
        decided = kept.get(field)
        if decided is None or decided.source == BOTH:
            continue
        side = winner if decided.source == LOSER else loser
        value = side.values.get(field)
        if is_empty(value):
            continue
        entry = {"kind": kind, "value": value} if kind else value
        held = values.get(collection) or {}
        if entry not in held.values():
            values[collection] = {**held, f"{kind or field}-{side.customer_id.hex[:8]}": entry}


def _paths(side: Side, field: str) -> list[str]:
    return [path for path in side.stamps if path.partition("/")[0] == field]


def _entries(side: Side, field: str) -> list[str]:
    return [path.partition("/")[2] for path in _paths(side, field) if "/" in path]


def _rev(stamp: Mapping[str, Any] | None) -> int:
    return int(stamp["rev"]) if stamp is not None else 0
