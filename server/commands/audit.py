"""`comptoir audit`: verify the trail link by link; print its signed head, to be kept elsewhere."""

import argparse
import asyncio
from pathlib import Path

import msgspec

from server.audit.head import Head, NoHead, keep, kept, signing_key
from server.audit.sealing import Sealer, head_of
from server.audit.verifying import Report, verify
from server.commands.answer import CommandFailed, answer
from server.commands.database import add_database_options, connected, database, settings_for
from server.commands.secret import require_servers_secret
from server.settings import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    whole = actions.add_parser(
        "verify", help="look at every link; say where the trail was altered, cut off or put back"
    )
    whole.add_argument(
        "--heads",
        type=Path,
        action="append",
        metavar="FILE",
        help="heads kept elsewhere; may be repeated (default: the file that the server keeps)",
    )
    head = actions.add_parser("head", help="seal what is waiting and print the signed head")
    head.add_argument(
        "--keep", type=Path, metavar="FILE", help="append it to a file, best on another machine"
    )
    for action in (whole, head):
        add_database_options(action)


def run(arguments: argparse.Namespace) -> int:
    with database(arguments) as url:
        settings = settings_for(arguments, url)
        if arguments.action == "head":
            return asyncio.run(_head(arguments, settings))
        return asyncio.run(_verify(arguments, settings))


async def _verify(arguments: argparse.Namespace, settings: Settings) -> int:
    heads = _kept_in(arguments.heads, settings)
    async with connected(settings.database_url) as connection:
        report = await verify(connection, signing_key(settings.secret).public_key(), heads)
    answer(
        arguments,
        {
            "holds": report.holds,
            "links": report.links,
            "waiting": report.waiting,
            "heads_kept": len(heads),
            "head": report.head,
            "findings": report.findings,
        },
        _words(report, len(heads)),
    )
    return 0 if report.holds else 1


async def _head(arguments: argparse.Namespace, settings: Settings) -> int:
    async with connected(settings.database_url) as connection:
        await require_servers_secret(
            connection, settings.secret, otherwise="the trail would be found broken for ever after"
        )
        async with connection.transaction():
            sealed = await Sealer(settings.secret).seal(connection)
        head = sealed.head if sealed else await head_of(connection)
    if head is None:
        raise CommandFailed("another process is sealing the first events: ask again")
    if arguments.keep is not None:
        try:
            keep(arguments.keep, head)
        except OSError as error:
            raise CommandFailed(f"{arguments.keep}: {error.strerror}") from error
    answer(arguments, msgspec.to_builtins(head), msgspec.json.encode(head).decode())
    return 0


def _kept_in(files: list[Path] | None, settings: Settings) -> list[Head]:
    """Return the heads of the files named; without any, of the file that the server keeps."""
    own = settings.audit_heads
    chosen = files or ([own] if own is not None and own.exists() else [])
    heads: list[Head] = []
    for file in chosen:
        try:
            heads += kept(file)
        except OSError as error:
            raise CommandFailed(f"{file}: {error.strerror}") from error
        except NoHead as error:
            raise CommandFailed(f"{file}: {error}") from error
    return heads


def _words(report: Report, heads: int) -> str:
    waiting = f", {report.waiting} events wait for their link" if report.waiting else ""
    if report.holds:
        return f"the audit trail holds: {report.links} links, {heads} heads kept elsewhere{waiting}"
    lines = [f"{finding.wrong.value}: {finding.words}" for finding in report.findings]
    return "\n".join([f"THE AUDIT TRAIL DOES NOT HOLD: {report.links} links{waiting}", *lines])
