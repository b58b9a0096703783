"""Edits of an id that was merged: how what was seen reads at the survivor, and where they were said."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from schemas.record import Struct
from server.database.pool import Connection

# Where an edit leaves something: table -> the column of the record, the column of the mutation.
LEFT_BEHIND: Mapping[str, tuple[str, str]] = {
    "conflict": ("record_id", "mutation_id"),
    "consent_event": ("customer_id", "mutation_id"),
    "field_past": ("record_id", "lost_to"),
    "held_edit": ("record_id", "mutation_id"),
    "loyalty_entry": ("customer_id", "mutation_id"),
    "purchase": ("customer_id", "mutation_id"),
    "touchpoint": ("customer_id", "mutation_id"),
}


class Step(Struct):
    """What one merge decided at one path."""

    source: str  # winner, loser, both
    loser_rev: int
    kept_rev: int


Trail = tuple[Mapping[str, Step], ...]  # the merges from an id to its survivor, in order: path -> step


async def trails_of(connection: Connection, customer_ids: Sequence[UUID]) -> dict[UUID, Trail]:
    """Return the trail of each merged id; others are absent."""
    rows = await connection.fetch(
        """
        with recursive up as (
          select loser as said_under, id, winner, 1 as place from merge
          where loser = any($1) and undone_at is null
          union all
          select up.said_under, m.id, m.winner, up.place + 1 from up
          join merge m on m.loser = up.winner and m.undone_at is null where up.place < 64)
        select up.said_under, up.place, r.path, r.source, r.loser_rev, r.kept_rev
        from up left join merge_record r on r.merge_id = up.id order by up.said_under, up.place
        """,
        list(customer_ids),
    )
    trails: dict[UUID, list[dict[str, Step]]] = {}
    for row in rows:
        trail = trails.setdefault(row["said_under"], [])
        while len(trail) < row["place"]:
            trail.append({})
        if row["path"] is not None:
            trail[row["place"] - 1][row["path"]] = Step(
                source=row["source"], loser_rev=row["loser_rev"], kept_rev=row["kept_rev"]
            )
    return {customer_id: tuple(steps) for customer_id, steps in trails.items()}


def revision_at_survivor(trail: Trail, path: str, seen: int) -> int:
    """Return the survivor's revision that an author has seen who saw this one before the merge.

    It is 0, nothing, unless he had seen the very value that survived.
    """
    for steps in trail:
        step = steps.get(path)
        if step is None:
            return 0
        if step.source == "winner" or seen < step.loser_rev:
            return 0
        seen = step.kept_rev + seen - step.loser_rev  # edits of his own that follow one another
    return seen


async def mark_where_said(connection: Connection, edits: Sequence[tuple[UUID, UUID, UUID]]) -> None:
    """Note on all that edits left behind under which merged id they were made.

    Args:
        edits: (mutation, id it was made under, id it landed on).
    """
    if not edits:
        return
    mutations, under, landed = (list(column) for column in zip(*edits, strict=True))
    for table, (record, mutation) in LEFT_BEHIND.items():
        await connection.execute(
            f"update {table} t set via = said.under, {record} = said.landed"  # noqa: S608 (our own names)
            " from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as said (mutation, under, landed)"
            f" where t.{mutation} = said.mutation and t.{record} in (said.under, said.landed)",
            mutations,
            under,
            landed,
        )
