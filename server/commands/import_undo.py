"""`comptoir import-undo`: take an import back, row by row as it was."""

import argparse
import asyncio
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from server.commands.answer import CommandFailed, answer
from server.commands.database import add_database_options, database
from server.commands.importing import bar, importing
from server.imports import undoing


def configure(parser: argparse.ArgumentParser) -> None:
    add_database_options(parser)
    parser.add_argument(
        "batch", type=UUID, metavar="BATCH", help="the batch, as the import's report names it"
    )
    parser.add_argument("--brand", metavar="CODE", help="the brand (needed when there are several)")


def run(arguments: argparse.Namespace) -> int:
    with database(arguments) as url:
        facts = asyncio.run(_undo(url, arguments))
    answer(arguments, facts, _words(facts))
    return 0


async def _undo(url: str, arguments: argparse.Namespace) -> dict[str, object]:
    async with importing(url, arguments, "import-undo", None) as (connection, principal):
        try:
            undone = await undoing.undo(
                connection,
                arguments.batch,
                principal=principal,
                clock=lambda: datetime.now(UTC),
                progress=bar(),
            )
        except undoing.NothingToUndo as error:
            raise CommandFailed(f"no batch {error}, or it was taken back before") from error
    return {"batch": str(arguments.batch), **msgspec.to_builtins(undone)}


def _words(facts: dict[str, object]) -> str:
    rows = (
        ("removed", "customers whom nobody else ever knew"),
        ("restored", "rows as they were"),
        ("mended", "others have spoken since: their word stays"),
        ("kept", "merged or used since: left as they are"),
        ("sales", "removed with their points"),
    )
    lines = [f"  {name:<12}{facts[name]:>14,}  {more}" for name, more in rows]
    return "\n".join([f"batch {facts['batch']} was taken back", *lines])
