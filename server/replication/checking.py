"""Comparing a replica with us: sums of what it should hold, lists of what differs, and the rows to mend it.

A difference is a mistake of ours, never the tablet's: it is counted and told to head office.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog

from schemas.problem import ErrorCode
from schemas.protocol import CheckReply, CheckRequest, HeldFragment, MemberRow
from schemas.visibility import Lens
from server.auth.principal import Principal
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.problems import Refusal
from server.replication.entitlement import entitlement_of, require_tablet
from server.replication.lives import current_boot, remembered
from server.replication.rows import rows_of
from server.replication.token import TokenBroken, open_token
from server.scope import tablet_scopes
from sync.digest import BUCKETS, SUM_BYTES

log = structlog.get_logger()

MOST_BUCKETS = 32  # listed in one reply
MOST_RECORDS = 200  # given in one reply

_SETTLED = """
with unsettled as materialized (
  select distinct m.record_id from member m
  where m.scope = any($1::int[]) and m.xid >= pg_snapshot_xmin($2::text::pg_snapshot)
    and not pg_visible_in_snapshot(m.xid, $2::text::pg_snapshot)),
settled as (
  select distinct m.record_id from member m
  where m.scope = any($1::int[]) and m.state = 1
    and not exists (select 1 from unsettled u where u.record_id = m.record_id)),
held as (
  select f.record_id, f.grp, f.rev from settled s join fragment f using (record_id)
  where f.grp = any($3::text[]))
"""

_SUMS = f"""
{_SETTLED}
select get_byte(uuid_send(record_id), 0) as bucket,
       bit_xor(('x' || left(md5(uuid_send(record_id) || int8send(rev) || convert_to(grp, 'UTF8')), 16))
               ::bit(64)::bigint) as sum
from held group by 1
"""  # noqa: S608 (ours)

_LIST = f"""
{_SETTLED}
select record_id, grp, rev from held
where get_byte(uuid_send(record_id), 0) = any($4::int[]) order by record_id, grp
"""  # noqa: S608 (ours)

_UNSETTLED = f"""
{_SETTLED}
select record_id from unsettled order by record_id
"""  # noqa: S608 (ours)


async def check(
    connection: Connection,
    principal: Principal,
    request: CheckRequest,
    *,
    now: datetime,
    policies: Policies,
    token_key: bytes,
    lease_s: int,
) -> CheckReply:
    """Return what a replica that has read up to its token should hold: sums, a list, or rows.

    Raises:
        Refusal: MALFORMED for a token that is not this person's on this tablet; TOO_LARGE.
    """
    device_id = require_tablet(principal, request.caller)
    if len(request.buckets) > MOST_BUCKETS or len(request.records) > MOST_RECORDS:
        raise Refusal(ErrorCode.TOO_LARGE)
    lens = await policies.lens(connection, principal)
    entitlement = entitlement_of(principal, lens, now=now, lease_s=lease_s, holds=request.caller.holds)
    if request.records:
        rows = await _rows(connection, principal, lens, request.records)
        return CheckReply(entitlement=entitlement, rows=rows)
    try:
        token = open_token(token_key, request.token, device_id, principal.associate_id)
    except TokenBroken as error:
        raise Refusal(ErrorCode.MALFORMED) from error
    if token.boot != await current_boot(connection):
        return CheckReply(entitlement=entitlement)
    numbers = await remembered(token.boot).scope_ids(connection, tablet_scopes(principal))
    streams = token.named(numbers, lens.groups).streams
    if len(streams) != 1 or streams[0].target is not None:
        return CheckReply(entitlement=entitlement)
    given = (
        [numbers[scope] for scope in streams[0].scopes],
        streams[0].base,
        list(streams[0].groups),
    )
    changing = tuple(row["record_id"] for row in await connection.fetch(_UNSETTLED, *given))
    if not request.buckets:
        sums = [0] * BUCKETS
        for row in await connection.fetch(_SUMS, *given):
            sums[row["bucket"]] = row["sum"] & (1 << 64) - 1
        packed = b"".join(each.to_bytes(SUM_BYTES, "big") for each in sums)
        return CheckReply(entitlement=entitlement, sums=packed, unsettled=changing)
    await _alarm(connection, principal, request)
    listed = await connection.fetch(_LIST, *given, list(request.buckets))
    held = tuple(HeldFragment(record_id=row[0], group=row[1], rev=row[2]) for row in listed)
    return CheckReply(entitlement=entitlement, unsettled=changing, held=held)


async def _rows(
    connection: Connection, principal: Principal, lens: Lens, records: Sequence[UUID]
) -> tuple[MemberRow, ...]:
    found = await rows_of(connection, principal, lens, changed={}, whole=set(records))
    return tuple(row for rows in found.values() for row in rows)


async def _alarm(connection: Connection, principal: Principal, request: CheckRequest) -> None:
    log.error("sync.digest.mismatch", device=str(principal.device_id), buckets=len(request.buckets))
    await connection.execute(
        """
        insert into divergence (device_id, associate_id, store, buckets, app_version)
        values ($1, $2, $3, $4, $5)
        """,
        principal.device_id,
        principal.associate_id,
        principal.device_store,
        len(request.buckets),
        request.caller.app_version[:40].replace("\x00", ""),
    )
