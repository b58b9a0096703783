"""`comptoir serve`: the API, on uvicorn."""

import argparse
import asyncio
import os

from server.commands.answer import CommandFailed
from server.commands.database import add_database_options, connected, database, environment_for

SIGNALLED = 128  # exit codes from here on name a signal


def configure(parser: argparse.ArgumentParser) -> None:
    add_database_options(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: %(default)s)")
    parser.add_argument("--open-docs", action="store_true", help="show the API document without a sign-in")


async def _require_migrated(url: str) -> None:
    async with connected(url):
        return


def run(arguments: argparse.Namespace) -> int:
    import uvicorn

    if arguments.workers < 1:
        raise CommandFailed("--workers must be at least 1")
    with database(arguments) as url:
        asyncio.run(_require_migrated(url))  # several processes could only complain of it each on its own
        # Workers are processes of their own: the environment is the way to tell them.
        os.environ.update(environment_for(arguments, url))
        if arguments.open_docs:
            os.environ["COMPTOIR_OPEN_DOCS"] = "1"
        try:
            uvicorn.run(
                "server.app:create_app",
                factory=True,
                host=arguments.host,
                port=arguments.port,
                workers=arguments.workers if arguments.workers > 1 else None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=5,
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
