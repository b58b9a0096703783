"""`comptoir prove`: attack a promise in a database that is thrown away; exit 1 when it does not hold."""

import argparse
import asyncio
import importlib
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from server.commands.answer import CommandFailed, answer
from server.database.embedded import EmbeddedPostgresFailed, cluster
from server.database.migrate import migrate
from server.proofs.proof import Proof

# A promise is one line: its name and the module whose ``prove(database_url) -> Proof`` attacks it.
PROMISES = {
    "audit-trail": "server.proofs.audit_trail",
    "lens": "server.proofs.lens",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", metavar="NAME", choices=[*PROMISES, "all"], help=f"one of: {', '.join(PROMISES)}, all"
    )


def run(arguments: argparse.Namespace) -> int:
    wanted = list(PROMISES) if arguments.name == "all" else [arguments.name]
    with tempfile.TemporaryDirectory(prefix="comptoir-prove-") as folder:
        try:
            with cluster(Path(folder) / "postgres", durable=False) as running:
                proofs = {
                    name: asyncio.run(_attack(name, running.ensure_database(_fresh(name)))) for name in wanted
                }
        except EmbeddedPostgresFailed as error:
            raise CommandFailed(str(error)) from error
    answer(arguments, {"proofs": proofs}, "\n".join(_words(name, proof) for name, proof in proofs.items()))
    return 0 if all(proof.holds for proof in proofs.values()) else 1


async def _attack(name: str, url: str) -> Proof:
    prove: Callable[[str], Awaitable[Proof]] = importlib.import_module(PROMISES[name]).prove
    await migrate(url)
    return await prove(url)


def _fresh(name: str) -> str:
    return f"proof_{name.replace('-', '_')}"


def _words(name: str, proof: Proof) -> str:
    verdict = "holds" if proof.holds else f"BROKEN by {'; '.join(proof.broken_by)}"
    return f"{name}: {proof.promise}: {proof.figure}: {verdict}"
