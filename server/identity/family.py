"""The ids of one person: how they were linked, and what each side of a link amounts to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from schemas.record import Channel, Stamp, Struct, Values
from server.database.pool import Connection
from server.identity.survivorship import Combined, Side, combine
from server.replication.workspace import CustomerState, Part
from sync.merge_rules import RULES, Rule
from sync.reducer import value_at

DRAWN = frozenset(field for field, rule in RULES.items() if rule in (Rule.SERVER_OWNED, Rule.COUNTER))

# What follows a person from one id to another: the link moves, the line is not touched.
FOLLOWING: tuple[tuple[str, str], ...] = (
    ("consent_event", "customer_id"),
    ("loyalty_entry", "customer_id"),
    ("outgoing", "customer_id"),
    ("processing_limit", "customer_id"),
    ("promise", "customer_id"),
    ("purchase", "customer_id"),
    ("source_record", "customer_id"),
    ("touchpoint", "customer_id"),
    ("conflict", "record_id"),
    ("field_past", "record_id"),
    ("held_edit", "record_id"),
)


class Link(Struct):
    """One merge that stands."""

    merge_id: UUID
    loser: UUID
    winner: UUID
    choices: dict[str, str]
    turn: int
    merged_by: UUID


async def links_among(connection: Connection, customer_ids: Iterable[UUID]) -> list[Link]:
    """Return the merges that stand between these ids, in the order they were made."""
    rows = await connection.fetch(
        """
        select id, loser, winner, choices, turn, merged_by from merge
        where undone_at is null and loser = any($1) order by turn, id
        """,
        list(customer_ids),
    )
    return [
        Link(
            merge_id=row["id"],
            loser=row["loser"],
            winner=row["winner"],
            choices=row["choices"],
            turn=row["turn"],
            merged_by=row["merged_by"],
        )
        for row in rows
    ]


def under(links: Sequence[Link], top: UUID) -> set[UUID]:
    """Return an id and all that were merged into it, directly or not."""
    found = {top}
    while more := {link.loser for link in links if link.winner in found} - found:
        found |= more
    return found


def side_of(top: UUID, links: Sequence[Link], parts: Mapping[UUID, Part]) -> Side:
    """Return what an id and all that were merged into it amount to, drawn anew from what each had said."""
    part = parts[top]
    side = Side(customer_id=top, values=part.values, stamps=part.stamps, turns=part.turns)
    for link in links:
        if link.winner == top:
            loser = side_of(link.loser, links, parts)
            side = combine(
                side, loser, choices=link.choices, turn=link.turn, chooser=chooser_of(link.merged_by)
            ).side
    return side


def chooser_of(associate_id: UUID) -> dict[str, Any]:
    """Return what the stamp of a chosen value says of the person who chose it."""
    return {"channel": Channel.HEAD_OFFICE.value, "author": str(associate_id)}


def part_of(state: CustomerState) -> Part:
    """Return what a customer who was never merged has said."""
    return Part(
        customer_id=state.customer_id, values=said(state.values), stamps=dict(state.stamps), changed=True
    )


def said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that somebody said: those drawn from ledgers are drawn again."""
    return {field: value for field, value in values.items() if field not in DRAWN}


def current_side(state: CustomerState) -> Side:
    """Return what a customer amounts to as she stands."""
    turns: dict[str, int] = {}
    for part in state.parts.values():
        for path, turn in part.turns.items():
            turns[path] = max(turn, turns.get(path, 0))
    return Side(customer_id=state.customer_id, values=said(state.values), stamps=state.stamps, turns=turns)


def unite(loser: CustomerState, winner: CustomerState, combined: Combined, *, turn: int) -> None:
    """Let the winner be what both amount to; each id keeps what it has said.

    The loser's own stamps stay as they were shown last: they say how far her revisions had come.
    """
    for state in (loser, winner):
        if not state.parts:
            state.parts[state.customer_id] = part_of(state)
    winner.parts |= loser.parts
    for part in winner.parts.values():
        part.changed = True
    winner.parts[winner.customer_id].turns[""] = turn  # every later edit has a later turn
    loser.alias_of = winner.customer_id
    become(winner, combined.side)


def part_ways(survivor: CustomerState, loser: CustomerState, left: Sequence[Link]) -> None:
    """Let each be again what was said under her own ids.

    Args:
        left: the merges that still stand, in the order they were made.
    """
    leaving = under(left, loser.customer_id)
    shown = [(survivor, dict(survivor.stamps), dict(survivor.values)), (loser, dict(loser.stamps), None)]
    parts = dict(survivor.parts)
    become(survivor, side_of(survivor.customer_id, left, parts))
    become(loser, side_of(loser.customer_id, left, parts))
    for state, stamps, values in shown:
        _grow_revisions(state, stamps, values if values is not None else state.values)
    loser.alias_of = None
    survivor.parts = _several({each: part for each, part in parts.items() if each not in leaving})
    loser.parts = _several({each: part for each, part in parts.items() if each in leaving})


def _several(parts: dict[UUID, Part]) -> dict[UUID, Part]:
    """Parts are kept of those who are several ids."""
    if len(parts) == 1:
        return {}
    for part in parts.values():
        part.changed = True
    return parts


def become(state: CustomerState, side: Side) -> None:
    """Let a customer have these values; what follows from ledgers stays until it is drawn anew."""
    drawn = {field: value for field, value in state.values.items() if field in DRAWN}
    state.values = {**side.values, **drawn}
    state.stamps = dict(side.stamps)
    state.changed.update(RULES)


def _grow_revisions(state: CustomerState, before: Mapping[str, object], values: Values) -> None:
    """Let no value that changed carry a revision that somebody may have seen on another value.

    What both had said may be another value by the same word: what the other alone said is gone from it.
    """
    held = {path: msgspec.convert(stamp, Stamp) for path, stamp in before.items()}
    for path, old in held.items():
        now = state.stamp_of(path)
        if now is None and path.partition("/")[0] in DRAWN:
            continue  # who moved the other's points says nothing of hers
        if now is None:  # the value left with the other person; its place remembers how far it had come
            state.stamps[path] = msgspec.to_builtins(msgspec.structs.replace(old, rev=old.rev + 1))
        elif now.rev <= old.rev and (
            now.mid != old.mid or value_at(state.values, path) != value_at(values, path)
        ):
            state.stamps[path] = msgspec.to_builtins(msgspec.structs.replace(now, rev=old.rev + 1))
        elif now.rev < old.rev:
            state.stamps[path] = msgspec.to_builtins(msgspec.structs.replace(now, rev=old.rev))
