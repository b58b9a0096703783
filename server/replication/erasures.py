"""Erased people on their way to the tablets: whom a reply must name, and who has said that they are gone."""

from collections.abc import Sequence
from uuid import UUID

from server.auth.principal import Principal
from server.database.pool import Connection

MOST_NAMED = 10_000  # in one reply; the rest come with the next


# The tablet, its user and how many at most are the first three parameters.
STILL_TO_FORGET = """
select e.record_id from erasure e join device d on d.id = $1
where e.created_at >= d.enrolled_at and not exists (
  select from erasure_ack a where a.device_id = $1 and a.associate_id = $2 and a.record_id = e.record_id)
order by e.record_id limit $3
"""


async def still_to_forget(connection: Connection, principal: Principal) -> list[UUID]:
    """Return the erased people whom this person's copy on this tablet has not acknowledged yet.

    For replies to requests that carry no token. A tablet enrolled after an erasure never held the person.
    """
    rows = await connection.fetch(STILL_TO_FORGET, principal.device_id, principal.associate_id, MOST_NAMED)
    return [row["record_id"] for row in rows]


async def acknowledge(connection: Connection, principal: Principal, record_ids: Sequence[UUID]) -> None:
    """Keep that these people are gone from this person's copy on this tablet."""
    await connection.execute(
        """
        insert into erasure_ack (device_id, associate_id, record_id)
        select $1, $2, record_id from erasure where record_id = any($3) on conflict do nothing
        """,
        principal.device_id,
        principal.associate_id,
        list(record_ids[:MOST_NAMED]),
    )
