"""The receipt of an erasure: for each copy on each tablet, whether it has forgotten the person."""

from datetime import datetime, timedelta
from uuid import UUID

from schemas.problem import ErrorCode
from schemas.record import OpenEnum, Struct
from server.database.pool import Connection
from server.problems import Refusal

LEASE_MARGIN = timedelta(minutes=1)  # how much longer a tablet may go on than we noted
MOST_COPIES = 10_000


class Standing(OpenEnum):
    """Where a copy stands."""

    ACKNOWLEDGED = "acknowledged"  # the tablet has said that she is gone
    OUTSTANDING = "outstanding"  # it has not called since; its lease still runs
    LEASE_ENDED = "lease_ended"  # it has not called; its key is no longer unwrapped


class Copy(Struct, omit_defaults=True):
    """One person's copy on one tablet."""

    device_id: UUID
    device: str
    store: str
    associate_id: UUID
    standing: Standing
    since: datetime | None = None  # of the acknowledgement, or of the end of the lease
    lease_until: datetime | None = None
    revoked: bool = False


class ErasureReceipt(Struct):
    """What was erased, and where it has arrived. ``complete``: no copy is outstanding."""

    id: UUID
    at: datetime
    asked_by: UUID
    reason: str
    ids: list[UUID]
    sales_kept: int
    complete: bool
    copies: list[Copy]


async def receipt_of(connection: Connection, case_id: UUID, *, now: datetime) -> ErasureReceipt:
    """Return the receipt of an erasure as of now.

    Raises:
        Refusal: NOT_FOUND.
    """
    case = await connection.fetchrow(
        "select id, asked_by, reason, sales_kept, created_at from erasure_case where id = $1", case_id
    )
    if case is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    ids = await connection.fetch(
        "select record_id from erasure where case_id = $1 order by record_id", case_id
    )
    rows = await connection.fetch(
        """
        select i.device_id, i.associate_id, d.name, d.store, d.revoked_at is not null as revoked,
               max(i.lease_until) as lease_until,
               (select count(*) from erasure_ack a join erasure e using (record_id)
                where e.case_id = $1 and a.device_id = i.device_id
                  and a.associate_id = i.associate_id) as told,
               (select max(a.created_at) from erasure_ack a join erasure e using (record_id)
                where e.case_id = $1 and a.device_id = i.device_id
                  and a.associate_id = i.associate_id) as told_at
        from device_incarnation i join device d on d.id = i.device_id
        where d.enrolled_at <= $2
        group by i.device_id, i.associate_id, d.name, d.store, d.revoked_at
        order by d.store, d.name, i.device_id, i.associate_id limit $3
        """,
        case_id,
        case["created_at"],
        MOST_COPIES,
    )
    copies: list[Copy] = []
    for row in rows:
        ends = row["lease_until"] + LEASE_MARGIN if row["lease_until"] else None
        since: datetime | None = None
        if row["told"] == len(ids):
            standing, since = Standing.ACKNOWLEDGED, row["told_at"]
        elif ends is None or ends <= now:
            standing, since = Standing.LEASE_ENDED, ends
        else:
            standing = Standing.OUTSTANDING
        copies.append(
            Copy(
                device_id=row["device_id"],
                device=row["name"],
                store=row["store"],
                associate_id=row["associate_id"],
                standing=standing,
                since=since,
                lease_until=ends,
                revoked=row["revoked"],
            )
        )
    return ErasureReceipt(
        id=case["id"],
        at=case["created_at"],
        asked_by=case["asked_by"],
        reason=case["reason"],
        ids=[row["record_id"] for row in ids],
        sales_kept=case["sales_kept"],
        complete=all(copy.standing != Standing.OUTSTANDING for copy in copies),
        copies=copies,
    )
