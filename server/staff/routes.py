"""Doors to who works here: the list, and another role or other stores for somebody, at once."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, patch
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import Role
from server.auth.principal import Principal, display_name
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.access import require_known
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, Word, known_parameters
from server.staff.accounts import AccountRefused, Moved, move

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class Member(Struct, omit_defaults=True):
    """One who works here; no sign-in facts."""

    associate_id: UUID
    code: str
    display_name: str
    role: Role
    active: bool
    stores: tuple[str, ...] = ()
    zone: str | None = None


class Move(Struct, forbid_unknown_fields=True):
    """What changes; what is not named stays."""

    role: Role | None = None
    stores: Annotated[tuple[Code, ...], msgspec.Meta(max_length=200)] | None = None
    zone: Code | None = None


@get("/staff", opt={QUERY: ("store", "cursor", "limit")})
async def list_staff(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    store: Word = None,
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[Member]:
    """Everybody of the brand, by code; for the administrator."""
    _require_administrator(principal)
    listing = Listing.asked(request, principal, cursor, limit, "staff", store)
    place = listing.after(tuple[str])
    rows = await connection.fetch(
        f"""
        {_MEMBERS} where brand = $1 and ($2::text is null or $2 = any(stores)) and code > $3
        order by code limit $4
        """,
        principal.brand,
        store,
        place[0] if place else "",
        listing.rows,
    )
    found = [_member(dict(row)) for row in rows]
    return listing.page(found, lambda row: (row.code,))


@patch("/staff/{associate_id:uuid}")
async def move_member(
    associate_id: FromPath[UUID],
    data: JSONBody[Move],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Member:
    """Another role, other stores or another zone, from the next request on. Nobody moves himself."""
    _require_administrator(principal)
    if data.role is not None:
        require_known(role=data.role)
    row = await connection.fetchrow(
        f"{_MEMBERS} where id = $1 and brand = $2 and active", associate_id, principal.brand
    )
    if row is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    if associate_id == principal.associate_id:
        raise Refusal(ErrorCode.NOT_ALLOWED, "somebody else has to do this")
    try:
        moved = Moved(role=data.role, stores=data.stores, zone=data.zone)
        await move(connection, row["code"], moved, by=principal)
    except AccountRefused as refused:
        raise Refusal(ErrorCode.INVALID, "this role needs a store or a zone of the brand") from refused
    row = await connection.fetchrow(f"{_MEMBERS} where id = $1", associate_id)
    assert row is not None
    return _member(dict(row))


_MEMBERS = """
select id as associate_id, code, given_name, family_name, role, active, stores, zone from associate"""


def _member(row: dict[str, Any]) -> Member:
    return Member(
        associate_id=row["associate_id"],
        code=row["code"],
        display_name=display_name(row["given_name"], row["family_name"]),
        role=Role(row["role"]),
        active=row["active"],
        stores=tuple(row["stores"]),
        zone=row["zone"],
    )


def _require_administrator(principal: Principal) -> None:
    if principal.role is not Role.ADMINISTRATOR:
        raise Refusal(ErrorCode.NOT_ALLOWED)


router = Router("/v1", route_handlers=[list_staff, move_member], guards=[known_parameters], tags=["staff"])
