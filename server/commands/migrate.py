"""`comptoir migrate`: bring the database to the newest shape."""

import argparse
import asyncio

from server.commands.answer import CommandFailed, answer
from server.commands.database import add_database_options, database
from server.database.migrate import migrate


def configure(parser: argparse.ArgumentParser) -> None:
    add_database_options(parser)
    parser.add_argument(
        "--wall", action="store_true", help="state the grants and row policies anew, whatever is there"
    )


def run(arguments: argparse.Namespace) -> int:
    with database(arguments) as url:
        asyncio.run(migrate_reachable(url, wall_anew=arguments.wall))
    answer(arguments, {"migrated": True}, "the database has the newest shape")
    return 0


async def migrate_reachable(url: str, *, wall_anew: bool = False) -> None:
    """Migrate, and say in one line when the database does not answer.

    Raises:
        CommandFailed: nobody answers at this address, or we are not let in.
    """
    try:
        await migrate(url, wall_anew=wall_anew)
    except (OSError, TimeoutError) as error:
        raise CommandFailed(f"the database does not answer: {error}") from error
