"""The way from a merged customer's address to her survivor's: 308, same method, same body.

A redirect and not the survivor's body under the old address: a customer has one address, so that caches,
ETags and joins by id never see her twice, and who asked learns the id to use from now on. It costs nothing
where customers are found: only an answer of 404 is looked at.
"""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from server.auth.principal import Principal
from server.customers.queries import survivor_of
from server.database.pool import Pool, transaction
from server.scope import customer_scopes

_ADDRESS = re.compile(
    r"^/v1/customers/(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?P<rest>/.*)?$", re.IGNORECASE
)
_NOT_OF_THE_SURVIVOR = ("/merge", "/unmerge", "/merge/preview")


def follow_the_moved(app: ASGIApp) -> ASGIApp:
    """Return the application with a 404 for a merged customer turned into the way to her survivor."""

    async def following(scope: Scope, receive: Receive, send: Send) -> None:
        found = _ADDRESS.match(scope.get("path", "")) if scope["type"] == ScopeType.HTTP else None
        if found is None or found["rest"] in _NOT_OF_THE_SURVIVOR:
            await app(scope, receive, send)
            return
        held: list[Message] = []

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 404:
                held.append(message)
            elif not held:
                await send(message)
            elif message["type"] == "http.response.body" and not message.get("more_body"):
                survivor = await _survivor(scope, UUID(found["id"]))
                if survivor is None:
                    for each in (*held, message):
                        await send(each)
                else:
                    for each in _redirect(scope, f"/v1/customers/{survivor}{found['rest'] or ''}"):
                        await send(each)
            else:
                held.append(message)

        await app(scope, receive, answer)

    return following


async def _survivor(scope: Scope, customer_id: UUID) -> UUID | None:
    """Return whom a customer was merged into, if the person asking may reach her."""
    principal: Any = scope.get("user")
    if not isinstance(principal, Principal):
        return None
    pool: Pool = scope["litestar_app"].state.pool
    async with transaction(pool) as connection:
        return await survivor_of(connection, customer_id, scopes=customer_scopes(principal))


def _redirect(scope: Scope, path: str) -> Sequence[Message]:
    query = scope.get("query_string", b"")
    location = path.encode() + (b"?" + query if query else b"")
    return (
        {
            "type": "http.response.start",
            "status": 308,
            "headers": [
                (b"location", location),
                (b"cache-control", b"no-store"),
                (b"content-length", b"0"),
            ],
        },
        {"type": "http.response.body", "body": b"", "more_body": False},
    )
