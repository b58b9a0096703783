"""Keys of services: shown once, kept hashed, rotated with an overlap, refused as soon as they are revoked.

A service account says what its keys may do: the lens of a role, some stores, some areas of doors. It is least
by default: an area that is not named is shut, and so is a door that nobody gave an area.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID, uuid4

import asyncpg

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import Role
from server.auth.extraction import DRAWN_COLUMNS, DRAWN_JOIN, Drawn, cap_of
from server.auth.principal import BRAND_ROLES, Principal
from server.auth.sealing import digest
from server.database.pool import Connection, Pool
from server.problems import Refusal

MARK: Final = "ck_"
PREFIX_BYTES: Final = 6
SECRET_BYTES: Final = 32
LONGEST_KEY: Final = 100
MOST_KEYS: Final = 2  # of an account that are good at the same time
ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
ANY_SERVICE = "any_service"  # a route's opt: open to every service key

# Area -> the tag of the doors it opens. Sign-in, staff, policy, privacy, oversight and sync are in none.
AREAS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "customers": "customers",
        "catalog": "catalogue",
        "directory": "directory",
        "identity": "identity",
        "promises": "promises",
        "connectors": "connectors",
        "imports": "imports",
        "webhooks": "webhooks",
    }
)
GRANTABLE: Final = tuple(f"{area}:{right}" for area in AREAS for right in ("read", "write"))
# An administrator makes keys; none of them makes keys, answers for privacy or watches over others.
LENT_ROLES: Final = (
    Role.INTEGRATION,
    Role.HEAD_OFFICE_CRM,
    Role.LOYALTY_MANAGER,
    Role.CALL_CENTRE,
    Role.STORE_MANAGER,
    Role.SELLER,
)

_WHO = f"""
    select k.id as key_id, k.key_hash, k.expires_at, k.revoked_at, k.expires_at <= now() as expired,
           coalesce(k.used_at < now() - interval '1 minute', true) as note_use,
           a.id, a.name, a.role, a.stores, a.brand, a.areas, a.active,
           (select max(version) from policy where ready_at is not null) as policy_version,
           case when cardinality(a.stores) = 0 and a.role = any($2) then
             (select array_agg(s.code order by s.code) from store s where s.brand = a.brand)
           end as wider_stores, {DRAWN_COLUMNS}
    from service_key k join service_account a on a.id = k.account_id {DRAWN_JOIN}
    where k.prefix = $1
"""  # noqa: S608 (the text put in is ours)


class MadeKey(Struct):
    """A key as it is told, this once."""

    key_id: UUID
    account_id: UUID
    key: str
    expires_at: datetime


async def service_of(pool: Pool, key: str) -> Principal:
    """Return the service a key speaks for.

    Raises:
        Refusal: NOT_SIGNED_IN for anything but a key that is good now; the answer is always the same.
    """
    prefix = key[: len(MARK) + PREFIX_BYTES] if len(key) <= LONGEST_KEY and key.isascii() else ""
    row = await pool.fetchrow(_WHO, prefix, [role.value for role in BRAND_ROLES])
    kept: bytes = row["key_hash"] if row else bytes(32)
    if not secrets.compare_digest(kept, digest(key)) or row is None:
        raise Refusal(ErrorCode.NOT_SIGNED_IN)
    if row["revoked_at"] is not None or row["expired"] or not row["active"]:
        raise Refusal(ErrorCode.NOT_SIGNED_IN)
    if row["note_use"]:
        await pool.execute("update service_key set used_at = now() where id = $1", row["key_id"])
    return _principal(row)


def _principal(row: asyncpg.Record) -> Principal:
    version = row["policy_version"] or 1
    role = Role(row["role"])
    return Principal(
        associate_id=row["id"],
        name=row["name"],
        role=role,
        stores=tuple(row["wider_stores"] or row["stores"]),
        zone=None,
        brand=row["brand"],
        epoch=f"{row['key_id']}.{version}",
        policy_version=version,
        drawn=Drawn(reads=row["drawn_reads"], people=row["drawn_people"]),
        cap=cap_of(row, role),
        areas=tuple(row["areas"]),
        confined=bool(row["stores"]),
    )


async def account_principal(connection: Connection, account_id: UUID) -> Principal | None:
    """Return whom an account speaks for without a key: what it may see today. None when it is closed."""
    row = await connection.fetchrow(
        """
        select a.id, a.name, a.role, a.stores, a.brand, a.areas,
               (select max(version) from policy where ready_at is not null) as policy_version,
               (select array_agg(s.code order by s.code) from store s where s.brand = a.brand) as all_stores
        from service_account a where a.id = $1 and a.active
        """,
        account_id,
    )
    if row is None:
        return None
    version = row["policy_version"] or 1
    role = Role(row["role"])
    wide = role in BRAND_ROLES and not row["stores"]
    return Principal(
        associate_id=row["id"],
        name=row["name"],
        role=role,
        stores=tuple((row["all_stores"] or ()) if wide else row["stores"]),
        zone=None,
        brand=row["brand"],
        policy_version=version,
        areas=tuple(row["areas"]),
        confined=bool(row["stores"]),
    )


def may_use(principal: Principal, *, tags: Sequence[str], method: str) -> bool:
    """Whether a door with these tags is in the areas of a service; a person may knock at every door."""
    if principal.areas is None:
        return True
    right = "read" if method in ("GET", "HEAD", "OPTIONS") else "write"
    return any(tag in tags and f"{area}:{right}" in principal.areas for area, tag in AREAS.items())


async def make_account(
    connection: Connection,
    *,
    name: str,
    brand: str,
    role: Role,
    stores: Sequence[str],
    areas: Sequence[str],
    made_by: UUID,
) -> UUID:
    """Make an account without a key, and return its id.

    Raises:
        Refusal: INVALID for a role, a store or an area that is not lent; ALREADY_EXISTS.
    """
    if role not in LENT_ROLES:
        raise Refusal(ErrorCode.INVALID, "no service has this role")
    if not areas or not set(areas) <= set(GRANTABLE):
        raise Refusal(ErrorCode.INVALID, "areas: " + ", ".join(GRANTABLE))
    known = await connection.fetch("select code from store where brand = $1", brand)
    if not set(stores) <= {row["code"] for row in known}:
        raise Refusal(ErrorCode.INVALID, "no such store")
    if role not in BRAND_ROLES and not stores:
        raise Refusal(ErrorCode.INVALID, "this role needs a store")
    account_id: UUID | None = await connection.fetchval(
        """
        insert into service_account (id, name, brand, role, stores, areas, made_by)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id
        """,
        uuid4(),
        name,
        brand,
        role.value,
        sorted(set(stores)),
        sorted(set(areas)),
        made_by,
    )
    if account_id is None:
        raise Refusal(ErrorCode.ALREADY_EXISTS)
    return account_id


async def make_key(
    connection: Connection,
    account_id: UUID,
    *,
    made_by: UUID,
    life: timedelta,
    overlap: timedelta,
    now: datetime,
) -> MadeKey:
    """Make a key; those before it are good until ``overlap`` is over, and no more than one of them.

    Raises:
        Refusal: NOT_FOUND for an account that is not there or closed.
    """
    account = await connection.fetchval(
        "select id from service_account where id = $1 and active for update", account_id
    )
    if account is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await connection.execute(
        """
        update service_key set expires_at = least(expires_at, $2), revoked_at = case when id not in (
            select id from service_key where account_id = $1 and revoked_at is null and expires_at > $3
            order by created_at desc, id limit $4) then $3 end
        where account_id = $1 and revoked_at is null and expires_at > $3
        """,
        account_id,
        now + overlap,
        now,
        MOST_KEYS - 1,
    )
    prefix = MARK + "".join(secrets.choice(ALPHABET) for _ in range(PREFIX_BYTES))
    key = f"{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    key_id = uuid4()
    await connection.execute(
        """
        insert into service_key (id, account_id, prefix, key_hash, made_by, expires_at)
        values ($1, $2, $3, $4, $5, $6)
        """,
        key_id,
        account_id,
        prefix,
        digest(key),
        made_by,
        now + life,
    )
    return MadeKey(key_id=key_id, account_id=account_id, key=key, expires_at=now + life)


async def revoke_key(connection: Connection, key_id: UUID, *, brand: str, now: datetime) -> UUID | None:
    """Refuse a key from its next request on, and return its account; None when there is no such key."""
    account_id: UUID | None = await connection.fetchval(
        """
        update service_key k set revoked_at = coalesce(k.revoked_at, $2)
        from service_account a where k.id = $1 and a.id = k.account_id and a.brand = $3
        returning a.id
        """,
        key_id,
        now,
        brand,
    )
    return account_id


async def close_account(connection: Connection, account_id: UUID, *, brand: str, now: datetime) -> bool:
    """Refuse every key of an account from its next request on; whether there is such an account."""
    closed = await connection.fetchval(
        "update service_account set active = false where id = $1 and brand = $2 returning true",
        account_id,
        brand,
    )
    await connection.execute(
        "update service_key set revoked_at = $2 where account_id = $1 and revoked_at is null and $3",
        account_id,
        now,
        bool(closed),
    )
    return bool(closed)
