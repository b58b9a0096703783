"""`comptoir tablet`: open the tablet. It is a program of its own; the server only knows how to start it."""

import argparse
import importlib.util
import subprocess
import sys

from server.commands.answer import CommandFailed


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--server", metavar="URL", help="the server to enrol with (asked on screen when left out)"
    )
    parser.add_argument("--store", metavar="FOLDER", help="where this tablet keeps its copy")


def run(arguments: argparse.Namespace) -> int:
    if importlib.util.find_spec("kivy") is None:
        raise CommandFailed(
            "the tablet is not installed: pip install 'comptoir[tablet]' on Python 3.11 to 3.13"
        )
    command = [sys.executable, "-P", "-m", "mobile_app.main"]
    for option in ("server", "store"):
        if value := getattr(arguments, option):
            command += [f"--{option}", value]
    return subprocess.run(command, check=False).returncode
