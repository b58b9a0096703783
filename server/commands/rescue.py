"""`comptoir rescue FILE`: take in the edits that a tablet sealed when it could not send them."""

import argparse
import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from schemas.rescue import RescueReport
from server.commands.answer import CommandFailed, answer
from server.commands.database import add_database_options, connected, database, settings_for
from server.policy.in_force import Policies
from server.problems import TITLES, Refusal
from server.replication.rescue import open_rescue, take_in


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="of a tablet of this installation")
    add_database_options(parser)


def run(arguments: argparse.Namespace) -> int:
    try:
        file = arguments.file.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{arguments.file} cannot be read: {error.strerror}") from error
    with database(arguments) as url:
        try:
            report = asyncio.run(_take_in(arguments, url, file))
        except Refusal as refusal:
            words = refusal.detail or TITLES[refusal.code]
            raise CommandFailed(f"{words} ({refusal.code.value})") from refusal
    lines = [
        f"{verdict.mutation_id}  {verdict.op:<22} {verdict.status} {verdict.code or ''}".rstrip()
        for verdict in report.verdicts
    ]
    counted = Counter(verdict.status for verdict in report.verdicts)
    lines.append(", ".join(f"{count} {status}" for status, count in sorted(counted.items())) or "no edit")
    answer(arguments, {"rescue": report}, "\n".join(lines))
    return 0


async def _take_in(arguments: argparse.Namespace, url: str, file: bytes) -> RescueReport:
    settings = settings_for(arguments, url)
    content = open_rescue(settings.secret, file)
    async with connected(url) as connection, connection.transaction():
        return await take_in(connection, content, by=None, now=datetime.now(UTC), policies=Policies())
