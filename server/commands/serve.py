"""`comptoir serve`: the API, on uvicorn."""

import argparse
import asyncio
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from server.commands.answer import CommandFailed
from server.commands.database import add_database_options, connected, database, environment_for

if TYPE_CHECKING:
    from litestar.types import ASGIApp

SIGNALLED = 128  # exit codes from here on name a signal
METERS = "PROMETHEUS_MULTIPROC_DIR"  # where the processes of a node keep their numbers
TRACES = "COMPTOIR_TRACES"
WATCH_S = "5"
LAST_PORT = 65_535
COLLECTED_AFTER = 10_000  # objects more than before


def configure(parser: argparse.ArgumentParser) -> None:
    add_database_options(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: %(default)s)")
    parser.add_argument(
        "--metrics",
        metavar="[HOST:]PORT",
        help="tell Prometheus, at an address of the operator's own network",
    )
    parser.add_argument("--traces", action="store_true", help="send spans to OTEL_EXPORTER_OTLP_ENDPOINT")
    parser.add_argument("--open-docs", action="store_true", help="show the API document without a sign-in")


async def _require_migrated(url: str) -> None:
    async with connected(url):
        return


def run(arguments: argparse.Namespace) -> int:
    import uvicorn

    if arguments.workers < 1:
        raise CommandFailed("--workers must be at least 1")
    with database(arguments) as url, _metrics(arguments.metrics):
        asyncio.run(_require_migrated(url))  # several processes could only complain of it each on its own
        # Workers are processes of their own: the environment is the way to tell them.
        os.environ.update(environment_for(arguments, url))
        if arguments.open_docs:
            os.environ["COMPTOIR_OPEN_DOCS"] = "1"
        if arguments.traces:
            os.environ[TRACES] = "1"
        try:
            uvicorn.run(
                "server.commands.serve:create_served_app",
                factory=True,
                host=arguments.host,
                port=arguments.port,
                workers=arguments.workers if arguments.workers > 1 else None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=5,
                timeout_keep_alive=75,  # longer than clients keep a connection at rest: they close it first
                ws_max_size=8 * 1024,  # tablets only listen
                ws_per_message_deflate=False,  # would keep 300 kB for each of them
            )
        except KeyboardInterrupt:
            return 0
        except SystemExit as left:
            # Uvicorn repeats the signal that ended it; anything lower is its own complaint.
            if left.code and int(left.code) < SIGNALLED:
                raise CommandFailed(f"cannot serve on {arguments.host}:{arguments.port}: see above") from left
    return 0


def create_served_app() -> "ASGIApp":
    """Return the application of one process, with the meters and traces that the environment asks for."""
    gc.disable()  # nothing that is made until it serves is ever let go
    from server.app import create_app

    app: ASGIApp = create_app()
    if os.environ.get(METERS):
        from server.telemetry.metered import Metered

        app = Metered(app)
    if os.environ.get(TRACES) == "1":
        try:
            from server.telemetry.tracing import Traced
        except ModuleNotFoundError as missing:
            raise CommandFailed(f"--traces needs the extra `traces`: {missing.name} is missing") from missing
        app = Traced(app)
    _collect_seldom()
    return app


def _collect_seldom() -> None:
    """Let the collector of cycles pass over what stays, and come less often: it took a request in 25."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(COLLECTED_AFTER, 20, 20)


@contextmanager
def _metrics(address: str | None) -> Iterator[None]:
    """Answer scrapes for every process that we start, until the end."""
    if address is None:
        yield
        return
    host, _, port = address.rpartition(":")
    if not port.isdigit() or int(port) > LAST_PORT:
        raise CommandFailed("--metrics wants a port, or HOST:PORT")
    with TemporaryDirectory(prefix="comptoir-meters-") as folder:
        os.environ[METERS] = folder  # before the meters are made, here and in every child
        os.environ.setdefault("COMPTOIR_WATCH_S", WATCH_S)
        from server.telemetry.exposing import exposed

        try:
            with exposed(host or "127.0.0.1", int(port), Path(folder)) as chosen:
                print(f"metrics on http://{host or '127.0.0.1'}:{chosen}/metrics", flush=True)
                yield
        except OSError as refused:
            raise CommandFailed(f"cannot tell metrics on {address}: {refused}") from refused
