"""Merging without a person where the evidence would do without one, for brands that switched it on.

Only a pair that is sure, that nothing speaks strongly against, and of which neither has another likeness
nearly as good. Who stays is whoever was known first. What was found stays with the pair; the merge is one
like any other, and what was unmerged is not merged again.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from schemas.ids import id_from
from schemas.staff import Role
from schemas.visibility import field_groups
from server.auth.principal import Principal
from server.database.pool import Connection
from server.identity import merging
from server.identity.clusters import AGAINST, MERGE, TORN
from server.policy.in_force import Policies
from server.problems import Refusal

log = structlog.get_logger()

REASON = "identity: sure"
# What those under one roof may share, or who was given an old number. Where only that and not quite her name
# agrees, she may be her own daughter: a day of birth or a card has to speak too, else a person decides. Where
# given names of several words part after the first ("Jean Paul", "Jean Pierre") a person decides always.
# A day of birth says nothing where her given name is not quite the same either: twins are often called nearly
# alike ("Léa" and "Léo"). Only a card or another number of one person does; a known other form of one name
# ("Mohamed", "Mohammed") is no other name.
_OF_A_HOUSEHOLD = ["given", "family", "name", "title", "address", "town", "phone", "email"]
_OF_TWINS = [*_OF_A_HOUSEHOLD, "birth_date"]
_PERHAPS_ANOTHER_NAME = ["begins", "slip", "slips", "sounds", "near", "initial", "differs"]
_NOT_HER_NAME = ["short", *_PERHAPS_ANOTHER_NAME]
_NEXT = """
select p.one, p.other, p.bits, c.brand,
       case when (c.created_at, c.id) <= (d.created_at, d.id) then p.one else p.other end as stays
from identity_pair p
join customer c on c.id = p.one and c.alias_of is null
join customer d on d.id = p.other and d.alias_of is null and d.brand = c.brand
join identity_switch s on s.brand = c.brand and s.automatic
where p.state = 'open' and p.bits >= $1
  and not exists (select from jsonb_array_elements(p.findings) f where (f ->> 'bits')::float8 <= $2)
  and (exists (
      select from jsonb_array_elements(p.findings) f
      where f ->> 'found' = 'same' and f ->> 'field' <> all($4::text[]))
    or not exists (
      select from jsonb_array_elements(p.findings) f
      where f ->> 'field' = 'given' and f ->> 'found' = any($5::text[])
        or f ->> 'field' = 'family' and f ->> 'found' = 'differs'))
  and (exists (
      select from jsonb_array_elements(p.findings) f
      where f ->> 'found' = 'same' and f ->> 'field' <> all($6::text[]))
    or not exists (
      select from jsonb_array_elements(p.findings) f
      where f ->> 'field' = 'given' and f ->> 'found' = any($7::text[])))
  and not exists (select from jsonb_array_elements(p.findings) f where f ->> 'found' = 'part')
  and not exists (
    select from identity_pair o
    where o.state = 'open' and o.bits > p.bits - $3 and (o.one, o.other) <> (p.one, p.other)
      and (o.one in (p.one, p.other) or o.other in (p.one, p.other)))
order by p.bits desc, p.one, p.other limit 1 for update of p skip locked
"""


async def merge_sure(connection: Connection, policies: Policies, *, now: datetime) -> UUID | None:
    """Merge the surest pair in the caller's transaction; return who stays, None when there is none."""
    pair = await connection.fetchrow(
        _NEXT, MERGE, AGAINST, TORN, _OF_A_HOUSEHOLD, _NOT_HER_NAME, _OF_TWINS, _PERHAPS_ANOTHER_NAME
    )
    if pair is None:
        return None
    principal = _speaker(pair["brand"])
    stays: UUID = pair["stays"]
    goes = pair["other"] if stays == pair["one"] else pair["one"]
    try:
        async with connection.transaction():
            both = await merging.lock_pair(connection, principal, loser=goes, winner=stays)
            version = await connection.fetchval("select max(version) from policy where ready_at is not null")
            policy = await policies.version(connection, version or 1)
            await merging.merge(
                connection,
                principal,
                both,
                choices={},
                reason=REASON,
                groups=field_groups(policy),
                now=now,
            )
    except Refusal as refusal:
        await _decide(connection, pair, "dismissed", principal)
        log.warning("identity.not_merged", code=refusal.code.value)
        return stays
    await _decide(connection, pair, "merged", principal)
    log.info("identity.merged", bits=round(pair["bits"], 1))
    return stays


async def is_on(connection: Connection, brand: str) -> bool:
    """Whether a brand's sure pairs are merged without a person. Nobody's are until it says so."""
    found = await connection.fetchval("select automatic from identity_switch where brand = $1", brand)
    return bool(found)


async def switch(connection: Connection, brand: str, *, on: bool, by: UUID) -> None:
    """Let a brand's sure pairs be merged without a person from now on, or no longer."""
    await connection.execute(
        """
        insert into identity_switch (brand, automatic, changed_by) values ($1, $2, $3)
        on conflict (brand) do update set automatic = $2, changed_by = $3, changed_at = now()
        """,
        brand,
        on,
        by,
    )


async def _decide(connection: Connection, pair: Any, state: str, principal: Principal) -> None:
    await connection.execute(
        """
        update identity_pair set state = $3, decided_by = $4, decided_at = now()
        where one = $1 and other = $2
        """,
        pair["one"],
        pair["other"],
        state,
        principal.associate_id,
    )


def _speaker(brand: str) -> Principal:
    return Principal(
        associate_id=id_from("integration", "identity"),
        name="identity",
        role=Role.INTEGRATION,
        stores=(),
        zone=None,
        brand=brand,
    )
