"""How long a person is kept: three years after her last own act. The restricted stay meanwhile."""

from datetime import datetime
from uuid import UUID

from schemas.record import Struct
from schemas.staff import Role
from server.auth.principal import Principal
from server.database.pool import Connection
from server.privacy.erasing import erase

KEPT_YEARS = 3
RETENTION = (
    f"until {KEPT_YEARS} years after her last own act; then erased,"
    " her sales stay for the books and lead to nobody"
)
REASON = "retention"
AT_ONCE = 500

# Acts of hers. What the house sends, and that she opened it, is none.
OWN_ACTS = (
    "appointment", "call", "cart", "repair", "sign_up", "social", "visit", "web_search", "web_view",
)  # fmt: skip

_LAST_ACT = """
select c.id, c.brand, greatest(
  c.created_at,
  (select max(to_timestamp(p.at_ms / 1000.0)) from purchase p where p.customer_id = c.id),
  (select max(to_timestamp(t.at_ms / 1000.0)) from touchpoint t
   where t.customer_id = c.id and t.kind = any($1::text[])),
  (select max(to_timestamp(e.at_ms / 1000.0)) from consent_event e
   where e.customer_id = c.id and e.how is distinct from 'import')) as last_act
from customer c where c.alias_of is null and not coalesce(c.limits ? 'restriction', false)
"""


class Due(Struct):
    """Somebody whose time is over."""

    customer_id: UUID
    brand: str
    last_act: datetime


async def due(connection: Connection, *, now: datetime, limit: int = AT_ONCE) -> list[Due]:
    """Return people whose time is over, longest ago first. Changes nothing: a preview."""
    rows = await connection.fetch(
        f"""
        select id, brand, last_act from ({_LAST_ACT}) known
        where last_act + make_interval(years => $2) <= $3 order by last_act, id limit $4
        """,  # noqa: S608 (our own text)
        list(OWN_ACTS),
        KEPT_YEARS,
        now,
        limit,
    )
    return [Due(customer_id=row["id"], brand=row["brand"], last_act=row["last_act"]) for row in rows]


async def forget_next(connection: Connection, *, now: datetime) -> list[Due]:
    """Erase the next people whose time is over, in the caller's transaction; return whom. Empty: none."""
    found = await due(connection, now=now)
    for each in found:
        await erase(connection, at_the_console(each.brand), each.customer_id, reason=REASON)
    return found


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
