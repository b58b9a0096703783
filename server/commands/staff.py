"""`comptoir staff`: who works here, who may sign in, and with which password."""

import argparse
import asyncio
import secrets
import sys
from datetime import UTC, datetime
from typing import Any

from schemas.staff import ROLES, Role
from server.auth.passwords import Passwords
from server.commands.answer import CommandFailed, answer
from server.commands.database import add_database_options, connected, database, settings_for
from server.staff.accounts import (
    AccountRefused,
    Hired,
    Moved,
    deactivate,
    hire,
    move,
    only_brand,
    set_password,
)
from server.staff.identities import link

SHORTEST_PASSWORD = 12


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    everybody = actions.add_parser("list", help="list staff by code")
    everybody.add_argument("--store", help="only those of a store")
    add = actions.add_parser("add", help="add a member of staff and print the password, once")
    add.add_argument("code", help="what is typed at sign-in")
    add.add_argument("--given-name", required=True, help="as colleagues say it")
    add.add_argument("--family-name", required=True, help="shown by its first letter")
    add.add_argument(
        "--role", required=True, choices=[role.value for role in ROLES], help="decides what is seen"
    )
    add.add_argument("--store", action="append", default=[], help="code of a store; may be repeated")
    add.add_argument("--zone", help="for a zone manager")
    add.add_argument("--brand", help="needed when the database holds several, or none yet")
    add.add_argument("--language", choices=["fr", "en"], default="fr", help="of the screens (default: fr)")
    password = actions.add_parser("set-password", help="give a new password and end every session")
    password.add_argument("code", help="what is typed at sign-in")
    deactivate = actions.add_parser(
        "deactivate", help="end every session and let nobody sign in by this code"
    )
    deactivate.add_argument("code", help="what is typed at sign-in")
    move = actions.add_parser("move", help="give another role, other stores or another zone, at once")
    move.add_argument("code", help="what is typed at sign-in")
    move.add_argument("--role", choices=[role.value for role in ROLES], help="the new one")
    move.add_argument("--store", action="append", help="code of a store; may be repeated; all that count")
    move.add_argument("--zone", help="for a zone manager")
    linked = actions.add_parser("link", help="let somebody sign in as this identity of the identity provider")
    linked.add_argument("code", help="what is typed at sign-in")
    linked.add_argument("subject", help="whom the provider calls him (the claim sub)")
    linked.add_argument("--issuer", help="of the provider (default: COMPTOIR_OIDC_ISSUER)")
    for action in (add, password):
        action.add_argument("--password-stdin", action="store_true", help="read it instead of making one up")
    for action in (everybody, add, password, move, linked, deactivate):
        add_database_options(action)


def run(arguments: argparse.Namespace) -> int:
    actions = {
        "list": _list,
        "add": _add,
        "set-password": _set_password,
        "move": _move,
        "link": _link,
        "deactivate": _deactivate,
    }
    with database(arguments) as url:
        try:
            asyncio.run(actions[arguments.action](arguments, url))
        except AccountRefused as refused:
            raise CommandFailed(str(refused)) from refused
    return 0


async def _list(arguments: argparse.Namespace, url: str) -> None:
    async with connected(url) as connection:
        rows = await connection.fetch(
            """
            select id, code, given_name, family_name, role, stores, zone, brand, active from associate
            where $1::text is null or $1 = any(stores) order by code limit 10000
            """,
            arguments.store,
        )
    lines = [
        f"{row['code']:<12} {row['given_name'] + ' ' + row['family_name']:<28} {row['role']:<16} "
        f"{', '.join(row['stores']) or row['zone'] or 'whole brand'}{'' if row['active'] else '  (inactive)'}"
        for row in rows
    ]
    answer(arguments, {"staff": [dict(row) for row in rows]}, "\n".join(lines) or "nobody works here yet")


async def _add(arguments: argparse.Namespace, url: str) -> None:
    password, kept = _password(arguments, url)
    async with connected(url) as connection, connection.transaction():
        brand = arguments.brand or await only_brand(connection)
        if brand is None:
            raise CommandFailed("which brand? say it with --brand")
        hired = Hired(
            code=arguments.code,
            given_name=arguments.given_name,
            family_name=arguments.family_name,
            role=Role(arguments.role),
            brand=brand,
            stores=tuple(arguments.store),
            zone=arguments.zone,
            language=arguments.language,
        )
        associate_id = await hire(connection, hired, password_hash=kept)
    _tell(arguments, {"code": arguments.code, "id": associate_id}, f"added: {arguments.code}", password)


async def _set_password(arguments: argparse.Namespace, url: str) -> None:
    password, kept = _password(arguments, url)
    async with connected(url) as connection, connection.transaction():
        await set_password(connection, arguments.code, password_hash=kept, now=datetime.now(UTC))
    words = f"a new password for {arguments.code}; every session has ended"
    _tell(arguments, {"code": arguments.code}, words, password)


async def _move(arguments: argparse.Namespace, url: str) -> None:
    moved = Moved(
        role=Role(arguments.role) if arguments.role else None,
        stores=tuple(arguments.store) if arguments.store else None,
        zone=arguments.zone,
    )
    async with connected(url) as connection, connection.transaction():
        await move(connection, arguments.code, moved)
    answer(arguments, {"moved": arguments.code}, f"moved: {arguments.code}; from the next request on")


async def _link(arguments: argparse.Namespace, url: str) -> None:
    oidc = settings_for(arguments, url).oidc
    issuer = arguments.issuer or (oidc.issuer if oidc else None)
    if issuer is None:
        raise CommandFailed("which provider? say it with --issuer, or in COMPTOIR_OIDC_ISSUER")
    async with connected(url) as connection, connection.transaction():
        associate_id = await connection.fetchval("select id from associate where code = $1", arguments.code)
        if associate_id is None:
            raise CommandFailed(f"nobody has the code {arguments.code}")
        await link(connection, associate_id, issuer=issuer, subject=arguments.subject, by=None)
    answer(
        arguments,
        {"linked": arguments.code, "issuer": issuer, "subject": arguments.subject},
        f"linked: {arguments.code} signs in as {arguments.subject} of {issuer}",
    )


async def _deactivate(arguments: argparse.Namespace, url: str) -> None:
    async with connected(url) as connection, connection.transaction():
        await deactivate(connection, arguments.code, now=datetime.now(UTC))
    answer(arguments, {"deactivated": arguments.code}, f"deactivated: {arguments.code}")


def _password(arguments: argparse.Namespace, url: str) -> tuple[str | None, str]:
    """Return the password to tell, unless somebody chose it himself, and what is kept of it."""
    settings = settings_for(arguments, url)
    passwords = Passwords(memory_kib=settings.password_memory_kib, rounds=settings.password_rounds)
    if not arguments.password_stdin:
        made = secrets.token_urlsafe(15)
        return made, passwords.hash(made)
    said = sys.stdin.readline().rstrip("\n")
    if len(said) < SHORTEST_PASSWORD:
        raise CommandFailed(f"a password has at least {SHORTEST_PASSWORD} characters")
    return None, passwords.hash(said)


def _tell(arguments: argparse.Namespace, facts: dict[str, Any], words: str, password: str | None) -> None:
    if password is not None:
        facts |= {"password": password}
        words += f"\npassword, shown this once: {password}"
    answer(arguments, facts, words)
