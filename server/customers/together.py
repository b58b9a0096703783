"""Profiles that are read at a moment, as one statement: who asks, what he may see, and the note that he did.

It is a statement of a connection at rest, which may read nothing of customers. A function of the wall reads,
for whoever shows a standing, and writes down and counts each read in the same breath. Nothing is read for
somebody who is not, at this moment, who he was taken for, or who has read nearly as much as he may.
"""

from collections.abc import Sequence
from uuid import UUID

from schemas.record import Struct
from schemas.staff import Role
from server.auth.access_token import Claims
from server.auth.extraction import DRAWN_JOIN, NEAR, Cap, cap_of
from server.auth.principal import WHO_COLUMNS, WHO_JOINS, Principal, principal_from
from server.database.pool import Connection

Rows = list[tuple[str, str]]  # group and body, as stored

_CAP = "cap.role as cap_role, cap.reads_per_hour, cap.people_per_day, cap.export_rows"
_WHO = f"""
    left join associate a on a.id = asked.associate and a.active
    {WHO_JOINS.format(family="asked.family", device="asked.device")} {DRAWN_JOIN}
    cross join lateral (select {WHO_COLUMNS}, {_CAP}) who
"""
_MEET = f"""
    select a.id is not null and f.id is not null and (asked.device is null or d.id is not null)
             and d.revoked_at is null as welcome,
           who.*, who::text as said
    from (select $1::uuid as associate, $2::uuid as device, $3::uuid as family) asked {_WHO}
"""  # noqa: S608 (the text put in is ours)
_READ = f"""
with who as materialized (
    select asked.place, asked.standing, asked.store,
           coalesce(who::text = asked.said and drawn.reads < asked.reads
                    and drawn.people < asked.people, false) as same
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::float8[], $7::float8[],
                $8::text[])
      with ordinality as asked (associate, device, family, said, standing, reads, people, store, place)
    {_WHO}),
items as materialized (
    select * from unnest($9::int[], $10::uuid[], $11::text[])
      with ordinality as item (place, customer, facts, nth))
select place, 0 as nth, null as grp, null as body from who where not same
union all
select same.place, read.nth, read.grp, read.body
from (select * from who where same order by place) same
cross join lateral wall_profiles(
    same.standing,
    array(select customer from items where items.place = same.place order by items.nth),
    array(select facts from items where items.place = same.place order by items.nth),
    same.store) read
"""  # noqa: S608 (the text put in is ours)


class Reader(Struct):
    """Who a person was when he last asked: compared by the database before anything of it is believed."""

    principal: Principal
    said: str  # all that says who he is, as the database writes it
    reads: float  # from so many on somebody is to be told; the real door does that
    people: float


class Asked(Struct):
    """One read of one customer."""

    claims: Claims
    reader: Reader
    standing: str  # sealed
    customer_id: UUID
    facts: str  # what is noted of it, as JSON


class Stranger(Exception):
    """Somebody is no longer who he was, or has read nearly as much as he may."""


async def meet(connection: Connection, claims: Claims, *, capped: bool) -> Reader | None:
    """Return who the bearer of a verified token is now; None when he is nobody.

    Args:
        capped: whether there is an end to how much people may read.
    """
    row = await connection.fetchrow(_MEET, claims.sub, claims.dev, claims.sid)
    if row is None or not row["welcome"]:
        return None
    cap = (
        cap_of(row, Role(row["role"]))
        if capped
        else Cap(reads_per_hour=None, people_per_day=None, export_rows=None)
    )
    return Reader(
        principal=principal_from(row, cap=cap),
        said=row["said"],
        reads=_near(cap.reads_per_hour),
        people=_near(cap.people_per_day),
    )


async def read_together(connection: Connection, asked: Sequence[Asked]) -> list[Rows | Stranger]:
    """Return what is stored of each customer and her reader may see, in the order they were asked for.

    No rows: she is unknown, or outside his scopes, and nothing was noted.
    """
    readers = _readers(asked)
    firsts = [items[0] for _, items in readers]
    rows = await connection.fetch(
        _READ,
        [each.claims.sub for _, each in firsts],
        [each.claims.dev for _, each in firsts],
        [each.claims.sid for _, each in firsts],
        [each.reader.said for _, each in firsts],
        [each.standing for _, each in firsts],
        [each.reader.reads for _, each in firsts],
        [each.reader.people for _, each in firsts],
        [each.reader.principal.device_store for _, each in firsts],
        [place for place, (_, items) in enumerate(readers, 1) for _ in items],
        [each.customer_id for _, items in readers for _, each in items],
        [each.facts for _, items in readers for _, each in items],
    )
    found: list[Rows | Stranger] = [[] for _ in asked]
    for place, nth, group, body in rows:
        items = readers[place - 1][1]
        if not nth:
            for index, _ in items:
                found[index] = Stranger()
            continue
        held = found[items[nth - 1][0]]
        assert isinstance(held, list)
        held.append((group, body))
    return found


_Items = list[tuple[int, Asked]]


def _readers(asked: Sequence[Asked]) -> list[tuple[UUID, _Items]]:
    """Return who asks, each with what he asks for: in the order in which everybody's counters are locked."""
    by_reader: dict[tuple[UUID, UUID, str, str], _Items] = {}
    for index, each in enumerate(asked):
        key = (each.claims.sub, each.claims.sid, each.reader.said, each.standing)
        by_reader.setdefault(key, []).append((index, each))
    return sorted(((key[0], items) for key, items in by_reader.items()), key=lambda reader: reader[0])


def _near(most: int | None) -> float:
    return float("inf") if most is None else most * NEAR
