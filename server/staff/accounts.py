"""Accounts of staff: made, given a password, closed; and what the directory says of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from schemas.record import Struct
from schemas.staff import Role
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.replication.directory import publish_associate

STORE_ROLES = (Role.SELLER, Role.STORE_MANAGER)


class AccountRefused(Exception):
    """The account cannot be made or changed so; the message says why."""


class Hired(Struct):
    """Somebody new, with what the account needs."""

    code: str
    given_name: str
    family_name: str
    role: Role
    brand: str
    stores: tuple[str, ...] = ()
    zone: str | None = None
    language: str = "fr"


async def hire(connection: Connection, hired: Hired, *, password_hash: str) -> UUID:
    """Make an account and tell the directory; the caller's transaction.

    Raises:
        AccountRefused: the code is taken, a store is unknown, or the role lacks its store or zone.
    """
    await _check(connection, hired)
    associate_id = uuid4()
    await connection.execute(
        """
        insert into associate
          (id, code, given_name, family_name, role, stores, zone, brand, language, password_hash)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        *(associate_id, hired.code, hired.given_name, hired.family_name, hired.role.value),
        *(list(hired.stores), hired.zone, hired.brand, hired.language, password_hash),
    )
    await publish_associate(connection, associate_id)
    await _note(connection, "staff.hired", associate_id)
    return associate_id


async def set_password(connection: Connection, code: str, *, password_hash: str, now: datetime) -> UUID:
    """Replace a password and end every session; the caller's transaction.

    Raises:
        AccountRefused: nobody has this code.
    """
    associate_id: UUID | None = await connection.fetchval(
        "update associate set password_hash = $2 where lower(code) = lower($1) returning id",
        code,
        password_hash,
    )
    if associate_id is None:
        raise AccountRefused(f"nobody has the code {code!r}")
    await _end_sessions(connection, associate_id, reason="password_changed", now=now)
    await _note(connection, "staff.password_set", associate_id)
    return associate_id


async def deactivate(connection: Connection, code: str, *, now: datetime) -> UUID:
    """Close an account: no sign-in, no session, no line in the directory. The person's edits keep their name.

    Raises:
        AccountRefused: nobody has this code.
    """
    row = await connection.fetchrow(
        """
        update associate set active = false, epoch = epoch + 1
        where lower(code) = lower($1) returning id
        """,
        code,
    )
    if row is None:
        raise AccountRefused(f"nobody has the code {code!r}")
    await _end_sessions(connection, row["id"], reason="deactivated", now=now)
    await publish_associate(connection, row["id"])
    await _note(connection, "staff.deactivated", row["id"])
    return UUID(str(row["id"]))


class Moved(Struct):
    """What changes of somebody's work; None stays."""

    role: Role | None = None
    stores: tuple[str, ...] | None = None
    zone: str | None = None


async def move(connection: Connection, code: str, moved: Moved, *, by: Principal | None = None) -> UUID:
    """Give somebody another role, other stores or another zone: from his next request, on every tablet.

    Nothing is kept of the rights of before; his sessions go on with the new ones.

    Raises:
        AccountRefused: nobody has this code, a store is unknown, or the role lacks its store or zone.
    """
    row = await connection.fetchrow(
        """
        select id, code, given_name, family_name, role, brand, stores, zone from associate
        where lower(code) = lower($1) and active for update
        """,
        code,
    )
    if row is None:
        raise AccountRefused(f"nobody has the code {code!r}")
    becomes = Hired(
        code=row["code"],
        given_name=row["given_name"],
        family_name=row["family_name"],
        role=moved.role or Role(row["role"]),
        brand=row["brand"],
        stores=tuple(row["stores"]) if moved.stores is None else moved.stores,
        zone=moved.zone or row["zone"],
    )
    await _check_place(connection, becomes)
    changed = await connection.fetchval(
        """
        update associate set role = $2, stores = $3, zone = $4, epoch = epoch + 1
        where id = $1 and (role, stores, zone) is distinct from ($2, $3::text[], $4) returning id
        """,
        row["id"],
        becomes.role.value,
        list(becomes.stores),
        becomes.zone,
    )
    if changed is not None:
        if becomes.role != row["role"]:
            await connection.execute(
                "insert into associate_past (associate_id, until, role) values ($1, clock_timestamp(), $2)",
                row["id"],
                row["role"],
            )
        await publish_associate(connection, row["id"])
        await chain.append(
            connection,
            by,
            "staff.moved",
            subject_kind="associate",
            subject_id=row["id"],
            facts={"role": becomes.role.value, "stores": list(becomes.stores), "zone": becomes.zone},
        )
    return UUID(str(row["id"]))


async def only_brand(connection: Connection) -> str | None:
    """Return the brand of the stores when they all have one."""
    rows = await connection.fetch("select distinct brand from store order by brand limit 2")
    return rows[0]["brand"] if len(rows) == 1 else None


async def _check(connection: Connection, hired: Hired) -> None:
    if not hired.code.strip() or hired.code != hired.code.strip():
        raise AccountRefused("a code has no spaces around it and is not empty")
    if await connection.fetchval("select true from associate where lower(code) = lower($1)", hired.code):
        raise AccountRefused(f"the code {hired.code!r} is taken")
    await _check_place(connection, hired)


async def _check_place(connection: Connection, hired: Hired) -> None:
    if hired.role in STORE_ROLES and not hired.stores:
        raise AccountRefused(f"a {hired.role.value} works in a store")
    known: Sequence[str] = await connection.fetchval(
        "select coalesce(array_agg(code), '{}') from store where brand = $1", hired.brand
    )
    if unknown := [code for code in hired.stores if code not in known]:
        raise AccountRefused(f"{hired.brand} has no store {', '.join(unknown)}")
    if hired.role is Role.ZONE_MANAGER:
        zone = "select true from store where brand = $1 and zone = $2 limit 1"
        if not await connection.fetchval(zone, hired.brand, hired.zone):
            raise AccountRefused(f"{hired.brand} has no zone {hired.zone or '(none given)'}")


async def _end_sessions(connection: Connection, associate_id: UUID, *, reason: str, now: datetime) -> None:
    await connection.execute(
        """
        update refresh_family set ended_at = $2, end_reason = $3
        where associate_id = $1 and ended_at is null
        """,
        associate_id,
        now,
        reason,
    )


async def _note(connection: Connection, action: str, associate_id: UUID) -> None:
    await chain.append(connection, None, action, subject_kind="associate", subject_id=associate_id)
