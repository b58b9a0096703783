"""The door for rescue files."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Router, post
from litestar.datastructures import State
from litestar.di import NamedDependency

from schemas.problem import ErrorCode
from schemas.rescue import BIGGEST_FILE, CONTENT_TYPE, RescueReport
from server.auth.principal import Principal
from server.database.pool import Connection
from server.gate import ACCEPTS
from server.problems import Refusal
from server.replication.rescue import open_rescue, take_in


@post("/rescue", opt={ACCEPTS: CONTENT_TYPE}, status_code=200)
async def rescue(
    request: Request[Any, Any, State],
    principal: NamedDependency[Principal],
    connection: NamedDependency[Connection],
) -> RescueReport:
    """Take in the edits that a tablet sealed when it could not send them.

    By their author or a manager of the tablet's store; each is judged as the author's, once, however often
    the file is delivered. The body is the file (``application/octet-stream``).
    """
    body = await request.body()
    if len(body) > BIGGEST_FILE:
        raise Refusal(ErrorCode.TOO_LARGE)
    content = open_rescue(request.app.state.settings.secret, body)
    return await take_in(
        connection, content, by=principal, now=datetime.now(UTC), policies=request.app.state.policies
    )


router = Router("/v1", route_handlers=[rescue], tags=["rescue"])
