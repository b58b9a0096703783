"""`comptoir deliveries`: what connectors told and nobody could deal with, and dealing with it again."""

import argparse
import asyncio
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from server.audit import chain
from server.commands.answer import answer
from server.commands.database import add_database_options, connected, database
from server.database import queue

MOST_SHOWN = 500
STATES = ("dead", "waiting", "done")


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="show what was put aside and why; never what it says")
    listed.add_argument(
        "--which",
        choices=STATES,
        default="dead",
        help="put aside (dead, unless told), still waiting, or dealt with (done)",
    )
    again = actions.add_parser("retry", help="deal with deliveries again, from their own words")
    again.add_argument("delivery", type=UUID, nargs="*", help="its id")
    again.add_argument("--all", action="store_true", help="everything that was put aside")
    for action in actions.choices.values():
        add_database_options(action)


def run(arguments: argparse.Namespace) -> int:
    with database(arguments) as url:
        asyncio.run(_list(url, arguments) if arguments.action == "list" else _retry(url, arguments))
    return 0


async def _list(url: str, arguments: argparse.Namespace) -> None:
    async with connected(url) as connection:
        rows = await connection.fetch(
            """
            select d.id, c.source, d.topic, d.state, d.attempts, d.received_at, d.error
            from delivery d join connector c on c.id = d.connector_id
            where d.state = $1 order by d.received_at desc, d.id desc limit $2
            """,
            arguments.which,
            MOST_SHOWN,
        )
    shown = [
        f"{row['id']}  {row['received_at']:%Y-%m-%d %H:%M}  {row['source']:<14} {row['topic']:<24} "
        f"{row['attempts']} attempts  {row['error'] or ''}".rstrip()
        for row in rows
    ]
    lines = [msgspec.to_builtins(dict(row)) for row in rows]
    answer(arguments, {"deliveries": lines}, "\n".join(shown) or "Nothing was put aside.")


async def _retry(url: str, arguments: argparse.Namespace) -> None:
    async with connected(url) as connection, connection.transaction():
        chosen = arguments.delivery
        if arguments.all:
            rows = await connection.fetch("select id from delivery where state = 'dead' order by id")
            chosen = [row["id"] for row in rows]
        now = datetime.now(UTC)
        count = 0
        for each in chosen:
            if not await queue.try_again(connection, "delivery", each, now=now):
                continue
            count += 1
            connector = await connection.fetchval("select connector_id from delivery where id = $1", each)
            await chain.append(
                connection,
                None,
                "connector.delivery_retried",
                subject_kind="connector",
                subject_id=connector,
                facts={"delivery": str(each)},
            )
    answer(arguments, {"retried": count}, f"{count} are dealt with again.")
