"""`comptoir prove NAME`: attack a promise; exit 1 when it does not hold.

A promise is one line below: its name and the module that attacks it. The module may have ``SUMMARY``,
``configure(parser)`` for options of its own, and has either ``prove(database_url)``, a coroutine that gets a
database to throw away (and ``options=`` if it takes them), or ``prove_alone(options)``, which needs none.
"""

import argparse
import asyncio
import importlib
import inspect
import tempfile
from pathlib import Path
from types import ModuleType

from server.commands.answer import CommandFailed, answer
from server.database.embedded import EmbeddedPostgresFailed, cluster
from server.database.migrate import migrate
from server.proofs.proof import Proof
from server.proofs.tablet_side import AttackFailed

PROMISES = {
    "audit": "server.proofs.audit",
    "consent": "server.proofs.consent",
    "erasure": "server.proofs.erasure",
    "failover": "server.proofs.failover",
    "hostile": "server.proofs.hostile",
    "lens": "server.proofs.lens",
    "kill-points": "server.proofs.kill_points",
    "mutants": "server.proofs.mutants",
    "network": "server.proofs.network",
    "notes": "server.proofs.notes",
    "pool": "server.proofs.pool",
    "power-cuts": "server.proofs.power_cuts",
    "retention": "server.proofs.retention",
    "simulation": "server.proofs.simulation",
    "tokens": "server.proofs.tokens",
    "twin-worlds": "server.proofs.twin_worlds",
    "wall": "server.proofs.wall",
}


def configure(parser: argparse.ArgumentParser) -> None:
    names = parser.add_subparsers(dest="name", metavar="NAME", required=True)
    for name in PROMISES:
        module = _module(name)
        one = names.add_parser(name, help=_summary(module), description=module.__doc__)
        if hasattr(module, "configure"):
            module.configure(one)
    names.add_parser("all", help="attack every promise, with the options that each begins with")


def run(arguments: argparse.Namespace) -> int:
    if arguments.name == "all":
        options = {name: _first_options(name) for name in PROMISES}
    else:
        options = {arguments.name: arguments}
    proofs: dict[str, Proof] = {}
    with tempfile.TemporaryDirectory(prefix="comptoir-prove-") as folder:
        for name in list(options):
            if hasattr(_module(name), "prove_alone"):
                try:
                    proofs[name] = _module(name).prove_alone(options.pop(name))
                except AttackFailed as error:
                    raise CommandFailed(str(error)) from error
        if options:
            try:
                with cluster(Path(folder) / "postgres", durable=False) as running:
                    for name, chosen in options.items():
                        url = running.ensure_database(f"proof_{name.replace('-', '_')}")
                        proofs[name] = asyncio.run(_attack(name, url, chosen))
            except EmbeddedPostgresFailed as error:
                raise CommandFailed(str(error)) from error
    answer(arguments, {"proofs": proofs}, "\n".join(_words(name, proof) for name, proof in proofs.items()))
    return 0 if all(proof.holds for proof in proofs.values()) else 1


async def _attack(name: str, url: str, options: argparse.Namespace) -> Proof:
    prove = _module(name).prove
    await migrate(url)
    given = {"options": options} if "options" in inspect.signature(prove).parameters else {}
    proof: Proof = await prove(url, **given)
    return proof


def _module(name: str) -> ModuleType:
    return importlib.import_module(PROMISES[name])


def _summary(module: ModuleType) -> str:
    return str(getattr(module, "SUMMARY", None) or (module.__doc__ or "").split("\n")[0].rstrip("."))


def _first_options(name: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    if hasattr(_module(name), "configure"):
        _module(name).configure(parser)
    return parser.parse_args([])


def _words(name: str, proof: Proof) -> str:
    verdict = "holds" if proof.holds else f"BROKEN by {'; '.join(proof.broken_by)}"
    return f"{name}: {proof.promise}: {proof.figure}: {verdict}"
