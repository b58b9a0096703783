"""What every door to a customer asks first: what this person sees, and whether she is his to reach."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.di import NamedDependency

from schemas.problem import ErrorCode, FieldError
from schemas.visibility import Lens
from server.auth.principal import BRAND_ROLES, Principal
from server.database.pool import Connection
from server.database.reading import Reading
from server.policy.in_force import Policies
from server.problems import Refusal
from server.rule_words import one_of
from server.scope import reachable, standing_of


async def provide_lens(request: Request[Any, Any, Any], principal: NamedDependency[Principal]) -> Lens:
    """Give a route what the person asking may see and write."""
    policies: Policies = request.app.state.policies
    return await policies.lens(request.app.state.pool, principal)


@asynccontextmanager
async def lists_of(
    request: Request[Any, Any, Any], connection: Connection, principal: Principal
) -> AsyncIterator[Connection]:
    """Lend what a list is read on: for head office a standby that is as far as the primary, if there is one.

    Args:
        connection: the request's own; what was read is noted on it.
    """
    if principal.role not in BRAND_ROLES or principal.confined:
        yield connection
        return
    reading: Reading = request.app.state.reading
    async with reading.connection(connection, standing_of(principal)) as lent:
        yield lent


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
                FieldError(pointer=f"/{field}", detail=one_of(type(words[field]))) for field in unknown
            ),
        )


async def require_reachable(connection: Connection, principal: Principal, customer_id: UUID) -> None:
    """Refuse a customer who is unknown or somebody else's; the answer is the same.

    Raises:
        Refusal: NOT_FOUND.
    """
    if not await reachable(connection, principal, [customer_id]):
        raise Refusal(ErrorCode.NOT_FOUND)
