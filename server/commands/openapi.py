"""`comptoir openapi`: write the API's OpenAPI document."""

import argparse
import sys
from pathlib import Path

from server.commands.answer import CommandFailed, answer


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", "-o", type=Path, metavar="FILE", help="file to write (default: print it)")


def run(arguments: argparse.Namespace) -> int:
    document = openapi_document()
    if arguments.output is None:
        sys.stdout.buffer.write(document)
        return 0
    try:
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_bytes(document)
    except OSError as error:
        raise CommandFailed(f"cannot write {arguments.output}: {error.strerror}") from error
    answer(arguments, {"written": str(arguments.output)}, f"written: {arguments.output}")
    return 0


def openapi_document() -> bytes:
    """Return the document as JSON, indented and with a stable order. Needs no database."""
    import msgspec

    from server.api_document import api_document
    from server.app import create_app
    from server.settings import Settings

    app = create_app(Settings(database_url="postgresql://nowhere", secret=bytes(32)))
    document = msgspec.json.encode(api_document(app), order="deterministic")
    return msgspec.json.format(document, indent=2) + b"\n"
