"""Doors to what was promised to a customer: her tasks, appointments and cases, and lists over customers."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Router, get, patch, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter

from schemas.problem import ErrorCode
from schemas.promise import Appointment, Case, Task
from schemas.record import Struct
from schemas.states import APPOINTMENTS, CASES, TASKS, Machine
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.customers.queries import read_profile, revisions
from server.database.pool import Connection
from server.problems import Refusal
from server.promises import forms
from server.promises.queries import FIRST, Listed, list_open, things_in
from server.rest.access import provide_lens, require_known, require_reachable, require_readable
from server.rest.idempotency import Claim, IdempotencyKey, claim
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, Word, known_parameters
from server.rest.writing import Writer, provide_writer
from server.scope import AS_CALLER, customer_scopes

MINE = "me"

Day = Annotated[str | None, QueryParameter(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Tasks(Struct):
    """A customer's tasks by id, the latest first."""

    data: dict[str, Task]


class Appointments(Struct):
    """A customer's appointments by id, the latest first."""

    data: dict[str, Appointment]


class Cases(Struct):
    """A customer's cases by id, the latest first."""

    data: dict[str, Case]


@get("/customers/{customer_id:uuid}/tasks", opt={AS_CALLER: True})
async def read_tasks(
    customer_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Tasks:
    """What was promised to her, and what became of it."""
    return Tasks(data=await _read(connection, principal, lens, customer_id, TASKS))


@post("/customers/{customer_id:uuid}/tasks", status_code=201)
async def make_task(
    customer_id: FromPath[UUID],
    data: JSONBody[forms.NewTask],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
    idempotency_key: IdempotencyKey = None,
) -> Tasks:
    """Promise her something."""
    require_known(kind=data.kind)
    claimed = await claim(connection, principal, request, idempotency_key)
    await _begin(connection, principal, writer, claimed, customer_id, data)
    return Tasks(data=await _things(connection, principal, lens, customer_id, TASKS))


@patch("/customers/{customer_id:uuid}/tasks/{task_id:uuid}")
async def move_task(
    customer_id: FromPath[UUID],
    task_id: FromPath[UUID],
    data: JSONBody[forms.TaskMove],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
) -> Tasks:
    """Say that a task is done, called off, taken up again, put off, or somebody else's."""
    await _move(connection, principal, lens, writer, customer_id, task_id, TASKS, data)
    return Tasks(data=await _things(connection, principal, lens, customer_id, TASKS))


@get("/customers/{customer_id:uuid}/appointments", opt={AS_CALLER: True})
async def read_appointments(
    customer_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Appointments:
    """When she comes, and when she came."""
    return Appointments(data=await _read(connection, principal, lens, customer_id, APPOINTMENTS))


@post("/customers/{customer_id:uuid}/appointments", status_code=201)
async def book_appointment(
    customer_id: FromPath[UUID],
    data: JSONBody[forms.NewAppointment],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
    idempotency_key: IdempotencyKey = None,
) -> Appointments:
    """Make an appointment with her."""
    require_known(kind=data.kind)
    claimed = await claim(connection, principal, request, idempotency_key)
    await _begin(connection, principal, writer, claimed, customer_id, data)
    return Appointments(data=await _things(connection, principal, lens, customer_id, APPOINTMENTS))


@patch("/customers/{customer_id:uuid}/appointments/{appointment_id:uuid}")
async def move_appointment(
    customer_id: FromPath[UUID],
    appointment_id: FromPath[UUID],
    data: JSONBody[forms.AppointmentMove],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
) -> Appointments:
    """Say that an appointment was kept, missed or called off, or is at another time or with another."""
    await _move(connection, principal, lens, writer, customer_id, appointment_id, APPOINTMENTS, data)
    return Appointments(data=await _things(connection, principal, lens, customer_id, APPOINTMENTS))


@get("/customers/{customer_id:uuid}/cases", opt={AS_CALLER: True})
async def read_cases(
    customer_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Cases:
    """Complaints, repairs and questions, and where they stand."""
    return Cases(data=await _read(connection, principal, lens, customer_id, CASES))


@post("/customers/{customer_id:uuid}/cases", status_code=201)
async def open_case(
    customer_id: FromPath[UUID],
    data: JSONBody[forms.NewCase],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
    idempotency_key: IdempotencyKey = None,
) -> Cases:
    """Open a case for her."""
    require_known(kind=data.kind)
    claimed = await claim(connection, principal, request, idempotency_key)
    await _begin(connection, principal, writer, claimed, customer_id, data)
    return Cases(data=await _things(connection, principal, lens, customer_id, CASES))


@patch("/customers/{customer_id:uuid}/cases/{case_id:uuid}")
async def move_case(
    customer_id: FromPath[UUID],
    case_id: FromPath[UUID],
    data: JSONBody[forms.CaseMove],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    writer: NamedDependency[Writer],
) -> Cases:
    """Say where a case stands, by when it is to be solved, or by whom."""
    await _move(connection, principal, lens, writer, customer_id, case_id, CASES, data)
    return Cases(data=await _things(connection, principal, lens, customer_id, CASES))


@get("/follow-ups", opt={QUERY: ("owner", "until", "cursor", "limit"), AS_CALLER: True})
async def list_follow_ups(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    owner: Word = None,
    until: Day = None,
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[Listed]:
    """Tasks and appointments that are still ahead, over all customers within reach, by day.

    ``owner`` is an associate's id, or ``me``: one's own, and those of whoever one stands in for. ``until`` is
    the last day looked at.
    """
    fields = (TASKS.field, APPOINTMENTS.field)
    return await _listed(request, connection, principal, lens, fields, owner, until, cursor, limit)


@get("/cases", opt={QUERY: ("owner", "until", "cursor", "limit"), AS_CALLER: True})
async def list_cases(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
    owner: Word = None,
    until: Day = None,
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[Listed]:
    """Cases that are not solved, over all customers within reach, by the day they are to be solved."""
    fields = (CASES.field,)
    return await _listed(request, connection, principal, lens, fields, owner, until, cursor, limit)


async def _read(
    connection: Connection, principal: Principal, lens: Lens, customer_id: UUID, machine: Machine
) -> Any:
    require_readable(lens, machine.field)
    things = await _things(connection, principal, lens, customer_id, machine)
    await chain.append(
        connection,
        principal,
        f"customer.{machine.field}_read",
        subject_kind="customer",
        subject_id=customer_id,
    )
    return things


async def _things(
    connection: Connection, principal: Principal, lens: Lens, customer_id: UUID, machine: Machine
) -> Any:
    fields = await read_profile(connection, customer_id, scopes=customer_scopes(principal), lens=lens)
    if fields is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return things_in(fields, machine.field)


async def _begin(
    connection: Connection,
    principal: Principal,
    writer: Writer,
    claimed: Claim,
    customer_id: UUID,
    data: forms.Beginning,
) -> None:
    await require_reachable(connection, principal, customer_id)
    await writer.write(customer_id, [data.edit(claimed.new_id())], claimed=claimed)


async def _move(
    connection: Connection,
    principal: Principal,
    lens: Lens,
    writer: Writer,
    customer_id: UUID,
    key: UUID,
    machine: Machine,
    data: forms.Moving,
) -> None:
    if data.state is not None:
        require_known(state=data.state)
    require_readable(lens, machine.field)
    things = await _things(connection, principal, lens, customer_id, machine)
    if str(key) not in things:
        raise Refusal(ErrorCode.NOT_FOUND)
    seen = await revisions(connection, customer_id)
    await writer.write(customer_id, [data.edit(key)], seen=seen)


async def _listed(
    request: Request[Any, Any, Any],
    connection: Connection,
    principal: Principal,
    lens: Lens,
    fields: tuple[str, ...],
    owner: str | None,
    until: str | None,
    cursor: str | None,
    limit: int,
) -> Page[Listed]:
    require_readable(lens, *fields)
    whose: tuple[str, ...] | None = (owner,) if owner is not None else None
    if owner == MINE:
        whose = tuple(str(each) for each in (principal.associate_id, *principal.stands_in_for))
    listing = Listing.asked(request, principal, cursor, limit, "promises", *fields, owner, until)
    rows = await list_open(
        connection,
        fields=[field for field in fields if lens.reads(field)],
        owners=whose,
        until=until,
        scopes=customer_scopes(principal),
        lens=lens,
        after=listing.after(tuple[str, UUID]) or FIRST,
        limit=listing.rows,
    )
    page = listing.page(rows, lambda row: (row.day, row.id))
    subjects: list[tuple[UUID | None, Mapping[str, Any]]] = [
        (customer_id, {}) for customer_id in sorted({each.customer_id for each in page.data})
    ]
    await chain.append_many(connection, principal, "customer.promises_listed", "customer", subjects)
    return page


router = Router(
    "/v1",
    route_handlers=[
        read_tasks,
        make_task,
        move_task,
        read_appointments,
        book_appointment,
        move_appointment,
        read_cases,
        open_case,
        move_case,
        list_follow_ups,
        list_cases,
    ],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens), "writer": Provide(provide_writer)},
    tags=["promises"],
)
