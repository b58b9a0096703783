"""Whose data a lost or stolen tablet may hold: the scopes of all who used it, and its pins.

Whoever left those scopes after the tablet last called is still on it: it was not told. So is the book that
somebody kept on it for a colleague who was away.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.visibility import Lens, project
from server.database.pool import Connection
from server.problems import Refusal
from server.scope import own_scope, pin_scope, store_scope


class Held(Struct, omit_defaults=True):
    """One person the tablet may hold, with what is needed to tell her."""

    id: UUID
    title: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None


class LostTablet(Struct):
    """The tablet, and how far its holder can get."""

    device_id: UUID
    name: str
    store: str
    users: list[UUID]
    last_seen_at: datetime | None
    lease_until: datetime | None
    revoked_at: datetime | None


async def tablet(connection: Connection, device_id: UUID, *, brand: str | None = None) -> LostTablet:
    """Return what is known of a tablet of a brand's stores; without a brand, of anybody's.

    Raises:
        Refusal: NOT_FOUND.
    """
    row = await connection.fetchrow(
        """
        select d.id, d.name, d.store, d.revoked_at,
               array(select i.associate_id from device_incarnation i where i.device_id = d.id
                     union select f.associate_id from refresh_family f where f.device_id = d.id
                     order by 1) as users,
               (select max(i.lease_until) from device_incarnation i where i.device_id = d.id) as lease_until,
               (select max(i.seen_at) from device_incarnation i where i.device_id = d.id) as last_seen_at
        from device d join store s on s.code = d.store where d.id = $1 and s.brand = coalesce($2, s.brand)
        """,
        device_id,
        brand,
    )
    if row is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return LostTablet(
        device_id=row["id"],
        name=row["name"],
        store=row["store"],
        users=row["users"],
        last_seen_at=row["last_seen_at"],
        lease_until=row["lease_until"],
        revoked_at=row["revoked_at"],
    )


async def held_on(connection: Connection, lost: LostTablet, *, after: UUID | None, limit: int) -> list[Held]:
    """Return the people a tablet may hold, by id, after one of them."""
    users = [*lost.users, *await _lent_by(connection, lost)]
    keys = [store_scope(lost.store), pin_scope(lost.device_id), *(own_scope(user) for user in users)]
    rows = await connection.fetch(
        """
        select c.id, c.title, c.given_name, c.family_name, c.email, c.phone, c.language from customer c
        where c.id > $2 and c.alias_of is null and exists (
          select 1 from member m join scope s on s.id = m.scope
          where m.record_id = c.id and s.key = any($1)
            and (m.state = 1 or (m.state = 0 and m.moved >= $4::text::xid8)))
        order by c.id limit $3
        """,
        keys,
        after or UUID(int=0),
        limit,
        await _untold(connection, lost),
    )
    return [Held(**dict(row)) for row in rows]


# When each who used a tablet last synced on it: his store is as old as that, whoever used it since.
_CALLS = """
calls as (select max(seen_at) as at from device_incarnation
          where device_id = $1 and seen_at is not null group by associate_id)
"""


async def _untold(connection: Connection, lost: LostTablet) -> str | None:
    """Return the transaction from which on departures may be unknown to a store of the tablet.

    Too early rather than too late: which transactions were over by when is noted a few times a day. None when
    nobody ever synced on it.
    """
    known: str | None = await connection.fetchval(
        f"""
        with {_CALLS}
        select coalesce(
          (select max(g.floor) from gc_mark g
           where g.at <= behind
             and g.system_identifier = (select system_identifier::text from pg_control_system())),
          '0'::xid8)::text
        from (select min(at) as behind from calls) called where behind is not null
        """,  # noqa: S608 (the text put in is ours)
        lost.device_id,
    )
    return known


async def _lent_by(connection: Connection, lost: LostTablet) -> list[UUID]:
    """Return whose books its users kept at a call of theirs; also where the absence was called off later."""
    rows = await connection.fetch(
        f"""
        with {_CALLS}
        select distinct a.associate_id
        from absence a,
          (select coalesce(min(at), now()) as first, coalesce(max(at), now()) as last from calls) c
        where a.stand_in = any($2) and a.first_day <= (c.last at time zone 'utc')::date
          and a.last_day >= (c.first at time zone 'utc')::date
        """,  # noqa: S608 (the text put in is ours)
        lost.device_id,
        lost.users,
    )
    return [row["associate_id"] for row in rows]


def as_seen(held: Held, lens: Lens) -> Held:
    """Return of a person what the lens shows."""
    said = msgspec.structs.asdict(held)
    return Held(id=said.pop("id"), **project(said, lens))
