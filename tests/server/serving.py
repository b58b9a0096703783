"""The application: made once for many tests, and behind a real port in the test's own loop."""

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import msgspec
import uvicorn
from litestar import Litestar

from server.app import create_app
from server.privacy.fingerprints import use_secret
from server.settings import Settings

# Settings without their database -> applications that no test has at the moment, each with its own settings.
_IDLE: Final[dict[bytes, list[tuple[Settings, Litestar]]]] = defaultdict(list)


@contextmanager
def application(settings: Settings) -> Iterator[Litestar]:
    """Lend an application, not started: one that an earlier test has stopped, else a new one.

    To wire one takes longer than most tests. What it keeps between requests it makes when it starts.
    """
    idle = _IDLE[msgspec.msgpack.encode(msgspec.structs.replace(settings, database_url=""))]
    if idle:
        own, app = idle.pop()
        msgspec.structs.force_setattr(own, "database_url", settings.database_url)
        use_secret(settings.secret)
    else:
        own = msgspec.structs.replace(settings)
        app = create_app(own)
    yield app
    idle.append((own, app))  # not after a failure: it may be in any state


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[str]:
    """Serve the API on a port of its own and give its address."""
    with application(settings) as app, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        config = uvicorn.Config(app, log_level="error", access_log=False, ws_per_message_deflate=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            if serving.done():
                serving.result()
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await serving
