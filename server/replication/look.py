"""Looking beyond the tablet: customers of the brand found online, and pinned to this device when opened."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from schemas.protocol import LookHit, LookReply, LookRequest, MemberRow
from schemas.record import Kind
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection, as_engine
from server.policy.in_force import Policies
from server.replication.entitlement import entitlement_of, note_seen, require_tablet
from server.replication.erasures import still_to_forget
from server.replication.lives import current_boot
from server.replication.pins import pin
from server.replication.rows import rows_of
from server.scope import brand_scope, customer_scopes

MOST_AT_ONCE = 20
MOST_HITS = 20

# (connection, text, scope keys, lens, most) -> hits, best first, with projected values
Finder = Callable[[Connection, str, Sequence[str], Lens, int], Awaitable[list[LookHit]]]


async def look(
    connection: Connection,
    principal: Principal,
    request: LookRequest,
    *,
    now: datetime,
    policies: Policies,
    find: Finder,
    lease_s: int,
) -> LookReply:
    """Return the people a text may mean in the whole brand, and the rows of those the tablet asks to hold."""
    device_id = require_tablet(principal, request.caller)
    await note_seen(connection, principal, request.caller, now=now, lease_s=lease_s)
    lens = await policies.lens(connection, principal)
    hits: list[LookHit] = []
    rows: tuple[MemberRow, ...] = ()
    if customer_scopes(principal):
        brand = [brand_scope(principal.brand)]
        if text := request.query.replace("\x00", "").strip():
            hits = await find(connection, text, brand, lens, MOST_HITS)
            await chain.append(connection, principal, "customer.looked_for", facts={"found": len(hits)})
            await chain.append_many(
                connection,
                principal,
                "customer.found",
                Kind.CUSTOMER.value,
                [(hit.record_id, {}) for hit in hits],
            )
        async with as_engine(connection):  # the feed is touched
            wanted = await _of_the_brand(connection, request.record_ids[:MOST_AT_ONCE], brand)
            if wanted:
                await pin(connection, device_id, wanted, now=now)
        if wanted:
            found = await rows_of(connection, principal, lens, changed={}, whole=set(wanted))
            rows = tuple(row for held in found.values() for row in held)
            await chain.append_many(
                connection,
                principal,
                "customer.pinned",
                Kind.CUSTOMER.value,
                [(record_id, {}) for record_id in wanted],
            )
    return LookReply(
        entitlement=entitlement_of(
            principal,
            lens,
            now=now,
            lease_s=lease_s,
            holds=request.caller.holds,
            erased=await still_to_forget(connection, principal),
        ),
        hits=tuple(hits),
        rows=rows,
        life=await current_boot(connection) if rows else None,
    )


async def _of_the_brand(
    connection: Connection, record_ids: Sequence[UUID], brand: Sequence[str]
) -> list[UUID]:
    """Lock and return those that exist in the brand: the row is locked before the feed is touched."""
    rows = await connection.fetch(
        """
        select c.id from customer c
        where c.id = any($1) and exists (
          select 1 from member m join scope s on s.id = m.scope
          where m.record_id = c.id and m.state = 1 and s.key = any($2))
        order by c.id for update of c
        """,
        list(record_ids),
        list(brand),
    )
    return [row["id"] for row in rows]
