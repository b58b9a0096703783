"""Limits of processing: a restriction or an objection, from when it is asked for until it is lifted."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from schemas.consent import Limit
from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.visibility import FieldGroup
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.problems import Refusal
from server.purchases.ledger import draw_facts
from server.replication import publishing
from server.replication.workspace import CustomerState, installed
from server.scope import reachable


class LimitLine(Struct, omit_defaults=True):
    """One limit, standing or lifted."""

    id: UUID
    kind: Limit
    reason: str
    at: datetime
    asked_by: UUID
    lifted_at: datetime | None = None
    lifted_by: UUID | None = None


async def limit(
    connection: Connection,
    principal: Principal,
    customer_id: UUID,
    *,
    kind: Limit,
    reason: str,
    now: datetime,
    groups: Sequence[FieldGroup],
) -> UUID:
    """Limit what is done with a customer's data from now on; return the limit's id. Asking twice is one.

    Raises:
        Refusal: NOT_FOUND.
    """
    state = await _locked(connection, principal, customer_id)
    standing: UUID | None = await connection.fetchval(
        "select id from processing_limit where customer_id = $1 and kind = $2 and lifted_at is null limit 1",
        state.customer_id,
        kind.value,
    )
    if standing is not None:
        return standing
    limit_id = uuid4()
    await connection.execute(
        """
        insert into processing_limit (id, customer_id, kind, reason, asked_by, via)
        values ($1, $2, $3, $4, $5, $6)
        """,
        limit_id,
        state.customer_id,
        kind.value,
        reason,
        principal.associate_id,
        customer_id if customer_id != state.customer_id else None,
    )
    await _publish(connection, state, groups, now)
    await chain.append(
        connection,
        principal,
        "customer.limited",
        subject_kind="customer",
        subject_id=state.customer_id,
        facts={"kind": kind.value},
    )
    return limit_id


async def lift(
    connection: Connection,
    principal: Principal,
    limit_id: UUID,
    *,
    now: datetime,
    groups: Sequence[FieldGroup],
) -> UUID:
    """Lift a limit and return whose it was. Lifting twice is one.

    Raises:
        Refusal: NOT_FOUND.
    """
    owner: UUID | None = await connection.fetchval(
        "select customer_id from processing_limit where id = $1", limit_id
    )
    if owner is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    state = await _locked(connection, principal, owner)
    lifted = await connection.fetchval(
        """
        update processing_limit set lifted_at = $2, lifted_by = $3
        where id = $1 and lifted_at is null returning kind
        """,
        limit_id,
        now,
        principal.associate_id,
    )
    if lifted is not None:
        await _publish(connection, state, groups, now)
        await chain.append(
            connection,
            principal,
            "customer.limit_lifted",
            subject_kind="customer",
            subject_id=state.customer_id,
            facts={"kind": lifted},
        )
    return state.customer_id


async def limits_of(connection: Connection, customer_id: UUID) -> list[LimitLine]:
    """Return the limits of a customer, latest first."""
    rows = await connection.fetch(
        """
        select id, kind, reason, created_at, asked_by, lifted_at, lifted_by from processing_limit
        where customer_id = $1 order by created_at desc, id limit 200
        """,
        customer_id,
    )
    return [
        LimitLine(
            id=row["id"],
            kind=Limit(row["kind"]),
            reason=row["reason"],
            at=row["created_at"],
            asked_by=row["asked_by"],
            lifted_at=row["lifted_at"],
            lifted_by=row["lifted_by"],
        )
        for row in rows
    ]


async def draw_limits(connection: Connection, states: Sequence[CustomerState], now_ms: int) -> None:
    """Put into customers the limits that stand."""
    rows = await connection.fetch(
        """
        select customer_id, kind, (extract(epoch from min(created_at)) * 1000)::bigint as since
        from processing_limit where customer_id = any($1) and lifted_at is null group by customer_id, kind
        """,
        [state.customer_id for state in states],
    )
    for state in states:
        standing = {row["kind"]: row["since"] for row in rows if row["customer_id"] == state.customer_id}
        state.derive({"limits": standing})


async def _locked(connection: Connection, principal: Principal, customer_id: UUID) -> CustomerState:
    wanted = customer_id
    for _ in range(3):
        state = (await installed().load_customers(connection, [wanted])).get(wanted)
        if state is None or not await reachable(connection, principal, [state.alias_of or wanted]):
            break
        if state.alias_of is None:
            return state
        wanted = state.alias_of
    raise Refusal(ErrorCode.NOT_FOUND)


async def _publish(
    connection: Connection, state: CustomerState, groups: Sequence[FieldGroup], now: datetime
) -> None:
    """What is worked out of her is drawn anew: it ends with an objection, and comes back after."""
    now_ms = int(now.timestamp() * 1000)
    await draw_limits(connection, [state], now_ms)
    await draw_facts(connection, [state], now_ms)
    if state.changed:
        await installed().save_customers(connection, [state])
        await publishing.publish_customers(connection, [state], groups)
