"""`comptoir sweep`: forget departures and receipts older than ninety days; judge parked edits again."""

import argparse
import asyncio
from datetime import UTC, datetime

import msgspec

from server.commands.answer import answer
from server.commands.database import add_database_options, database
from server.database.pool import open_pool
from server.policy.in_force import Policies
from server.replication.retrying import Retried, retry_parked
from server.replication.sweeping import Swept, sweep


def configure(parser: argparse.ArgumentParser) -> None:
    add_database_options(parser)


def run(arguments: argparse.Namespace) -> int:
    with database(arguments) as url:
        retried, swept = asyncio.run(_sweep(url))
    counts = {**msgspec.to_builtins(swept), "judged_again": retried.edits}
    lines = [f"{name.replace('_', ' '):<16} {count}" for name, count in counts.items()]
    answer(arguments, {"swept": counts}, "\n".join(lines))
    return 0


async def _sweep(url: str) -> tuple[Retried, Swept]:
    async with await open_pool(url, size=1) as pool:
        now = datetime.now(UTC)
        return await retry_parked(pool, now=now, policies=Policies()), await sweep(pool, now=now)
