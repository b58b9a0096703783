"""`comptoir demo`: everything at once, with a made-up brand: database, API, tablet."""

import argparse
import asyncio
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from server.commands.answer import CommandFailed, answer, progress
from server.commands.child import Child
from server.commands.database import add_database_options, data_folder, database, environment_for
from server.commands.device import make_code
from server.commands.migrate import migrate_reachable
from server.commands.seed import fill
from server.database import embedded

HOST = "127.0.0.1"
START_TIMEOUT_S = 60
SHIFT_TIMEOUT_S = 600
FIRST_STORE = "lyon"


def configure(parser: argparse.ArgumentParser) -> None:
    add_database_options(parser)
    parser.add_argument("--port", type=int, default=8000, help="port of the API; a free one if it is taken")
    parser.add_argument("--customers", type=int, default=5000, help="how many to make (default: %(default)s)")
    parser.add_argument("--language", choices=("fr", "en"), default="fr", help="of the scripted shift")
    parser.add_argument(
        "--in-time", action="store_true", help="fail when a step of the scripted shift takes too long"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--shift", action="store_true", help="play the scripted shift even where a display is")
    how.add_argument("--no-tablet", action="store_true", help="serve only, until Ctrl-C")


def run(arguments: argparse.Namespace) -> int:
    folder = data_folder(arguments)
    folder.mkdir(parents=True, exist_ok=True)
    plays = arguments.shift or (not arguments.no_tablet and not has_display())
    with database(arguments) as url:
        progress("database   ready")
        asyncio.run(migrate_reachable(url))
        made = _make_brand(arguments, url)
        with _api(arguments, url, folder) as server:
            facts = _facts(server, url) | {"made": made}
            if not (plays and arguments.json):
                answer(arguments, facts, _welcome(facts))
            if plays:
                pictures = _play_shift(arguments, folder, server)
                _show_pictures(arguments, facts, pictures)
                return 0
            try:
                if not arguments.no_tablet:
                    _open_tablet(arguments, url, folder, server)
                _rest()
            except KeyboardInterrupt:
                progress("\nstopping")
    return 0


def has_display() -> bool:
    """Return whether a window would be seen. SDL would fall back to drawing offscreen without a word."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def free_port(wanted: int) -> int:
    """Return the wanted port, or a free one when somebody has it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(sys.platform != "win32"))
        try:
            if wanted:
                probe.bind((HOST, wanted))
                return wanted
        except OSError:
            pass
    return embedded.free_port()


def _make_brand(arguments: argparse.Namespace, url: str) -> dict[str, int]:
    """Seed an empty database and return the rows of each table; nothing when the brand is there."""
    started = time.monotonic()
    made = fill(url, customers=arguments.customers, pictures=data_folder(arguments) / "pictures")
    if made:
        people, products = made["customer"], made["product"]
        progress(
            f"brand      {people} customers, {products} products made in {time.monotonic() - started:.0f} s"
        )
    else:
        progress("brand      already there")
    return made


@contextmanager
def _api(arguments: argparse.Namespace, url: str, folder: Path) -> Iterator[str]:
    """Serve the API beside us, and yield its URL once it is ready."""
    import httpx

    port = free_port(arguments.port)
    server = f"http://{HOST}:{port}"
    command = ["-m", "server.cli", "serve", "--host", HOST, "--port", str(port), "--open-docs"]
    log = folder / "api.log"
    environment = environment_for(arguments, url)
    environment.setdefault("COMPTOIR_OUTBOX", str(data_folder(arguments) / "outbox"))
    with Child(command, environment=environment, log=log) as child:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                if httpx.get(f"{server}/ready", timeout=2).status_code == 200:
                    break
            except httpx.TransportError:
                pass
            if child.exit_code is not None or time.monotonic() > deadline:
                raise CommandFailed(f"the API does not start: {child.last_words()} (all of it: {log})")
            time.sleep(0.05)
        yield server


def _facts(server: str, url: str) -> dict[str, Any]:
    from server.demo.brand import BRAND_NAME, PASSWORD, STAFF

    return {
        "brand": BRAND_NAME,
        "server": f"{server}/v1",
        "document": f"{server}/schema",
        "database": url,
        "password": PASSWORD,
        "staff": [
            {
                "code": one.code,
                "name": f"{one.given_name} {one.family_name}",
                "role": one.role,
                "where": ", ".join(one.stores) or one.zone or "whole brand",
            }
            for one in STAFF
        ],
    }


def _welcome(facts: dict[str, Any]) -> str:
    people = [
        f"    {one['code']:<10} {one['name']:<24} {one['role']:<16} {one['where']}" for one in facts["staff"]
    ]
    return "\n".join(
        [
            f"\n{facts['brand']}\n",
            f"  API        {facts['server']}",
            f"  document   {facts['document']}",
            f"  database   {facts['database']}",
            f"\n  sign-ins, all with the password {facts['password']}\n",
            *people,
            "",
        ]
    )


def _open_tablet(arguments: argparse.Namespace, url: str, folder: Path, server: str) -> None:
    """Show the tablet until its window is closed.

    Raises:
        CommandFailed: it ended by itself.
    """
    code = asyncio.run(make_code(arguments, url, FIRST_STORE)).code
    command = ["-m", "mobile_app.main", "--server", server, "--data", str(folder / "tablet")]
    command += ["--code", code, "--name", "demo"]
    with Child(command, environment=os.environ, log=folder / "tablet.log") as tablet:
        progress("the tablet is open; Ctrl-C here ends everything")
        tablet.wait()
        if tablet.exit_code:
            raise CommandFailed(f"the tablet ended: {tablet.last_words()} (all of it: {tablet.log})")
    progress("the tablet was closed; the API goes on until Ctrl-C")


def _play_shift(arguments: argparse.Namespace, folder: Path, server: str) -> list[Path]:
    """Play the scripted shift through the real app, on tablets nobody has seen before; return its pictures.

    Raises:
        CommandFailed: it went wrong, or did not end.
    """
    from server.demo.brand import PASSWORD, sellers_of

    pictures = folder / "shift"
    shutil.rmtree(pictures, ignore_errors=True)
    *sellers, manager = [one.code for one in sellers_of(FIRST_STORE)]
    command = ["-m", "mobile_app.shift", "--server", server, "--password", PASSWORD, "--out", str(pictures)]
    command += ["--manager", manager, "--seller", sellers[0], "--second", sellers[1]]
    command += ["--language", arguments.language, *(["--in-time"] if arguments.in_time else [])]
    log = folder / "shift.log" if arguments.json else None
    # Kivy would print pages about clipboards and devices that nobody needs here.
    environment = dict(os.environ, KIVY_NO_CONSOLELOG="1")
    with Child(command, environment=environment, log=log) as shift:
        code = shift.wait(SHIFT_TIMEOUT_S)
        if code is None:
            raise CommandFailed(f"the shift did not end within {SHIFT_TIMEOUT_S} s")
        if code != 0:
            why = f"exit code {code}, {shift.last_words()}"
            raise CommandFailed(f"the shift went wrong: {why} (the API's log: {folder / 'api.log'})")
    for left in pictures.glob("tablets-*"):
        shutil.rmtree(left, ignore_errors=True)
    return sorted(pictures.glob("*.png"))


def _show_pictures(arguments: argparse.Namespace, facts: dict[str, Any], pictures: list[Path]) -> None:
    lines = ["", "  screenshots" if pictures else "  no screenshots: this machine cannot draw"]
    lines += [f"    {picture}" for picture in pictures]
    answer(arguments, facts | {"screenshots": [str(picture) for picture in pictures]}, "\n".join(lines))


def _rest() -> None:
    """Wait for Ctrl-C, which is how one leaves a demo."""
    while True:
        time.sleep(3600)
