"""Doors to service accounts and their keys, for the administrator; a key is told once."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import Role
from server.audit import chain
from server.audit.alarms import raise_alarm
from server.auth import service_keys
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.auth.service_keys import MadeKey
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.access import require_known
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters

LONGEST_DAYS = 400
LONGEST_OVERLAP_HOURS = 24 * 30

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Area = Annotated[str, msgspec.Meta(pattern="^(" + "|".join(service_keys.GRANTABLE) + ")$")]


class NewAccount(Struct, forbid_unknown_fields=True):
    """What a service may do: the lens of a role, in some stores (or as it reaches), at some doors."""

    name: Name
    role: Role
    areas: Annotated[tuple[Area, ...], msgspec.Meta(min_length=1, max_length=40)]
    stores: Annotated[tuple[Code, ...], msgspec.Meta(max_length=200)] = ()


class NewKey(Struct, forbid_unknown_fields=True):
    """How long a key is good, and how long the one before it stays so."""

    days: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_DAYS)] = 90
    overlap_hours: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_OVERLAP_HOURS)] = 24


class ShownKey(Struct):
    """A key as it can be seen again: its beginning, and whether it is used."""

    key_id: UUID
    prefix: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None  # to the minute
    revoked_at: datetime | None = None


class Account(Struct):
    """A service account and its keys, the newest first."""

    account_id: UUID
    name: str
    role: Role
    stores: tuple[str, ...]
    areas: tuple[str, ...]
    active: bool
    keys: tuple[ShownKey, ...]


@get("/service-accounts", opt={QUERY: ("cursor", "limit")})
async def list_accounts(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[Account]:
    """The services of the brand and what they may do."""
    _require_administrator(principal)
    listing = Listing.asked(request, principal, cursor, limit, "services")
    place = listing.after(tuple[UUID])
    found = await _accounts(
        connection,
        "a.brand = $1 and a.id > $2",
        principal.brand,
        place[0] if place else UUID(int=0),
        listing.rows,
    )
    return listing.page(found, lambda row: (row.account_id,))


@post("/service-accounts", status_code=201)
async def make_account(
    data: JSONBody[NewAccount],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Account:
    """Make a service known; it has no key yet."""
    _require_administrator(principal)
    require_known(role=data.role)
    account_id = await service_keys.make_account(
        connection,
        name=data.name,
        brand=principal.brand,
        role=data.role,
        stores=data.stores,
        areas=data.areas,
        made_by=principal.associate_id,
    )
    await chain.append(
        connection,
        principal,
        "service.made",
        subject_kind="service",
        subject_id=account_id,
        facts={"role": data.role.value, "areas": sorted(data.areas), "stores": sorted(data.stores)},
    )
    return await _account(connection, principal, account_id)


@post("/service-accounts/{account_id:uuid}/keys", status_code=201)
async def make_key(
    account_id: FromPath[UUID],
    data: JSONBody[NewKey],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> MadeKey:
    """Make a key, told this once. The key before it stays good for the overlap; older ones end now."""
    _require_administrator(principal)
    await _account(connection, principal, account_id)
    made = await service_keys.make_key(
        connection,
        account_id,
        made_by=principal.associate_id,
        life=timedelta(days=data.days),
        overlap=timedelta(hours=data.overlap_hours),
        now=datetime.now(UTC),
    )
    await chain.append(
        connection,
        principal,
        "service.key_made",
        subject_kind="service",
        subject_id=account_id,
        facts={"key": str(made.key_id), "days": data.days},
    )
    await raise_alarm(
        connection,
        "service_key_made",
        once=str(made.key_id),
        brand=principal.brand,
        associate_id=principal.associate_id,
        facts={"service": str(account_id)},
    )
    return made


@post("/service-keys/{key_id:uuid}/revoke", status_code=204)
async def revoke_key(
    key_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> None:
    """Refuse a key from its next request on."""
    _require_administrator(principal)
    account_id = await service_keys.revoke_key(
        connection, key_id, brand=principal.brand, now=datetime.now(UTC)
    )
    if account_id is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await chain.append(
        connection,
        principal,
        "service.key_revoked",
        subject_kind="service",
        subject_id=account_id,
        facts={"key": str(key_id)},
    )


@post("/service-accounts/{account_id:uuid}/close", status_code=204)
async def close_account(
    account_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> None:
    """Refuse every key of a service from its next request on, for good."""
    _require_administrator(principal)
    if not await service_keys.close_account(
        connection, account_id, brand=principal.brand, now=datetime.now(UTC)
    ):
        raise Refusal(ErrorCode.NOT_FOUND)
    await chain.append(connection, principal, "service.closed", subject_kind="service", subject_id=account_id)


async def _account(connection: Connection, principal: Principal, account_id: UUID) -> Account:
    found = await _accounts(connection, "a.brand = $1 and a.id = $2", principal.brand, account_id, 1)
    if not found:
        raise Refusal(ErrorCode.NOT_FOUND)
    return found[0]


async def _accounts(
    connection: Connection, condition: str, brand: str, account_id: UUID, limit: int
) -> list[Account]:
    rows = await connection.fetch(
        f"""
        select a.id as account_id, a.name, a.role, a.stores, a.areas, a.active,
               coalesce((select jsonb_agg(jsonb_build_object(
                   'key_id', k.id, 'prefix', k.prefix, 'created_at', k.created_at,
                   'expires_at', k.expires_at, 'used_at', k.used_at, 'revoked_at', k.revoked_at)
                 order by k.created_at desc, k.id)
                 from (select * from service_key k where k.account_id = a.id
                       order by k.created_at desc, k.id limit 20) k), '[]') as keys
        from service_account a where {condition} order by a.id limit $3
        """,  # noqa: S608 (the text put in is ours)
        brand,
        account_id,
        limit,
    )
    return [msgspec.convert(dict(row), Account) for row in rows]


def _require_administrator(principal: Principal) -> None:
    if principal.role is not Role.ADMINISTRATOR:
        raise Refusal(ErrorCode.NOT_ALLOWED)


router = Router(
    "/v1",
    route_handlers=[list_accounts, make_account, make_key, revoke_key, close_account],
    guards=[known_parameters],
    opt={UNCOUNTED: True},
    tags=["service keys"],
)
