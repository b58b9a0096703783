"""Doors to who is away and who stands in for him meanwhile."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from schemas.mutations import DeclareAbsence
from schemas.problem import ErrorCode
from schemas.record import IsoDate, Struct
from schemas.staff import Absence, absence_record
from server.auth.principal import Principal
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.paging import known_parameters
from server.rest.writing import Writer, provide_writer
from server.staff.absences import absence_of, absences_ahead


class Absences(Struct):
    """Who is away, or will be, the first to go first."""

    data: list[Absence]


class Declaration(Struct, forbid_unknown_fields=True):
    """Who is away from when to when, both days included, and who keeps his customers meanwhile."""

    associate_id: UUID
    first_day: IsoDate
    last_day: IsoDate
    stand_in: Annotated[UUID | None, msgspec.Meta(description="a colleague of one of the same stores")] = None
    cancelled: bool = False


@get("/absences")
async def list_absences(
    connection: NamedDependency[Connection], principal: NamedDependency[Principal]
) -> Absences:
    """Who of one's own stores is away today or will be."""
    today = datetime.now(UTC).date()
    return Absences(data=await absences_ahead(connection, principal, today=today))


@put("/absences/{absence_id:uuid}")
async def declare_absence(
    absence_id: FromPath[UUID],
    data: JSONBody[Declaration],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    writer: NamedDependency[Writer],
) -> Absence:
    """Say that somebody is away, or say it anew: other days, another colleague, or not at all.

    Everybody says so of himself, a manager of those who work in his stores. While it lasts, whoever stands in
    reaches the book of the absent one; nothing is moved, and it ends by itself.
    """
    absence = Absence(absence_id=absence_id, **msgspec.structs.asdict(data))
    await writer.write(absence_record(absence_id), [DeclareAbsence(absence=absence)])
    said = await absence_of(connection, absence_id, principal)
    if said is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return said


router = Router(
    "/v1",
    route_handlers=[list_absences, declare_absence],
    guards=[known_parameters],
    dependencies={"writer": Provide(provide_writer)},
    tags=["staff"],
)
