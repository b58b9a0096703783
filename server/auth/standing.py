"""Which of many sign-ins are no longer what they were: one statement for all who stay connected."""

from collections.abc import Sequence
from uuid import UUID

from server.auth.access_token import Claims
from server.auth.principal import STANDS_IN_FOR, Principal
from server.database.pool import Connection, Pool


async def changed_among(
    connection: Connection | Pool, people: Sequence[tuple[Claims, Principal]]
) -> list[int]:
    """Return the places of those whose sign-in ended, or whose rights are not what they were.

    What they are now, ``principal_of`` says.
    """
    rows = await connection.fetch(
        f"""
        select each.place
        from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])
          with ordinality as each (associate, family, device, epoch, place)
        left join associate a on a.id = each.associate and a.active
        left join refresh_family f on f.id = each.family and f.ended_at is null
        left join device d on d.id = each.device and d.revoked_at is null
        where a.id is null or f.id is null or (each.device is not null and d.id is null)
           or each.epoch <> concat_ws('.', a.epoch, coalesce(d.epoch, 0),
                                      coalesce((select max(version) from policy
                                                where ready_at is not null), 1),
                                      array_to_string({STANDS_IN_FOR}, '.'))
        """,  # noqa: S608 (the text put in is ours)
        [claims.sub for claims, _ in people],
        [claims.sid for claims, _ in people],
        _devices(people),
        [principal.epoch for _, principal in people],
    )
    return [row["place"] - 1 for row in rows]


def _devices(people: Sequence[tuple[Claims, Principal]]) -> list[UUID | None]:
    return [claims.dev for claims, _ in people]
