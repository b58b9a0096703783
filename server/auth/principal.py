"""Whoever a request speaks for, as the database knows him at this moment."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import Role
from server.auth.access_token import Claims
from server.auth.extraction import DRAWN_COLUMNS, DRAWN_JOIN, LEAST, Cap, Drawn, cap_of
from server.database.pool import Connection, Pool
from server.problems import Refusal

BRAND_ROLES = (
    Role.CALL_CENTRE,
    Role.HEAD_OFFICE_CRM,
    Role.LOYALTY_MANAGER,
    Role.PRIVACY_OFFICER,
    Role.INTEGRATION,
)
WIDER_ROLES = (Role.ZONE_MANAGER, *BRAND_ROLES)

_NOTHING_DRAWN = Drawn()

# Of the associate ``a``: for whom of his stores he stands in today (UTC), by id.
STANDS_IN_FOR = """
    (select array_agg(distinct away.associate_id order by away.associate_id)
     from absence away join associate b on b.id = away.associate_id
     where away.stand_in = a.id and not away.cancelled and b.brand = a.brand and b.stores && a.stores
       and (now() at time zone 'utc')::date between away.first_day and away.last_day)
"""

# What says who an associate ``a`` is, on a device ``d``, by a sign-in ``f`` that has not ended.
WHO_COLUMNS = f"""
    a.id, a.given_name, a.family_name, a.role, a.stores, a.zone, a.brand, a.language,
    a.epoch as associate_epoch, d.id as device_id, d.store as device_store, d.revoked_at,
    d.epoch as device_epoch,
    (select max(version) from policy where ready_at is not null) as policy_version,
    case when a.role in ({", ".join(f"'{role.value}'" for role in WIDER_ROLES)}) then
      (select array_agg(s.code order by s.code) from store s
       where s.brand = a.brand and (a.role <> 'zone_manager' or s.zone = a.zone))
    end as wider_stores, f.id is null as ended, {STANDS_IN_FOR} as stands_in_for
"""  # noqa: S608 (the text put in is ours)
WHO_JOINS = """
    left join refresh_family f on f.id = {family} and f.associate_id = a.id and f.ended_at is null
    left join device d on d.id = {device}
"""
_WHO = f"""
    select {WHO_COLUMNS}, {DRAWN_COLUMNS} from associate a
    {WHO_JOINS.format(family="$3", device="$2")} {DRAWN_JOIN}
"""  # noqa: S608 (the text put in is ours)
_WHO_ALL = f"""
    select {WHO_COLUMNS}, {DRAWN_COLUMNS}
    from unnest($1::uuid[], $2::uuid[], $3::uuid[])
      with ordinality as asked (associate, device, family, place)
    left join associate a on a.id = asked.associate and a.active
    {WHO_JOINS.format(family="asked.family", device="asked.device")} {DRAWN_JOIN}
    order by asked.place
"""  # noqa: S608 (the text put in is ours)


class Principal(Struct):
    """An associate on a device, or without one. Read anew for every request: a right lost is lost at once."""

    associate_id: UUID
    name: str
    role: Role
    stores: tuple[str, ...]  # his own; all of the zone or of the brand for the roles of WIDER_ROLES
    zone: str | None
    brand: str
    language: str = "fr"
    device_id: UUID | None = None
    device_store: str | None = None
    epoch: str = ""  # changes with role, stores, policy, the device's store, whom he stands in for; opaque
    policy_version: int = 1
    drawn: Drawn = Drawn()  # what he has read, before this request
    cap: Cap = LEAST  # how much he may
    areas: tuple[str, ...] | None = None  # of a service: the only doors it may use; None: a person
    confined: bool = False  # of a service: reaches its stores alone, whatever its role does
    stands_in_for: tuple[UUID, ...] = ()  # those away today whose book he keeps


async def principal_of(connection: Connection | Pool, claims: Claims) -> Principal:
    """Return who the bearer of a verified token is now.

    Raises:
        Refusal: NOT_SIGNED_IN when the account is closed or the sign-in ended; DEVICE_REVOKED.
    """
    (found,) = await principals_of(connection, [claims])
    if isinstance(found, Refusal):
        raise found
    return found


async def principals_of(connection: Connection | Pool, tokens: Sequence[Claims]) -> list[Principal | Refusal]:
    """Return who the bearers of verified tokens are now, or why they are nobody, in their order."""
    rows = await connection.fetch(
        _WHO_ALL,
        [claims.sub for claims in tokens],
        [claims.dev for claims in tokens],
        [claims.sid for claims in tokens],
    )
    return [_judged(row, claims) for row, claims in zip(rows, tokens, strict=True)]


def _judged(row: asyncpg.Record, claims: Claims) -> Principal | Refusal:
    if row["id"] is None:
        return Refusal(ErrorCode.NOT_SIGNED_IN)
    if claims.dev is not None and (row["device_id"] is None or row["revoked_at"] is not None):
        return Refusal(ErrorCode.DEVICE_REVOKED)
    if row["ended"]:
        return Refusal(ErrorCode.NOT_SIGNED_IN)
    return _counted(row)


async def principal_of_author(
    connection: Connection, associate_id: UUID, device_id: UUID
) -> Principal | None:
    """Return who an associate is on a tablet, for edits that reach us without him; None when unknown.

    His sign-in may be over, his account closed, the tablet revoked: he may do what his role may do now.
    """
    row = await connection.fetchrow(f"{_WHO} where a.id = $1", associate_id, device_id, None)
    if row is None:
        return None
    return _counted(row)


def _counted(row: asyncpg.Record) -> Principal:
    drawn = Drawn(reads=row["drawn_reads"], people=row["drawn_people"])
    return principal_from(row, drawn=drawn, cap=cap_of(row, Role(row["role"])))


def principal_from(row: asyncpg.Record, *, drawn: Drawn = _NOTHING_DRAWN, cap: Cap = LEAST) -> Principal:
    """Return who a row of ``WHO_COLUMNS`` is."""
    version = row["policy_version"] or 1
    return Principal(
        associate_id=row["id"],
        name=display_name(row["given_name"], row["family_name"]),
        role=Role(row["role"]),
        stores=tuple(row["wider_stores"] or row["stores"]),
        zone=row["zone"],
        brand=row["brand"],
        language=row["language"],
        device_id=row["device_id"],
        device_store=row["device_store"],
        epoch=".".join(
            [f"{row['associate_epoch']}.{row['device_epoch'] or 0}.{version}"]
            + [str(each) for each in row["stands_in_for"] or ()]
        ),
        policy_version=version,
        drawn=drawn,
        cap=cap,
        stands_in_for=tuple(row["stands_in_for"] or ()),
    )


def display_name(given_name: str, family_name: str) -> str:
    """Return how colleagues see a name: ``Inès M.``"""
    return f"{given_name} {family_name[:1]}." if family_name else given_name
