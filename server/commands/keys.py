"""`comptoir keys`: the keys that sign access tokens; a rotation lets nobody sign in again."""

import argparse
import asyncio
from datetime import UTC, datetime

from server.audit import chain
from server.auth.signing_keys import OVERLAP, believed, rotate
from server.commands.answer import answer
from server.commands.database import add_database_options, connected, database, settings_for


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    known = actions.add_parser("list", help="list the keys that are believed; with --json as a JWK set")
    anew = actions.add_parser(
        "rotate", help="sign with a new key; what is signed already stays good to its end"
    )
    anew.add_argument(
        "--at-once",
        action="store_true",
        help="believe nothing that is signed already: for a key that somebody else may have",
    )
    for action in (known, anew):
        add_database_options(action)


def run(arguments: argparse.Namespace) -> int:
    with database(arguments) as url:
        asyncio.run(_list(arguments, url) if arguments.action == "list" else _rotate(arguments, url))
    return 0


async def _list(arguments: argparse.Namespace, url: str) -> None:
    async with connected(url) as connection:
        keys = await believed(connection)
    lines = [
        f"{key.kid}  made {key.created_at:%Y-%m-%d %H:%M}  "
        + ("signs" if key.retired_at is None else f"believed until {key.retired_at:%Y-%m-%d %H:%M}")
        for key in keys
    ]
    answer(
        arguments, {"keys": [key.jwk for key in keys]}, "\n".join(lines) or "no key yet: the server makes one"
    )


async def _rotate(arguments: argparse.Namespace, url: str) -> None:
    settings = settings_for(arguments, url)
    async with connected(url) as connection, connection.transaction():
        kid = await rotate(connection, settings.secret, now=datetime.now(UTC), at_once=arguments.at_once)
        await chain.append(connection, None, "keys.rotated", facts={"kid": kid, "at_once": arguments.at_once})
    minutes = 0 if arguments.at_once else int(OVERLAP.total_seconds() // 60)
    words = f"believed for {minutes} minutes more" if minutes else "not believed any more"
    answer(
        arguments, {"kid": kid, "overlap_minutes": minutes}, f"{kid} signs; what was signed before is {words}"
    )
