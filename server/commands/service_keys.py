"""`comptoir service`: services and their keys from the console; a key is printed once."""

import argparse
import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from schemas.staff import Role
from server.audit import chain
from server.audit.alarms import raise_alarm
from server.auth import service_keys
from server.commands.answer import CommandFailed, answer
from server.commands.database import add_database_options, connected, database
from server.commands.device import AT_THE_CONSOLE
from server.database.pool import Connection
from server.problems import Refusal
from server.staff.accounts import only_brand


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    known = actions.add_parser("list", help="list services, what they may do, and their keys")
    create = actions.add_parser("create", help="make a service known and print its first key, once")
    create.add_argument("name", help="by which people know it")
    create.add_argument(
        "--role",
        required=True,
        choices=[role.value for role in service_keys.LENT_ROLES],
        help="whose fields it sees",
    )
    create.add_argument(
        "--area", action="append", required=True, choices=service_keys.GRANTABLE, help="may be repeated"
    )
    create.add_argument("--store", action="append", default=[], help="code of a store; may be repeated")
    rotate = actions.add_parser(
        "rotate", help="print a new key, once; the one before stays good for the overlap"
    )
    rotate.add_argument("service", type=UUID, help="id of the service")
    rotate.add_argument("--overlap-hours", type=int, default=24, help="(default: %(default)s)")
    for action in (create, rotate):
        action.add_argument("--days", type=int, default=90, help="how long the key is good")
    revoke = actions.add_parser("revoke", help="refuse one key from its next request on")
    revoke.add_argument("key", type=UUID, help="id of the key")
    close = actions.add_parser("close", help="refuse every key of a service, for good")
    close.add_argument("service", type=UUID, help="id of the service")
    for action in (known, create, rotate, revoke, close):
        action.add_argument("--brand", help="needed when the database holds several")
        add_database_options(action)


def run(arguments: argparse.Namespace) -> int:
    with database(arguments) as url:
        try:
            asyncio.run(_act(arguments, url))
        except Refusal as refused:
            raise CommandFailed(
                f"{refused.code.value}: {refused.detail or 'no such service or key'}"
            ) from refused
    return 0


async def _act(arguments: argparse.Namespace, url: str) -> None:
    async with connected(url) as connection, connection.transaction():
        brand = arguments.brand or await only_brand(connection)
        if brand is None:
            raise CommandFailed("say which --brand: the database holds several, or no store yet")
        match arguments.action:
            case "list":
                await _list(arguments, connection, brand)
            case "create":
                account_id = await service_keys.make_account(
                    connection,
                    name=arguments.name,
                    brand=brand,
                    role=Role(arguments.role),
                    stores=arguments.store,
                    areas=arguments.area,
                    made_by=AT_THE_CONSOLE,
                )
                facts = {
                    "role": arguments.role,
                    "areas": sorted(arguments.area),
                    "stores": sorted(arguments.store),
                }
                await _note(connection, "service.made", account_id, **facts)
                await _make_key(arguments, connection, account_id, brand, overlap=timedelta())
            case "rotate":
                await _require(connection, arguments.service, brand)
                overlap = timedelta(hours=arguments.overlap_hours)
                await _make_key(arguments, connection, arguments.service, brand, overlap=overlap)
            case "revoke":
                now = datetime.now(UTC)
                owner = await service_keys.revoke_key(connection, arguments.key, brand=brand, now=now)
                if owner is None:
                    raise CommandFailed(f"there is no key {arguments.key}")
                await _note(connection, "service.key_revoked", owner, key=str(arguments.key))
                answer(arguments, {"revoked": arguments.key}, "revoked")
            case "close":
                await _require(connection, arguments.service, brand)
                now = datetime.now(UTC)
                await service_keys.close_account(connection, arguments.service, brand=brand, now=now)
                await _note(connection, "service.closed", arguments.service)
                answer(arguments, {"closed": arguments.service}, "closed")


async def _make_key(
    arguments: argparse.Namespace, connection: Connection, account_id: UUID, brand: str, *, overlap: timedelta
) -> None:
    made = await service_keys.make_key(
        connection,
        account_id,
        made_by=AT_THE_CONSOLE,
        life=timedelta(days=arguments.days),
        overlap=overlap,
        now=datetime.now(UTC),
    )
    await _note(connection, "service.key_made", account_id, key=str(made.key_id), days=arguments.days)
    await raise_alarm(
        connection, "service_key_made", once=str(made.key_id), brand=brand, facts={"service": str(account_id)}
    )
    facts = {"service": account_id, "key_id": made.key_id, "key": made.key, "expires_at": made.expires_at}
    answer(
        arguments,
        facts,
        f"{made.key}\nof service {account_id}, good until {made.expires_at:%Y-%m-%d}; shown once",
    )


async def _list(arguments: argparse.Namespace, connection: Connection, brand: str) -> None:
    rows = await connection.fetch(
        """
        select a.id, a.name, a.role, a.stores, a.areas, a.active, k.id as key_id, k.prefix, k.expires_at,
               k.revoked_at, k.used_at
        from service_account a left join service_key k on k.account_id = a.id
        where a.brand = $1 order by a.name, k.created_at desc limit 10000
        """,
        brand,
    )
    now = datetime.now(UTC)
    lines = [
        f"{row['id']}  {row['name']:<20} {row['role']:<16} {', '.join(row['areas'])}"
        + (
            ""
            if row["key_id"] is None
            else f"\n    {row['key_id']}  {row['prefix']}…  "
            + ("revoked" if row["revoked_at"] else "over" if row["expires_at"] <= now else "good")
            + f" until {row['revoked_at'] or row['expires_at']:%Y-%m-%d}"
        )
        + ("" if row["active"] else "  (closed)")
        for row in rows
    ]
    answer(arguments, {"services": [dict(row) for row in rows]}, "\n".join(lines) or "there is no service")


async def _require(connection: Connection, account_id: UUID, brand: str) -> None:
    if not await connection.fetchval(
        "select true from service_account where id = $1 and brand = $2", account_id, brand
    ):
        raise CommandFailed(f"there is no service {account_id}")


async def _note(connection: Connection, action: str, account_id: UUID, **facts: object) -> None:
    await chain.append(connection, None, action, subject_kind="service", subject_id=account_id, facts=facts)
