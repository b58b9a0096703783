"""The REST way into the one write path: edits are submitted as mutations, a refusal becomes a problem."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.di import NamedDependency

from schemas.hlc import pack
from schemas.ids import uuid7
from schemas.mutations import Envelope, Mutation, encode_args, op_of
from schemas.problem import ErrorCode, FieldError
from schemas.protocol import MAX_EDITS, Outcome, OutcomeStatus
from server.auth.principal import Principal
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.problems import Refusal
from server.replication.push import submit
from server.rest.idempotency import Claim


class Writer:
    """One request's way into the write path: its transaction, its person, its moment."""

    def __init__(
        self, connection: Connection, principal: Principal, policies: Policies, now: datetime
    ) -> None:
        self._connection = connection
        self._principal = principal
        self._policies = policies
        self._now = now

    def new_id(self) -> UUID:
        """Return a fresh id of this moment."""
        return uuid7(self._now_ms(), os.urandom(10))

    async def write(
        self,
        record_id: UUID,
        mutations: Sequence[Mutation],
        *,
        claimed: Claim | None = None,
        seen: Mapping[str, int] | None = None,
    ) -> None:
        """Submit the edits of one request: all of them stand, or none.

        Args:
            claimed: the request's key; a repetition writes nothing.
            seen: path -> revision the author had in front of him.

        Raises:
            Refusal: the first edit that did not pass, by its code; the request's transaction ends with it.
        """
        if claimed is not None and claimed.repeated:
            return
        for outcome in await self.submit(record_id, mutations, claimed=claimed, seen=seen):
            raise_refused(outcome)

    async def submit(
        self,
        record_id: UUID,
        mutations: Sequence[Mutation],
        *,
        claimed: Claim | None = None,
        seen: Mapping[str, int] | None = None,
    ) -> list[Outcome]:
        """Submit the edits of one request and return what became of each.

        Raises:
            Refusal: INVALID, more than a tablet may push at once.
        """
        if len(mutations) > MAX_EDITS:
            raise Refusal(ErrorCode.INVALID, f"changes: {MAX_EDITS} at once")
        envelopes = [
            Envelope(
                seq=0,
                mutation_id=claimed.new_id(place) if claimed else self.new_id(),
                record_id=record_id,
                op=op_of(mutation),
                args=encode_args(mutation),
                base=dict(seen or {}),
                hlc=pack(self._now_ms(), place),
                policy_version=self._principal.policy_version,
            )
            for place, mutation in enumerate(mutations)
        ]
        return await submit(
            self._connection, self._principal, envelopes, now=self._now, policies=self._policies
        )

    def require_passed(self, outcome: Outcome) -> None:
        """Go on only with an edit that stands.

        Raises:
            Refusal: by the edit's code.
        """
        raise_refused(outcome)

    def _now_ms(self) -> int:
        return int(self._now.timestamp() * 1000)


async def provide_writer(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Writer:
    """Give a route its way into the write path."""
    return Writer(connection, principal, request.app.state.policies, datetime.now(UTC))


# What a verdict says by its code alone.
_RULES = {
    ErrorCode.FIELD_INVALID: "has entries: each is changed at a door of its own",
    ErrorCode.FIELD_READ_ONLY: "kept by the server",
    ErrorCode.FIELD_NOT_ALLOWED: "no field that your role may change",
}


def raise_refused(outcome: Outcome) -> None:
    """Let an edit that did not pass become a problem.

    Raises:
        Refusal: by the code of the verdict.
    """
    match outcome.came_to:
        case OutcomeStatus.APPLIED | OutcomeStatus.MERGED | OutcomeStatus.REDIRECTED:
            return
        case OutcomeStatus.CONFLICT:
            raise Refusal(ErrorCode.STALE, "somebody else changed this value meanwhile")
        case OutcomeStatus.ERASED:
            raise Refusal(ErrorCode.NOT_FOUND)
    code = ErrorCode(outcome.code or ErrorCode.INVALID)
    if code == ErrorCode.CUSTOMER_OUT_OF_SCOPE:
        code = ErrorCode.NOT_FOUND
    field, rule = outcome.detail.get("field"), outcome.detail.get("rule") or _RULES.get(code, "")
    errors = (FieldError(pointer=f"/{field}", detail=rule),) if field else ()
    raise Refusal(code, errors=errors)
