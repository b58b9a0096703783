"""How a command answers: words for a person, one JSON object for a program, or why it failed."""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = ["CommandFailed", "answer", "progress"]


class CommandFailed(Exception):
    """The command could not do its work; the message says in one line why, and what to do about it."""


def answer(arguments: argparse.Namespace, facts: Mapping[str, Any], words: str) -> None:
    """Print ``facts`` when ``--json`` was given, otherwise ``words``."""
    if arguments.json:
        print(msgspec.json.encode(facts).decode(), flush=True)
    else:
        print(words, flush=True)


def progress(words: str) -> None:
    """Tell a person what is going on, beside the answer."""
    print(words, file=sys.stderr, flush=True)
