"""`comptoir bench NAME`: measure a speed, as a ratio to a limit measured in the same run."""

import argparse
import importlib
from types import ModuleType
from typing import TYPE_CHECKING

import msgspec

from server.commands.answer import CommandFailed, answer, progress
from server.commands.database import CHECKOUT, add_database_options

if TYPE_CHECKING:
    from server.bench.measure import Report

BENCHES = {
    "api": "a profile read by HTTP, against bare asyncpg and msgspec",
    "search": "customers found on the server: exact, by beginnings, with a slip, by phone",
    "tablet": "the tablet and its app with a full store: start, search, cards, edits, scrolling, memory",
    "bootstrap": "a new tablet's first download by pages and by file, against the same bytes in SQLite",
    "herd": "many tablets that come back at once after an outage, each with edits to send",
    "feed": "a pull with nothing new, a small delta and the daily sums, against bare asyncpg",
    "push": "a push of twenty edits, against its rows written by bare asyncpg",
    "poke": "a change on one tablet, until it is on another of the store",
    "growth": "what requests cost beside very many customers, against what they cost beside few",
    "saturday": "more and more tablets of a Saturday, until a budget of the load tests is broken",
    "steady": "the memory of the API under an even load, at its beginning and at its end",
    "start": "the API until it is ready, against a Litestar that does nothing",
    "identity": "people told apart and found again, on labelled data",
    "resolve": "one new record held against all customers there are",
    "import": "order lines or people taken in, against a bare COPY of them",
}
_MODULES = {
    "tablet": "replica",
    "bootstrap": "replica",
    "import": "imports",
    "resolve": "resolving",
    "start": "starting",
}


def configure(parser: argparse.ArgumentParser) -> None:
    names = parser.add_subparsers(dest="bench", metavar="NAME", required=True)
    for name, summary in BENCHES.items():
        one = names.add_parser(name, help=summary, description=f"Measure {summary}.")
        add_database_options(one)
        _module(name).configure(one)
        one.add_argument(
            "--save",
            action="store_true",
            help="keep the figures in docs/bench and rewrite docs/benchmarks.md",
        )


def run(arguments: argparse.Namespace) -> int:
    from server.bench.measure import table

    report = _module(arguments.bench).run(arguments)
    if arguments.save:
        _save(report)
    answer(arguments, msgspec.to_builtins(report), table(report))
    return 0 if all(report.checks.values()) else 1


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"server.bench.{_MODULES.get(name, name)}")


def _save(report: "Report") -> None:
    from server.bench.page import save

    if not (CHECKOUT / "docs").is_dir():
        raise CommandFailed("--save works in a checkout only")
    progress(f"kept       {save(report, CHECKOUT / 'docs')}")
