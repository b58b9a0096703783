"""`comptoir prove NAME`: attack a promise; exit 1 when it does not hold.

A promise is one line below: its name and the module that attacks it. The module may have ``SUMMARY``,
``configure(parser)`` for options of its own, and has either ``prove(database_url)``, a coroutine that gets a
database to throw away (and ``options=`` if it takes them), or ``prove_alone(options)``, which needs none.
Its figures are kept under its name, or under what its ``kept_as(options)`` says.
"""

import argparse
import asyncio
import importlib
import inspect
import os
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec

from server.commands.answer import CommandFailed, answer, progress
from server.database.embedded import EmbeddedPostgresFailed, cluster
from server.database.migrate import migrate
from server.proofs.keeping import keep, place_of
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
    "timing": "server.proofs.timing",
    "tokens": "server.proofs.tokens",
    "twin-worlds": "server.proofs.twin_worlds",
    "wall": "server.proofs.wall",
}

NO_CHOICE: Final = ("command", "json", "name", "run", "save", "progress", "jobs")


def configure(parser: argparse.ArgumentParser) -> None:
    names = parser.add_subparsers(dest="name", metavar="NAME", required=True)
    for name in PROMISES:
        module = _module(name)
        one = names.add_parser(name, help=_summary(module), description=module.__doc__)
        if hasattr(module, "configure"):
            module.configure(one)
        if "--save" not in one._option_string_actions:
            one.add_argument(
                "--save",
                nargs="?",
                type=Path,
                const=place_of(name),
                metavar="FILE",
                help="keep the figures as JSON (default: docs/proofs of the checkout)",
            )
    names.add_parser("all", help="attack every promise, with the options that each begins with")


def run(arguments: argparse.Namespace) -> int:
    if arguments.name == "all":
        options = {name: _first_options(name) for name in PROMISES}
    else:
        options = {arguments.name: arguments}
    proofs: dict[str, Proof] = {}
    begun, spent = time.monotonic(), _processor_s()
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
    if isinstance(file := getattr(arguments, "save", None), Path):
        kept_as = getattr(_module(arguments.name), "kept_as", None)
        if file == place_of(arguments.name) and kept_as is not None:
            file = place_of(kept_as(arguments))
        keep(
            file,
            {
                "command": _said(arguments),
                "seconds": round(time.monotonic() - begun, 1),
                "processor_seconds": round(_processor_s() - spent, 1),
                **_kept(proofs[arguments.name]),
            },
        )
        progress(f"kept in {file}")
    answer(arguments, {"proofs": proofs}, "\n".join(_words(name, proof) for name, proof in proofs.items()))
    return 0 if all(proof.holds for proof in proofs.values()) else 1


async def _attack(name: str, url: str, options: argparse.Namespace) -> Proof:
    prove = _module(name).prove
    await migrate(url)
    given = {"options": options} if "options" in inspect.signature(prove).parameters else {}
    proof: Proof = await prove(url, **given)
    return proof


def _kept(proof: Proof) -> dict[str, Any]:
    """Return a proof as it is kept: its figures among the rest."""
    told = msgspec.to_builtins(proof)
    figures: dict[str, Any] = told.pop("figures", {})
    return {**told, **figures}


def _said(arguments: argparse.Namespace) -> str:
    """Return the command with what was chosen, so that it can be run again."""
    chosen = {
        name: value
        for name, value in sorted(vars(arguments).items())
        if name not in NO_CHOICE and not callable(value)
    }
    first = vars(_first_options(arguments.name))
    words = [
        f"--{name.replace('_', '-')} {' '.join(value) if isinstance(value, list) else value}"
        for name, value in chosen.items()
        if value != first.get(name)
    ]
    return " ".join(("comptoir prove", arguments.name, *words))


def _processor_s() -> float:
    """Return the processor time of this process and of the children that it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


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
