"""The door to a masked value in clear: one value, one reason, one minute, written down."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from litestar import Request, Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from schemas.customer import FIELDS
from schemas.mutations import FieldName, RevealReason
from schemas.problem import ErrorCode, FieldError
from schemas.record import Struct
from schemas.visibility import Lens, Level, field_groups
from server.auth.principal import Principal
from server.customers.queries import read_in_clear
from server.customers.reveals import keep_reveal
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.access import provide_lens
from server.rest.paging import known_parameters
from server.scope import customer_scopes

READABLE_FOR = timedelta(seconds=60)
MOST_AN_HOUR = 30  # by one person; head office sees who comes near


class Reveal(Struct, forbid_unknown_fields=True):
    """Which value, and why: ``call_her``, ``deliver_to_her``, ``make_sure_it_is_her``, or own words."""

    field: FieldName
    reason: RevealReason


class Revealed(Struct):
    """A value in clear. Whoever shows it hides it again when its time is over, and keeps it nowhere."""

    field: str
    value: Any
    until: int  # wall milliseconds UTC


@post("/customers/{customer_id:uuid}/reveal", status_code=200)
async def reveal(
    customer_id: FromPath[UUID],
    data: JSONBody[Reveal],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Revealed:
    """Show a value that this role sees masked, for sixty seconds. Who, what, when and why is written down."""
    if data.field not in FIELDS:
        raise Refusal(ErrorCode.INVALID, errors=(FieldError(pointer="/field", detail="no such field"),))
    level = lens.levels.get(data.field, Level.HIDDEN)
    if level is Level.HIDDEN:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    if level is not Level.MASKED:
        raise Refusal(ErrorCode.PRECONDITION, "this value is readable as it is")
    policy = await request.app.state.policies.version(connection, principal.policy_version)
    group = next(group.key for group in field_groups(policy) if data.field in group.fields)
    scopes = customer_scopes(principal)
    reachable, value = await read_in_clear(connection, customer_id, data.field, group=group, scopes=scopes)
    if not reachable:
        raise Refusal(ErrorCode.NOT_FOUND)
    now = datetime.now(UTC)
    await _count(connection, principal, now)
    await keep_reveal(
        connection,
        principal,
        customer_id,
        reveal_id=uuid4(),
        field=data.field,
        reason=data.reason,
        at=now,
    )
    return Revealed(field=data.field, value=value, until=int((now + READABLE_FOR).timestamp() * 1000))


async def _count(connection: Connection, principal: Principal, now: datetime) -> None:
    """Refuse whoever asks more often than a day's work needs.

    Raises:
        Refusal: RATE_LIMITED.
    """
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"reveal {principal.associate_id}"
    )
    lately = await connection.fetchval(
        "select count(*) from reveal where associate_id = $1 and created_at > $2",
        principal.associate_id,
        now - timedelta(hours=1),
    )
    if lately >= MOST_AN_HOUR:
        raise Refusal(ErrorCode.RATE_LIMITED, retry_after_s=600)


router = Router(
    "/v1",
    route_handlers=[reveal],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens)},
    tags=["customers"],
)
