"""`comptoir outgoing`: what waits to leave the house or for a person, and trying it again."""

import argparse
import asyncio
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from server.commands.answer import answer
from server.commands.database import add_database_options, connected, database
from server.outgoing import queue
from server.outgoing.queue_routes import STATES

MOST_SHOWN = 500


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="show lines that wait for a person; no address, no text")
    listed.add_argument("--which", choices=tuple(STATES), default="stuck", help="default: stuck")
    again = actions.add_parser("retry", help="let what waits for a person be tried again")
    again.add_argument("line", type=UUID, nargs="*", help="its id")
    again.add_argument("--all", action="store_true", help="everything that waits for a person")
    for action in actions.choices.values():
        add_database_options(action)


def run(arguments: argparse.Namespace) -> int:
    with database(arguments) as url:
        if arguments.action == "list":
            asyncio.run(_list(url, arguments))
        else:
            asyncio.run(_retry(url, arguments))
    return 0


async def _list(url: str, arguments: argparse.Namespace) -> None:
    async with connected(url) as connection:
        lines = await queue.lines(
            connection, STATES[arguments.which], brand=None, after=None, limit=MOST_SHOWN
        )
    shown = [
        f"{each.id}  {each.created_at:%Y-%m-%d %H:%M}  {each.channel:<10} {each.state:<8} "
        f"{each.attempts} attempts  {each.answer or each.reason or ''}"
        for each in lines
    ]
    answer(arguments, {"lines": msgspec.to_builtins(lines)}, "\n".join(shown) or "Nothing waits.")


async def _retry(url: str, arguments: argparse.Namespace) -> None:
    chosen = None if arguments.all else arguments.line
    async with connected(url) as connection, connection.transaction():
        count = await queue.retry(connection, chosen, brand=None, now=datetime.now(UTC))
    answer(arguments, {"retried": count}, f"{count} tried again.")
