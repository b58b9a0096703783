"""The REST way into the one write path: edits are submitted as mutations, a refusal becomes a problem."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from schemas.hlc import pack
from schemas.ids import uuid7
from schemas.mutations import Envelope, Mutation, encode_args, op_of
from schemas.problem import ErrorCode, FieldError
from schemas.protocol import Outcome, OutcomeStatus
from server.auth.principal import Principal
from server.database.pool import Connection
from server.problems import Refusal
from server.replication.push import submit
from server.rest.idempotency import Claim


async def write(
    connection: Connection,
    principal: Principal,
    record_id: UUID,
    mutations: Sequence[Mutation],
    *,
    now: datetime,
    claimed: Claim | None = None,
    seen: Mapping[str, int] | None = None,
) -> list[Outcome]:
    """Submit the edits of one request: all of them stand, or none.

    Args:
        seen: path -> revision the author had in front of him.

    Raises:
        Refusal: the first edit that did not pass, by its code. The caller's transaction must end with it.
    """
    wall_ms = int(now.timestamp() * 1000)
    envelopes = [
        Envelope(
            seq=0,
            mutation_id=claimed.mutation_id(place) if claimed else new_id(now),
            record_id=record_id,
            op=op_of(mutation),
            args=encode_args(mutation),
            base=dict(seen or {}),
            hlc=pack(wall_ms, place),
            policy_version=principal.policy_version,
        )
        for place, mutation in enumerate(mutations)
    ]
    outcomes = await submit(connection, principal, envelopes, now=now)
    for outcome in outcomes:
        _raise_refused(outcome)
    return outcomes


def new_id(now: datetime) -> UUID:
    """Return a fresh id of this moment."""
    return uuid7(int(now.timestamp() * 1000), os.urandom(10))


def _raise_refused(outcome: Outcome) -> None:
    match outcome.status:
        case (
            OutcomeStatus.APPLIED | OutcomeStatus.MERGED | OutcomeStatus.DUPLICATE | OutcomeStatus.REDIRECTED
        ):
            return
        case OutcomeStatus.CONFLICT:
            raise Refusal(ErrorCode.STALE, "somebody else changed this value meanwhile")
        case OutcomeStatus.ERASED:
            raise Refusal(ErrorCode.NOT_FOUND)
    code = ErrorCode(outcome.code or ErrorCode.INVALID)
    if code == ErrorCode.CUSTOMER_OUT_OF_SCOPE:
        code = ErrorCode.NOT_FOUND
    field, rule = outcome.detail.get("field"), outcome.detail.get("rule", "")
    errors = (FieldError(pointer=f"/{field}", detail=rule),) if field else ()
    raise Refusal(code, errors=errors)
