"""Starts the tablet: reads the command line, sets the window up, runs the app."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mobile_app.window import WindowMode, fitting_mode, prepare

DEFAULT_FOLDER = Path.home() / ".comptoir" / "tablet"
NOBODY_WOULD_SEE = (
    "no display: nobody would see the window. Set DISPLAY, or play the scripted shift: "
    "python -m mobile_app.shift --help"
)


def main(words: list[str] | None = None, *, started: Callable[[Any], None] | None = None) -> int:
    """Run the tablet until its window is closed; return the exit code.

    Args:
        started: called with the app when its first screen is up.
    """
    arguments = _parser().parse_args(words)
    return run(
        server=arguments.server,
        folder=arguments.data,
        code=arguments.code,
        name=arguments.name,
        started=started,
    )


def run(
    *,
    server: str | None,
    folder: Path,
    code: str = "",
    name: str = "",
    started: Callable[[Any], None] | None = None,
) -> int:
    """Open the tablet's window on a folder; without network it starts as well.

    Args:
        server: the server's address; asked on screen when unknown.
        code: an enrolment code to offer on the first screen of a new tablet.
        name: what a new tablet proposes to be called.
    """
    mode = fitting_mode()
    if mode is not WindowMode.DESK:
        print(NOBODY_WOULD_SEE, file=sys.stderr)
        return 1
    prepare(mode)
    from mobile_app.app import ComptoirApp

    app = ComptoirApp(folder=folder, server=server, code=code, name=name)
    if started is not None:
        app.bind(on_start=started)
    app.run()
    return 0


def run_packaged(folder: Path) -> None:
    """Open the tablet as a package does: on the device's own screen, asking for the server there."""
    prepare(WindowMode.DESK)
    from mobile_app.app import ComptoirApp

    ComptoirApp(folder=folder, server=None).run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="comptoir tablet", description="Open the tablet.")
    parser.add_argument(
        "--server", metavar="URL", help="the server to enrol with; asked on screen if missing"
    )
    parser.add_argument(
        "--data",
        "--store",
        metavar="FOLDER",
        type=Path,
        default=DEFAULT_FOLDER,
        help="where this tablet keeps its copy (default: %(default)s)",
    )
    parser.add_argument("--code", default="", help="an enrolment code, offered on the first screen")
    parser.add_argument("--name", default="", help="what a new tablet proposes to be called")
    return parser


if __name__ == "__main__":
    sys.exit(main())
