"""What people ask for by right: by when they are owed an answer, what was done, and what they were told.

Source: GDPR article 12(3) and (4): one month from receipt; two more where it is complex or there are many,
and she is told of it, with the reason, within the first month; a refusal says why, and where to complain.
"""

import calendar
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from schemas.problem import ErrorCode
from schemas.record import OpenEnum, Struct
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.problems import Refusal
from server.scope import reachable

MONTHS_TO_ANSWER: Final = 1
MOST_MONTHS_MORE: Final = 2


class CaseKind(OpenEnum):
    """What she asks for."""

    ACCESS = "access"  # GDPR 15
    PORTABILITY = "portability"  # 20
    RECTIFICATION = "rectification"  # 16
    ERASURE = "erasure"  # 17
    RESTRICTION = "restriction"  # 18
    OBJECTION = "objection"  # 21


# What must have been done before she is told that it was. An objection may end in her consents alone.
DONE_BY: Final[Mapping[CaseKind, str]] = {
    CaseKind.ACCESS: "file",
    CaseKind.PORTABILITY: "file",
    CaseKind.RECTIFICATION: "rectified",
    CaseKind.ERASURE: "erased",
    CaseKind.RESTRICTION: "limited",
}


class WhyLonger(StrEnum):
    """The reasons the law knows for taking longer."""

    COMPLEX = "complex"
    MANY = "many_requests"


class Outcome(StrEnum):
    """What the answer is."""

    DONE = "done"
    PARTLY = "partly"
    REFUSED = "refused"


class WhyNot(StrEnum):
    """Why not all that was asked was done."""

    NOT_IDENTIFIED = "not_identified"
    UNFOUNDED = "manifestly_unfounded"
    EXCESSIVE = "excessive"
    RIGHTS_OF_OTHERS = "rights_of_others"
    LEGAL_OBLIGATION = "legal_obligation"  # books that the law makes us keep
    LEGAL_CLAIMS = "legal_claims"


class Case(Struct, omit_defaults=True):
    """One request of a person, and where it stands."""

    id: UUID
    customer_id: UUID
    kind: CaseKind
    received_on: date
    due_on: date
    opened_by: UUID
    days_left: int  # below zero it is overdue; of an answered one, on the day of the answer
    extended_by: int | None = None
    extension_reason: str | None = None
    outcome: str | None = None
    outcome_reason: str | None = None
    facts: tuple[tuple[str, str], ...] = ()  # what was done, and about what
    answered_at: datetime | None = None
    answered_by: UUID | None = None


Which = Literal["open", "overdue", "answered"]
_ROWS = """
select id, customer_id, kind, received_on, due_on, extended_by, extension_reason, outcome, outcome_reason,
       facts, opened_by, answered_by, answered_at from privacy_case
"""


def months_later(day: date, months: int) -> date:
    """Return the same day so many months on; the last of the month where that one is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))


async def open_case(
    connection: Connection,
    principal: Principal,
    customer_id: UUID,
    *,
    kind: CaseKind,
    received_on: date,
    today: date,
) -> Case:
    """Note that somebody asks for something by right.

    Raises:
        Refusal: NOT_FOUND; INVALID for a day that is still to come, or longer ago than a year.
    """
    root = await connection.fetchval("select coalesce(alias_of, id) from customer where id = $1", customer_id)
    if root is None or not await reachable(connection, principal, [root]):
        raise Refusal(ErrorCode.NOT_FOUND)
    if not 0 <= (today - received_on).days <= 366:
        raise Refusal(ErrorCode.INVALID, "received_on: today, or a day of the last year")
    case_id = uuid4()
    await connection.execute(
        """
        insert into privacy_case (id, customer_id, brand, kind, received_on, due_on, opened_by)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        case_id,
        root,
        principal.brand,
        kind.value,
        received_on,
        months_later(received_on, MONTHS_TO_ANSWER),
        principal.associate_id,
    )
    await chain.append(
        connection,
        principal,
        "privacy.case_opened",
        subject_kind="customer",
        subject_id=root,
        facts={"case": str(case_id), "kind": kind.value},
    )
    return await read_case(connection, principal, case_id, today=today)


async def read_case(connection: Connection, principal: Principal, case_id: UUID, *, today: date) -> Case:
    """Return a case of the principal's brand.

    Raises:
        Refusal: NOT_FOUND.
    """
    row = await connection.fetchrow(f"{_ROWS} where id = $1 and brand = $2", case_id, principal.brand)
    if row is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return _case(row, today)


async def list_cases(
    connection: Connection,
    principal: Principal,
    which: Which,
    *,
    today: date,
    after: tuple[date, UUID] | None = None,
    limit: int,
) -> list[Case]:
    """Return cases of the principal's brand, the soonest due first, after a place in that order."""
    conditions = {
        "open": "outcome is null and $5::date is not null",
        "overdue": "outcome is null and due_on < $5",
        "answered": "outcome is not null and $5::date is not null",
    }
    rows = await connection.fetch(
        f"{_ROWS} where brand = $1 and (due_on, id) > ($2, $3) and {conditions[which]}"
        " order by due_on, id limit $4",
        principal.brand,
        *(after or (date.min, UUID(int=0))),
        limit,
        today,
    )
    return [_case(row, today) for row in rows]


async def extend(
    connection: Connection,
    principal: Principal,
    case_id: UUID,
    *,
    months: int,
    reason: WhyLonger,
    today: date,
) -> Case:
    """Take longer, once, before the first month is over; she has to be told within it.

    Raises:
        Refusal: NOT_FOUND; PRECONDITION after that month, and when it was extended or answered.
    """
    case = await _open(connection, principal, case_id, today)
    if case.extended_by is not None:
        raise Refusal(ErrorCode.PRECONDITION, "extended already")
    if case.days_left < 0:
        raise Refusal(
            ErrorCode.PRECONDITION, "the month is over; more time is told to her within it: answer her now"
        )
    if not 1 <= months <= MOST_MONTHS_MORE:
        raise Refusal(ErrorCode.INVALID, f"months: from 1 to {MOST_MONTHS_MORE}")
    await connection.execute(
        "update privacy_case set extended_by = $2, extension_reason = $3, due_on = $4 where id = $1",
        case_id,
        months,
        reason.value,
        months_later(case.received_on, MONTHS_TO_ANSWER + months),
    )
    await _note(connection, principal, case, "privacy.case_extended", months=months, reason=reason.value)
    return await read_case(connection, principal, case_id, today=today)


async def answer(
    connection: Connection,
    principal: Principal,
    case_id: UUID,
    *,
    outcome: Outcome,
    reason: WhyNot | None,
    now: datetime,
) -> Case:
    """Close a case with its answer. What was not done, or not all, needs a reason.

    Raises:
        Refusal: NOT_FOUND; PRECONDITION when it was answered, or when nothing was done for it that is said
            to be; INVALID without the reason it needs.
    """
    case = await _open(connection, principal, case_id, now.date())
    if (outcome is Outcome.DONE) != (reason is None):
        raise Refusal(ErrorCode.INVALID, "reason: of what was not done, and of nothing else")
    done = DONE_BY.get(case.kind)
    if outcome is not Outcome.REFUSED and done is not None and done not in dict(case.facts):
        raise Refusal(ErrorCode.PRECONDITION, "nothing was done for it yet: name the case where you do it")
    await connection.execute(
        """
        update privacy_case set outcome = $2, outcome_reason = $3, answered_by = $4, answered_at = $5
        where id = $1
        """,
        case_id,
        outcome.value,
        reason.value if reason else None,
        principal.associate_id,
        now,
    )
    await _note(connection, principal, case, "privacy.case_answered", outcome=outcome.value)
    return await read_case(connection, principal, case_id, today=now.date())


async def note_done(
    connection: Connection, principal: Principal, case_id: UUID | None, what: str, about: str
) -> None:
    """Keep with a case what was done for it; None: it was done without one.

    Args:
        about: names of fields, a kind of limit, the number of a receipt; never a value.

    Raises:
        Refusal: NOT_FOUND; PRECONDITION when it is answered already.
    """
    if case_id is None:
        return
    await _open(connection, principal, case_id, date.max)
    await connection.execute(
        "update privacy_case set facts = facts || jsonb_build_array(jsonb_build_array($2::text, $3::text))"
        " where id = $1",
        case_id,
        what,
        about,
    )


async def _open(connection: Connection, principal: Principal, case_id: UUID, today: date) -> Case:
    await connection.execute("select from privacy_case where id = $1 for update", case_id)
    case = await read_case(connection, principal, case_id, today=today)
    if case.outcome is not None:
        raise Refusal(ErrorCode.PRECONDITION, "answered already")
    return case


async def _note(
    connection: Connection, principal: Principal, case: Case, action: str, **facts: str | int
) -> None:
    await chain.append(
        connection,
        principal,
        action,
        subject_kind="customer",
        subject_id=case.customer_id,
        facts={"case": str(case.id), **facts},
    )


def _case(row: Any, today: date) -> Case:
    until = row["answered_at"].date() if row["answered_at"] else today
    return Case(
        id=row["id"],
        customer_id=row["customer_id"],
        kind=CaseKind(row["kind"]),
        received_on=row["received_on"],
        due_on=row["due_on"],
        opened_by=row["opened_by"],
        days_left=(row["due_on"] - until).days,
        extended_by=row["extended_by"],
        extension_reason=row["extension_reason"],
        outcome=row["outcome"],
        outcome_reason=row["outcome_reason"],
        facts=tuple((what, about) for what, about in row["facts"]),
        answered_at=row["answered_at"],
        answered_by=row["answered_by"],
    )
