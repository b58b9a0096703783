"""Notices what an endpoint is to be told: what changed, before its service's eyes, since it was told last.

The same snapshots and the same field groups that feed a tablet decide. A change of a field that the service
may not see is in no group it holds: not even *that* something changed is told. A message says an id and what
happened to it; who wants to know more asks, and is shown what he may see.
"""

from datetime import datetime
from typing import Final

from server.auth.service_keys import account_principal
from server.database.pool import Connection, Pool, transaction
from server.policy.in_force import Policies
from server.scope import customer_scopes
from server.webhooks.endpoints import CHANGED, COLUMNS, ENTERED, ERASED, LEFT, MERGED, Endpoint, of_row

# One statement: what is noticed, and up to where, is of one snapshot. What waits is not entered twice.
_NOTICE: Final = f"""
with touched as (
  select distinct m.record_id from member m
  where m.scope = any($2::int[]) and m.kind = 1 and m.xid >= pg_snapshot_xmin($3::text::pg_snapshot)
    and not pg_visible_in_snapshot(m.xid, $3::text::pg_snapshot)),
told as (
  select m.record_id,
         bool_or(m.state = 3) as erased,
         bool_or(m.state = 1) as here,
         bool_or(m.state = 1 and pg_visible_in_snapshot(m.moved, $3::text::pg_snapshot)) as stayed,
         bool_or(m.state = 0 and not pg_visible_in_snapshot(m.moved, $3::text::pg_snapshot)) as moved,
         (array_agg(m.into_id) filter (
            where m.state = 2 and not pg_visible_in_snapshot(m.moved, $3::text::pg_snapshot)))[1] as into_id
  from touched t join member m on m.record_id = t.record_id and m.scope = any($2::int[])
  group by m.record_id),
worded as (
  select told.record_id, case when not here and not erased then into_id end as into_id,
         case when erased then '{ERASED}'
              when here and (stayed or moved) then
                case when exists (
                  select from fragment f where f.record_id = told.record_id and f.grp = any($4::text[])
                    and not pg_visible_in_snapshot(f.xid, $3::text::pg_snapshot)) then '{CHANGED}' end
              when here then '{ENTERED}'
              when into_id is not null then '{MERGED}'
              when moved then '{LEFT}' end as type
  from told),
put as (
  insert into webhook_message (id, endpoint_id, record_id, type, into_id)
  select uuidv7(), $1, w.record_id, w.type, w.into_id from worded w
  where w.type = any($5::text[]) and not exists (
    select from webhook_message x where x.record_id = w.record_id and x.endpoint_id = $1
      and x.type = w.type and x.into_id is not distinct from w.into_id
      and x.state = 'waiting' and x.attempts = 0)
  returning true)
update webhook_endpoint set seen = pg_current_snapshot()::text where id = $1
returning (select count(*) from put)
"""  # noqa: S608 (the words are ours)


async def notice(pool: Pool, policies: Policies, *, now: datetime) -> int:
    """Enter what every endpoint is to be told; return how many messages these are."""
    async with transaction(pool) as connection:
        rows = await connection.fetch("select id from webhook_endpoint where active order by id limit 1000")
    entered = 0
    for row in rows:
        async with transaction(pool) as connection:
            held = await connection.fetchrow(
                f"select {COLUMNS} from webhook_endpoint where id = $1 and active"  # noqa: S608 (ours)
                " for update skip locked",
                row["id"],
            )
            if held is not None:
                entered += await notice_for(connection, of_row(held), policies)
    return entered


async def notice_for(connection: Connection, endpoint: Endpoint, policies: Policies) -> int:
    """Enter what one endpoint is to be told. Its row is locked; an account that is closed is told nothing."""
    principal = await account_principal(connection, endpoint.account_id)
    if principal is None:
        return 0
    lens = await policies.lens(connection, principal)
    scopes = await connection.fetch(
        "select id from scope where key = any($1::text[])", list(customer_scopes(principal))
    )
    entered: int = await connection.fetchval(
        _NOTICE,
        endpoint.id,
        [row["id"] for row in scopes],
        endpoint.seen,
        list(lens.groups),
        list(endpoint.types),
    )
    return entered
