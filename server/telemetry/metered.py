"""The clock around every request."""

import time
from typing import TYPE_CHECKING, Any

from server.telemetry.meters import ELSEWHERE, REQUESTS

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Receive, Send

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FAILED = 500


class Metered:
    """An application whose requests are timed, by the template of their route."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: "Receive", send: "Send") -> None:
        """Answer, and take note how long it took and what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = FAILED

        async def noting(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, noting)
        finally:
            method, route = name_of(scope)
            REQUESTS.labels(method, route, str(status)).observe(time.perf_counter() - began)


def name_of(scope: Any) -> tuple[str, str]:
    """Return method and route of a request that was answered: of few values, whatever a stranger asks."""
    method = scope["method"] if scope["method"] in METHODS else "OTHER"
    return method, scope.get("path_template") or ELSEWHERE
