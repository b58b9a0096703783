"""What every door to a customer asks first: what this person sees, and whether she is his to reach."""

from enum import Enum
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.di import NamedDependency

from schemas.problem import ErrorCode, FieldError
from schemas.visibility import Lens
from server.auth.principal import Principal
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.problems import Refusal
from server.scope import reachable


async def provide_lens(request: Request[Any, Any, Any], principal: NamedDependency[Principal]) -> Lens:
    """Give a route what the person asking may see and write."""
    policies: Policies = request.app.state.policies
    return await policies.lens(request.app.state.pool, principal)


def require_readable(lens: Lens, *fields: str) -> None:
    """Refuse a door behind which a role sees nothing, whoever is asked about.

    Raises:
        Refusal: NOT_ALLOWED when none of the fields may be read.
    """
    if not any(lens.reads(field) for field in fields):
        raise Refusal(ErrorCode.NOT_ALLOWED)


def require_known(**words: Enum) -> None:
    """Refuse a word of an open list that this server does not know: a person at a door means what he says.

    Raises:
        Refusal: INVALID, naming the fields.
    """
    unknown = [field for field, word in words.items() if word not in list(type(word))]
    if unknown:
        raise Refusal(
            ErrorCode.INVALID,
            errors=tuple(
                FieldError(pointer=f"/{field}", detail="not one of the allowed values") for field in unknown
            ),
        )


async def require_reachable(connection: Connection, principal: Principal, customer_id: UUID) -> None:
    """Refuse a customer who is unknown or somebody else's; the answer is the same.

    Raises:
        Refusal: NOT_FOUND.
    """
    if not await reachable(connection, principal, [customer_id]):
        raise Refusal(ErrorCode.NOT_FOUND)
