"""The least that HTTP costs here: a Litestar that answers every path with the same bytes."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from litestar import Litestar, Response, get

from server.bench.serving import START_TIMEOUT_S, answers
from server.commands.answer import CommandFailed
from server.commands.child import Child
from server.commands.demo import HOST, free_port

WEIGHT = "COMPTOIR_BENCH_BYTES"


def create_app() -> Litestar:
    """Return an application that reads no header, asks nobody and answers so many bytes of JSON."""
    body = b'"' + b"x" * (int(os.environ[WEIGHT]) - 2) + b'"'

    @get("/{rest:path}")
    async def same(rest: str) -> Response[Any]:
        return Response(body, media_type="application/json")

    return Litestar([same], openapi_config=None)


@contextmanager
def floor(*, weight: int) -> Iterator[str]:
    """Serve it and yield its URL."""
    port = free_port(0)
    server = f"http://{HOST}:{port}"
    command = ["-m", "uvicorn", "server.bench.floor:create_app", "--factory", "--host", HOST]
    command += ["--port", str(port), "--no-access-log", "--log-level", "warning", "--no-server-header"]
    with TemporaryDirectory(prefix="comptoir-bench-") as folder:
        environment = {**os.environ, WEIGHT: str(weight)}
        with Child(command, environment=environment, log=Path(folder) / "floor.log") as child:
            deadline = time.monotonic() + START_TIMEOUT_S
            while not answers(server, "/x"):
                if child.exit_code is not None or time.monotonic() > deadline:
                    raise CommandFailed(f"the floor does not start: {child.last_words()}")
                time.sleep(0.05)
            yield server
