"""`comptoir seed`: fill an empty database with the made-up brand."""

import argparse
import asyncio
import sys

from server.commands.answer import CommandFailed, answer
from server.commands.database import add_database_options, database
from server.commands.migrate import migrate_reachable


def configure(parser: argparse.ArgumentParser) -> None:
    add_database_options(parser)
    parser.add_argument("--customers", type=int, default=5000, help="how many to make (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    with database(arguments) as url:
        asyncio.run(migrate_reachable(url))
        made = fill(url, customers=arguments.customers)
    words = f"made {made['customer']} customers" if made else "the brand was already there: nothing changed"
    answer(arguments, {"made": made}, words)
    return 0


def fill(url: str, *, customers: int) -> dict[str, int]:
    """Make the brand in a migrated database with a progress line; nothing when the brand is there.

    Raises:
        CommandFailed: the database is somebody's.
    """
    from server.demo.seed import AlreadyInUse, seed

    if customers < 1:
        raise CommandFailed("--customers must be at least 1")

    def show(done: int, wanted: int, rows: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done >= wanted else ""
            print(f"\r\033[K{done} of {wanted} customers, {rows} rows", end=end, file=sys.stderr, flush=True)

    try:
        return asyncio.run(seed(url, customers=customers, progress=show))
    except AlreadyInUse as refused:
        raise CommandFailed(str(refused)) from refused
