"""`comptoir tablet`: open the tablet. It is a program of its own; the server only knows how to start it."""

import argparse
import importlib.util
import subprocess
import sys

from server.commands.answer import CommandFailed

OPTIONS = {
    "server": ("URL", "the server to enrol with; asked on screen if missing"),
    "data": ("FOLDER", "where this tablet keeps its copy"),
    "code": ("CODE", "an enrolment code, offered on the first screen"),
    "name": ("NAME", "what a new tablet proposes to be called"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    for option, (metavar, words) in OPTIONS.items():
        parser.add_argument(f"--{option}", metavar=metavar, help=words)


def run(arguments: argparse.Namespace) -> int:
    if importlib.util.find_spec("kivy") is None:
        raise CommandFailed(
            "the tablet is not installed: pip install 'comptoir[tablet]' on Python 3.11 to 3.13"
        )
    command = [sys.executable, "-P", "-m", "mobile_app.main"]
    for option in OPTIONS:
        if value := getattr(arguments, option):
            command += [f"--{option}", value]
    return subprocess.run(command, check=False).returncode
