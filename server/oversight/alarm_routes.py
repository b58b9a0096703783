"""Doors to what watches over extraction: alarms to look at, and how much each role may read."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import ROLES, Role
from server.audit import chain
from server.auth.extraction import DEFAULT_CAPS, LEAST, UNCOUNTED, Cap
from server.auth.principal import Principal
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters

OF_THE_BRAND = (Role.PRIVACY_OFFICER, Role.ADMINISTRATOR)
OF_THEIR_STORES = (Role.STORE_MANAGER, Role.ZONE_MANAGER)

Most = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]


class Alarm(Struct, omit_defaults=True):
    """Something that somebody has to look at."""

    id: UUID
    at: datetime
    kind: str
    associate_id: UUID | None = None
    device_id: UUID | None = None
    stores: tuple[str, ...] = ()
    facts: dict[str, Any] = {}
    acknowledged_at: datetime | None = None
    acknowledged_by: UUID | None = None


class RoleCap(Struct):
    """How much a role may read; null: as much as it likes."""

    role: Role
    reads_per_hour: int | None
    people_per_day: int | None
    export_rows: int | None
    own: bool  # head office set it; else it is the one we ship


class Caps(Struct):
    """The caps of every role."""

    data: list[RoleCap]


class NewCap(Struct, forbid_unknown_fields=True):
    """The whole cap of a role; null: as much as it likes."""

    reads_per_hour: Most | None
    people_per_day: Most | None
    export_rows: Most | None


@get("/alarms", opt={QUERY: ("cursor", "limit")})
async def list_alarms(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[Alarm]:
    """What somebody has to look at, newest first: of the brand for the privacy officer and the
    administrator, of their stores for managers."""
    _require_watching(principal)
    listing = Listing.asked(request, principal, cursor, limit, "alarms")
    place = listing.after(tuple[datetime, UUID])
    rows = await connection.fetch(
        f"""
        select id, at, kind, associate_id, device_id, stores, facts, acknowledged_at, acknowledged_by
        from alarm where {_VISIBLE} and ($4::timestamptz is null or (at, id) < ($4, $5::uuid))
        order by at desc, id desc limit $6
        """,  # noqa: S608 (the text put in is ours)
        *_whose(principal),
        *(place or (None, None)),
        listing.rows,
    )
    found = [Alarm(**{**row, "stores": tuple(row["stores"])}) for row in rows]
    return listing.page(found, lambda row: (row.at, row.id))


@post("/alarms/{alarm_id:uuid}/acknowledge", status_code=200)
async def acknowledge(
    alarm_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Alarm:
    """Say that an alarm was looked at; the first to say so stays."""
    _require_watching(principal)
    row = await connection.fetchrow(
        f"""
        update alarm set acknowledged_at = coalesce(acknowledged_at, $4),
                         acknowledged_by = coalesce(acknowledged_by, $5)
        where {_VISIBLE} and id = $6
        returning id, at, kind, associate_id, device_id, stores, facts, acknowledged_at, acknowledged_by
        """,  # noqa: S608 (the text put in is ours)
        *_whose(principal),
        datetime.now(UTC),
        principal.associate_id,
        alarm_id,
    )
    if row is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await chain.append(connection, principal, "alarm.acknowledged", subject_kind="alarm", subject_id=alarm_id)
    return Alarm(**{**row, "stores": tuple(row["stores"])})


@get("/extraction-caps")
async def read_caps(connection: NamedDependency[Connection], principal: NamedDependency[Principal]) -> Caps:
    """How much each role may read: answers about people in an hour, people in a day, rows in an export."""
    if principal.role not in OF_THE_BRAND:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    return Caps(data=await _caps(connection))


@put("/extraction-caps/{role:str}")
async def set_cap(
    role: FromPath[str],
    data: JSONBody[NewCap],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Caps:
    """Set the cap of a role, from the next request on; for the privacy officer. Nobody sets his own."""
    if principal.role is not Role.PRIVACY_OFFICER:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    if role not in ROLES:
        raise Refusal(ErrorCode.NOT_FOUND)
    if role == principal.role:
        raise Refusal(ErrorCode.NOT_ALLOWED, "an operator sets this one at the console")
    await connection.execute(
        """
        insert into extraction_cap (role, reads_per_hour, people_per_day, export_rows, set_by)
        values ($1, $2, $3, $4, $5)
        on conflict (role) do update set reads_per_hour = excluded.reads_per_hour,
          people_per_day = excluded.people_per_day, export_rows = excluded.export_rows,
          set_by = excluded.set_by, set_at = now()
        """,
        role,
        data.reads_per_hour,
        data.people_per_day,
        data.export_rows,
        principal.associate_id,
    )
    facts = {"role": role, **msgspec.to_builtins(data)}
    await chain.append(connection, principal, "policy.cap_set", facts=facts)
    return Caps(data=await _caps(connection))


_VISIBLE = """(brand is null or brand = $1) and ($2::text[] is null or stores && $2)
          and associate_id is distinct from $3"""


def _whose(principal: Principal) -> tuple[str, list[str] | None, UUID | None]:
    """Return brand, stores and the person about whom nothing is told: nobody reads alarms about himself."""
    watching_all = principal.role in OF_THE_BRAND
    return principal.brand, None if watching_all else list(principal.stores), principal.associate_id


def _require_watching(principal: Principal) -> None:
    if principal.role not in (*OF_THE_BRAND, *OF_THEIR_STORES):
        raise Refusal(ErrorCode.NOT_ALLOWED)


async def _caps(connection: Connection) -> list[RoleCap]:
    rows = await connection.fetch(
        "select role, reads_per_hour, people_per_day, export_rows from extraction_cap"
    )
    own = {
        row["role"]: Cap(
            reads_per_hour=row["reads_per_hour"],
            people_per_day=row["people_per_day"],
            export_rows=row["export_rows"],
        )
        for row in rows
    }
    caps = {role: own.get(role.value, DEFAULT_CAPS.get(role, LEAST)) for role in ROLES}
    return [
        RoleCap(role=role, own=role.value in own, **msgspec.structs.asdict(cap)) for role, cap in caps.items()
    ]


router = Router(
    "/v1",
    route_handlers=[list_alarms, acknowledge, read_caps, set_cap],
    guards=[known_parameters],
    opt={UNCOUNTED: True},
    tags=["oversight"],
)
