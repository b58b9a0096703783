"""Every route asks for a sign-in, save those that say they are public."""

import time
from datetime import UTC, datetime
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from schemas.problem import ErrorCode
from server.audit.alarms import raise_alarm
from server.auth.access_token import Claims, KeyRing
from server.auth.extraction import UNCOUNTED, limits_near
from server.auth.principal import Principal
from server.auth.service_keys import ANY_SERVICE, MARK, may_use, service_of
from server.auth.throttle import Throttle
from server.database.pool import Pool
from server.database.together import Together
from server.problems import Refusal
from server.settings import Settings

PUBLIC = "public"  # a route's opt: nobody needs to be signed in


async def require_sign_in(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Find out who is asking, before anything else of a request is read.

    Raises:
        Refusal: NOT_SIGNED_IN, TOKEN_EXPIRED, DEVICE_REVOKED, EXTRACTION_CAPPED; of a service, NOT_ALLOWED.
    """
    if handler.opt.get(PUBLIC):
        return
    keys: KeyRing = connection.app.state.key_ring
    pool: Pool = connection.app.state.pool
    token = bearer_of(connection)
    if token.startswith(MARK):
        principal = await _service(connection, handler, token)
    else:
        claims = await keys.verify(token, now=int(time.time()))
        principal = await who_is(connection, claims)
    connection.scope["user"] = principal
    settings: Settings = connection.app.state.settings
    if settings.extraction_caps and not handler.opt.get(UNCOUNTED):
        await _hold_to_cap(pool, principal)


async def who_is(connection: ASGIConnection[Any, Any, Any, Any], claims: Claims) -> Principal:
    """Return who the bearer of a verified token is now. Those who ask at a moment share one statement.

    Raises:
        Refusal: NOT_SIGNED_IN, DEVICE_REVOKED.
    """
    introductions: Together[Claims, Principal | Refusal] = connection.app.state.introductions
    found = await introductions.ask(claims)
    if isinstance(found, Refusal):
        raise found
    return found


async def _service(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler, key: str
) -> Principal:
    """Return the service of a key, if this door is in its areas. False keys are counted per network."""
    throttle: Throttle = connection.app.state.throttle
    try:
        principal = await service_of(connection.app.state.pool, key)
    except Refusal:
        address = connection.client.host if connection.client else "unknown"
        await throttle.count(throttle.apart("keys", address))
        raise
    tags = handler.resolve_tags() if isinstance(handler, HTTPRouteHandler) else []
    method = str(connection.scope.get("method", ""))
    if not handler.opt.get(ANY_SERVICE) and not may_use(principal, tags=tags, method=method):
        raise Refusal(ErrorCode.NOT_ALLOWED)
    return principal


async def _hold_to_cap(pool: Pool, principal: Principal) -> None:
    """Refuse whoever has read as much as his role may, and tell those who watch over it, once.

    Raises:
        Refusal: EXTRACTION_CAPPED, with the seconds left.
    """
    now = datetime.now(UTC)
    near = limits_near(principal.drawn, principal.cap, now=now)
    for limit in near:
        words = "reached" if limit.reached else "near"
        await raise_alarm(
            pool,
            f"extraction_{words}",
            once=f"{principal.associate_id} {limit.kind} {limit.window.isoformat()}",
            brand=principal.brand,
            associate_id=principal.associate_id,
            device_id=principal.device_id,
            stores=principal.stores,
            facts={"limit": limit.kind, "drawn": limit.drawn, "cap": limit.cap},
        )
    if reached := [limit.retry_after_s for limit in near if limit.reached]:
        raise Refusal(ErrorCode.EXTRACTION_CAPPED, retry_after_s=max(reached))


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
