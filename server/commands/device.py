"""`comptoir device`: enrolment codes, the list of tablets, revocation."""

import argparse
import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from server.audit import chain
from server.auth.devices import Enrolment, make_enrolment_code, revoke
from server.auth.sealing import derive
from server.commands.answer import CommandFailed, answer
from server.commands.database import add_database_options, connected, database, settings_for

AT_THE_CONSOLE = UUID(int=0)  # whoever has the server's shell; no associate


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    code = actions.add_parser("code", help="make a one-time code that enrols a tablet of a store")
    code.add_argument("store", help="code of the store")
    tablets = actions.add_parser("list", help="list tablets, newest first")
    gone = actions.add_parser("revoke", help="refuse a tablet from its next request on")
    gone.add_argument("device", type=UUID, help="id of the tablet")
    for action in (code, tablets, gone):
        add_database_options(action)


def run(arguments: argparse.Namespace) -> int:
    with database(arguments) as url:
        match arguments.action:
            case "code":
                asyncio.run(_make_code(arguments, url))
            case "list":
                asyncio.run(_list(arguments, url))
            case "revoke":
                asyncio.run(_revoke(arguments, url))
    return 0


async def make_code(arguments: argparse.Namespace, url: str, store: str) -> Enrolment:
    """Make a code in a transaction of its own.

    Raises:
        CommandFailed: there is no such store.
    """
    settings = settings_for(arguments, url)
    async with connected(url) as connection, connection.transaction():
        if not await connection.fetchval("select true from store where code = $1", store):
            known = await connection.fetchval("select string_agg(code, ', ' order by code) from store")
            raise CommandFailed(f"there is no store {store!r}; there are: {known or 'none yet'}")
        made = await make_enrolment_code(
            connection,
            key=derive(settings.secret, "enrolment"),
            store=store,
            made_by=AT_THE_CONSOLE,
            expires_at=datetime.now(UTC) + timedelta(seconds=settings.enrolment_code_s),
        )
        await chain.append(connection, None, "device.code_made", facts={"store": store})
    return made


async def _make_code(arguments: argparse.Namespace, url: str) -> None:
    made = await make_code(arguments, url, arguments.store)
    facts = {"code": made.code, "store": made.store, "expires_at": made.expires_at}
    until = made.expires_at.astimezone().strftime("%H:%M")
    answer(arguments, facts, f"{made.code}   enrols one tablet of {made.store} until {until}")


async def _list(arguments: argparse.Namespace, url: str) -> None:
    async with connected(url) as connection:
        rows = await connection.fetch(
            """
            select id, name, store, enrolled_at, seen_at, revoked_at from device
            order by enrolled_at desc, id limit 1000
            """
        )
    lines = [
        f"{row['id']}  {row['store']:<14} {row['name']:<20} "
        f"{'revoked' if row['revoked_at'] else 'enrolled'} {row['revoked_at'] or row['enrolled_at']:%Y-%m-%d}"
        for row in rows
    ]
    answer(arguments, {"devices": [dict(row) for row in rows]}, "\n".join(lines) or "no tablet is enrolled")


async def _revoke(arguments: argparse.Namespace, url: str) -> None:
    async with connected(url) as connection, connection.transaction():
        store = await revoke(connection, arguments.device, now=datetime.now(UTC))
        if store is None:
            raise CommandFailed(f"there is no tablet {arguments.device}")
        await chain.append(
            connection, None, "device.revoked", subject_kind="device", subject_id=arguments.device
        )
    answer(arguments, {"revoked": arguments.device, "store": store}, f"revoked: a tablet of {store}")
