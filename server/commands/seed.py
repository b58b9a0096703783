"""`comptoir seed`: fill an empty database with the made-up brand."""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from server.commands.answer import CommandFailed, answer
from server.commands.database import add_database_options, data_folder, database
from server.commands.migrate import migrate_reachable


def configure(parser: argparse.ArgumentParser) -> None:
    add_database_options(parser)
    parser.add_argument(
        "--customers", type=int, default=5000, help="how many to make (default: %(default)s; a million works)"
    )
    parser.add_argument("--seed", type=int, metavar="NUMBER", help="another number makes other people")


def run(arguments: argparse.Namespace) -> int:
    with database(arguments) as url:
        asyncio.run(migrate_reachable(url))
        started = time.monotonic()
        made = fill(
            url,
            customers=arguments.customers,
            pictures=data_folder(arguments) / "pictures",
            number=arguments.seed,
        )
    took_s = round(time.monotonic() - started, 2)
    words = "the brand was already there: nothing changed"
    if made:
        words = f"made {made['customer']} customers, {sum(made.values())} rows, in {took_s:.1f} s"
    answer(arguments, {"made": made, "seconds": took_s}, words)
    return 0


def fill(
    url: str, *, customers: int, pictures: Path | None = None, number: int | None = None
) -> dict[str, int]:
    """Make the brand in a migrated database with a progress line; nothing when the brand is there.

    Args:
        pictures: folder for the products' pictures.
        number: what the randomness starts from; the same gives the same people.

    Raises:
        CommandFailed: the database is somebody's.
    """
    from server.demo.seed import SEED, AlreadyInUse, seed

    if customers < 1:
        raise CommandFailed("--customers must be at least 1")

    started = time.monotonic()

    def show(done: int, wanted: int, rows: int) -> None:
        if sys.stderr.isatty():
            filled = round(24 * done / wanted)
            speed = rows / max(time.monotonic() - started, 1e-6)
            bar = "█" * filled + "░" * (24 - filled)
            line = f"\r\033[K{bar} {done} of {wanted} customers, {speed:,.0f} rows/s"
            print(line, end="\n" if done >= wanted else "", file=sys.stderr, flush=True)

    try:
        return asyncio.run(
            seed(
                url,
                customers=customers,
                seed=SEED if number is None else number,
                progress=show,
                pictures=pictures,
            )
        )
    except AlreadyInUse as refused:
        raise CommandFailed(str(refused)) from refused
