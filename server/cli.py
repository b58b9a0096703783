"""The project's one command line: `comptoir COMMAND`.

A command is a module with ``configure(parser)`` and ``run(arguments) -> int``; it is imported only when it is
asked for, so that `comptoir --help` and the small commands answer at once.
"""

import argparse
import importlib
import json
import signal
import sys
from typing import NamedTuple, NoReturn

from server.commands.answer import CommandFailed

__all__ = ["COMMANDS", "main", "parser"]

OK, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


class Command(NamedTuple):
    summary: str
    module: str


COMMANDS = {
    "demo": Command("start everything with a made-up brand and open the tablet", "server.commands.demo"),
    "serve": Command("serve the API", "server.commands.serve"),
    "tablet": Command("open the tablet and enrol it with a server", "server.commands.tablet"),
    "migrate": Command("bring the database to the newest shape", "server.commands.migrate"),
    "seed": Command("fill an empty database with the made-up brand", "server.commands.seed"),
    "import": Command("read orders, people or costs from CSV files", "server.commands.import_lines"),
    "import-undo": Command("take an import back, row by row as it was", "server.commands.import_undo"),
    "staff": Command("list, add, deactivate staff and set their passwords", "server.commands.staff"),
    "keys": Command("list and rotate the keys that sign access tokens", "server.commands.keys"),
    "service": Command(
        "make, list and close services, rotate and revoke their keys", "server.commands.service_keys"
    ),
    "device": Command("make enrolment codes, list and revoke tablets", "server.commands.device"),
    "audit": Command("verify the audit trail, sign its head", "server.commands.audit"),
    "rescue": Command("take in edits that a tablet could not send", "server.commands.rescue"),
    "outgoing": Command("show what waits to leave the house, try it again", "server.commands.outgoing"),
    "deliveries": Command(
        "show what connectors told that could not be read, read it again", "server.commands.deliveries"
    ),
    "sweep": Command("forget what is old, judge parked edits again", "server.commands.sweep"),
    "privacy": Command("answer what a customer may ask of her data", "server.commands.privacy"),
    "doctor": Command("check this machine and say what to do about each lack", "server.commands.doctor"),
    "openapi": Command("write the API's OpenAPI document", "server.commands.openapi"),
    "bench": Command("measure a speed, as ratios within one run", "server.commands.bench"),
    "prove": Command("attack a promise; exit 1 when it does not hold", "server.commands.prove"),
}


def main(words: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 misused, 130 interrupted."""
    words = sys.argv[1:] if words is None else words
    for goodbye in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, goodbye):  # Windows has no SIGHUP
            signal.signal(getattr(signal, goodbye), _leave)
    made = parser(next((word for word in words if word in COMMANDS), None))
    arguments = made.parse_args(words)
    if arguments.command is None:
        made.print_help()
        return MISUSED
    try:
        return int(arguments.run(arguments))
    except CommandFailed as failure:
        _complain(str(failure), as_json=arguments.json)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # somebody read enough of our output
        sys.stderr.close()
        return FAILED


def parser(wanted: str | None) -> argparse.ArgumentParser:
    """Return the whole parser, with the options of the wanted command only."""
    made = argparse.ArgumentParser(
        prog="comptoir",
        description="Clienteling for stores: a tablet that works without network, and its server.",
        epilog="Each command explains itself: comptoir COMMAND --help. "
        "Exit codes: 0 done, 1 failed or a promise broken, 2 misused.",
    )
    made.set_defaults(command=None, json=False)
    commands = made.add_subparsers(metavar="COMMAND", title="commands")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.summary, description=_sentence(command.summary))
        if name == wanted:
            module = importlib.import_module(command.module)
            module.configure(sub)
            _offer_json(sub)
            sub.set_defaults(command=name, run=module.run)
    return made


def _offer_json(parser: argparse.ArgumentParser) -> None:
    """Let ``--json`` be said at the end of a command, and of each of its actions."""
    words = "print one JSON object instead of words"
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=words)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for leaf in action.choices.values():
                _offer_json(leaf)


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."


def _complain(words: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": words}, ensure_ascii=False))
    print(f"comptoir: {words}", file=sys.stderr)


def _leave(signum: int, frame: object) -> NoReturn:
    """Leave by the normal way out, so that everything that was started is stopped."""
    raise SystemExit(128 + signum)


if __name__ == "__main__":
    sys.exit(main())
