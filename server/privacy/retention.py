"""Whose time is over, by which rule and when, and letting them go in slices. The restricted stay."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from schemas.record import Struct
from schemas.staff import Role
from server.auth.principal import Principal
from server.database.pool import Connection
from server.privacy.erasing import erase
from server.privacy.retention_rules import CUSTOMER, PROSPECT, RULES, Supposed
from server.privacy.traces import OF_NO_BRAND, due_traces, let_traces_go

RETENTION = (
    f"until {RULES[PROSPECT].months // 12} years after her last own act, unless head office says sooner; then"
    " erased, her sales stay for the books and lead to nobody"
)
REASON = "retention"
AT_ONCE = 500
NOBODY_YET: Final = (datetime(1, 1, 2), UUID(int=0))  # before everybody, when going on after somebody

# Acts of hers. What the house sends, and that she opened it, is none.
OWN_ACTS = (
    "appointment", "call", "cart", "repair", "sign_up", "social", "visit", "web_search", "web_view",
)  # fmt: skip

# Calendar months in UTC, whatever the session's time zone.
_DUE = """
with known as (
  select c.id, c.brand, greatest(
    -- Since when she is known: a record made of an old file began before it was made here.
    least(c.created_at, case
      when jsonb_typeof(c.origin -> 'at') = 'number' then to_timestamp((c.origin ->> 'at')::numeric / 1000)
      when c.client_since ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' and c.stamps <> '{}' and not exists (
        select from jsonb_each(c.stamps) as said where said.value ->> 'channel' is distinct from 'import')
      then c.client_since::date::timestamp at time zone 'UTC' end),
    (select max(to_timestamp(p.at_ms / 1000.0)) from purchase p where p.customer_id = c.id),
    (select max(to_timestamp(t.at_ms / 1000.0)) from touchpoint t
     where t.customer_id = c.id and t.kind = any($1::text[])),
    (select max(to_timestamp(e.at_ms / 1000.0)) from consent_event e
     where e.customer_id = c.id and e.how is distinct from 'import')) as last_act,
    case when exists (select from purchase p where p.customer_id = c.id and p.kind = 'sale')
         then 'customer' else 'prospect' end as rule
  from customer c
  where c.alias_of is null and not coalesce(c.limits ? 'restriction', false)
    and c.brand = coalesce($5, c.brand)),
timed as (
  select k.id, k.brand, k.last_act, k.rule,
         (k.last_act at time zone 'UTC' + make_interval(months => coalesce(
           case k.rule when 'customer' then $9::int else $10::int end,
           (select r.months from retention_rule r where r.brand = k.brand and r.rule = k.rule
            order by r.version desc limit 1),
           case k.rule when 'customer' then $2::int else $3::int end))) at time zone 'UTC' as due_at
  from known k)
select id, brand, last_act, rule, due_at from timed
where due_at <= $4 and (due_at at time zone 'UTC', id) > ($6::timestamp, $7::uuid)
order by due_at, id limit $8
"""


class Due(Struct):
    """Somebody whose time is over, or will be."""

    customer_id: UUID
    brand: str
    rule: str
    last_act: datetime
    due_at: datetime


class Run(Struct):
    """One letting-go: as of when, and how far it has come."""

    id: UUID
    as_of: datetime
    erased: int
    traces: dict[str, int]
    finished_at: datetime | None = None


async def due(
    connection: Connection,
    *,
    now: datetime,
    brand: str | None = None,
    ahead: timedelta = timedelta(0),
    after: tuple[datetime, UUID] | None = None,
    limit: int = AT_ONCE,
    suppose: Supposed = None,
) -> list[Due]:
    """Return people whose time is over, or will be within so much time, the longest over first.

    Changes nothing: a preview, and a warning. Of one brand, or of all.

    Args:
        suppose: a rule and the months it is supposed to say, instead of what stands.
    """
    supposed = dict([suppose]) if suppose else {}
    place = (after[0].replace(tzinfo=None), after[1]) if after else NOBODY_YET
    rows = await connection.fetch(
        _DUE,
        list(OWN_ACTS),
        RULES[CUSTOMER].months,
        RULES[PROSPECT].months,
        now + ahead,
        brand,
        *place,
        limit,
        supposed.get(CUSTOMER),
        supposed.get(PROSPECT),
    )
    return [
        Due(
            customer_id=row["id"],
            brand=row["brand"],
            rule=row["rule"],
            last_act=row["last_act"],
            due_at=row["due_at"],
        )
        for row in rows
    ]


async def forget_next(connection: Connection, *, now: datetime, limit: int = AT_ONCE) -> list[Due]:
    """Erase the next people whose time is over, in the caller's transaction; return whom. Empty: none."""
    found = await due(connection, now=now, limit=limit)
    for each in found:
        await erase(connection, at_the_console(each.brand), each.customer_id, reason=REASON)
    return found


async def begin(connection: Connection, *, now: datetime) -> Run:
    """Take up the run that was broken off, or begin one as of now."""
    row = await connection.fetchrow(
        "select id, as_of, erased, traces from retention_run where finished_at is null order by as_of limit 1"
    )
    if row is not None:
        return Run(id=row["id"], as_of=row["as_of"], erased=row["erased"], traces=row["traces"])
    run = Run(id=uuid4(), as_of=now, erased=0, traces={})
    await connection.execute("insert into retention_run (id, as_of) values ($1, $2)", run.id, run.as_of)
    return run


async def slice_of(connection: Connection, run: Run, *, limit: int = AT_ONCE) -> Run:
    """Let the next few go, in the caller's transaction, and keep how far the run has come.

    Whoever breaks it off loses at most this slice; the next run goes on as of the same moment.
    """
    gone = await forget_next(connection, now=run.as_of, limit=limit)
    traces = dict(run.traces)
    more = len(gone)
    if not gone:
        for name, count in (await _let_traces_go(connection, run.as_of, limit)).items():
            traces[name] = traces.get(name, 0) + count
            more += count
    finished: datetime | None = await connection.fetchval(
        """
        update retention_run set erased = erased + $2, traces = $3,
               finished_at = case when $4 then now() end
        where id = $1 returning finished_at
        """,
        run.id,
        len(gone),
        traces,
        not more,
    )
    return Run(id=run.id, as_of=run.as_of, erased=run.erased + len(gone), traces=traces, finished_at=finished)


async def traces_due(connection: Connection, *, now: datetime, suppose: Supposed = None) -> dict[str, int]:
    """Return how much of people who stay would be let go, by rule, over all brands. Changes nothing."""
    found: dict[str, int] = {}
    for brand in await _brands(connection):
        for name, count in (
            await due_traces(connection, brand, now=now, own_acts=OWN_ACTS, suppose=suppose)
        ).items():
            found[name] = count if name == OF_NO_BRAND else found.get(name, 0) + count
    return found


async def _let_traces_go(connection: Connection, now: datetime, limit: int) -> dict[str, int]:
    """Let go the next few of what ends before the person does, of the first brand that has any."""
    for brand in await _brands(connection):
        officer = at_the_console(brand)
        gone = await let_traces_go(connection, officer, now=now, own_acts=OWN_ACTS, limit=limit)
        if gone:
            return gone
    return {}


async def _brands(connection: Connection) -> list[str]:
    return [row["brand"] for row in await connection.fetch("select distinct brand from store order by 1")]


def at_the_console(brand: str) -> Principal:
    """Return the officer that whoever has the server's shell speaks as; no associate."""
    return Principal(
        associate_id=UUID(int=0),
        name="console",
        role=Role.PRIVACY_OFFICER,
        stores=(),
        zone=None,
        brand=brand,
    )
