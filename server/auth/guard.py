"""Every route asks for a sign-in, save those that say they are public."""

import time
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from schemas.problem import ErrorCode
from server.auth.access_token import KeyRing
from server.auth.principal import Principal, principal_of
from server.database.pool import Pool
from server.problems import Refusal

PUBLIC = "public"  # a route's opt: nobody needs to be signed in


async def require_sign_in(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Find out who is asking, before anything else of a request is read.

    Raises:
        Refusal: NOT_SIGNED_IN, TOKEN_EXPIRED or DEVICE_REVOKED.
    """
    if handler.opt.get(PUBLIC):
        return
    keys: KeyRing = connection.app.state.key_ring
    pool: Pool = connection.app.state.pool
    claims = await keys.verify(bearer_of(connection), now=int(time.time()))
    connection.scope["user"] = await principal_of(pool, claims)


def current_principal(connection: ASGIConnection[Any, Any, Any, Any]) -> Principal:
    """Return who is asking; only on routes that are not public."""
    principal: Principal = connection.scope["user"]
    return principal


def bearer_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the token that the header presents.

    Raises:
        Refusal: NOT_SIGNED_IN when there is none, or more than one.
    """
    values = connection.headers.getall("authorization", [])
    if len(values) != 1:
        raise Refusal(ErrorCode.NOT_SIGNED_IN)
    scheme, _, token = values[0].partition(" ")
    if scheme.casefold() != "bearer" or not token:
        raise Refusal(ErrorCode.NOT_SIGNED_IN)
    return token
