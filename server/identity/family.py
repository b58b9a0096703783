"""The ids of one person: how they were linked, and what each side of a link amounts to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from schemas.record import Channel, Struct
from server.database.pool import Connection
from server.identity.survivorship import Combined, Side, combine
from server.replication.workspace import CustomerState, Part
from sync.merge_rules import RULES, Rule

DRAWN = frozenset(field for field, rule in RULES.items() if rule in (Rule.SERVER_OWNED, Rule.COUNTER))

# What follows a person from one id to another: the link moves, the line is not touched.
FOLLOWING: tuple[tuple[str, str], ...] = (
    ("consent_event", "customer_id"),
    ("loyalty_entry", "customer_id"),
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
    return Part(customer_id=state.customer_id, values=said(state.values), stamps=state.stamps, changed=True)


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


def become(state: CustomerState, side: Side | Combined) -> None:
    """Let a customer have these values; what follows from ledgers stays until it is drawn anew."""
    made = side.side if isinstance(side, Combined) else side
    drawn = {field: value for field, value in state.values.items() if field in DRAWN}
    state.values = {**made.values, **drawn}
    state.stamps = dict(made.stamps)
    state.changed.update(RULES)
