"""Which life of the database this is, and what a token of an earlier one is worth."""

from typing import Any

import asyncpg

from tests.simulation.memory import Transaction


def boot(at: Transaction, _s: str, _a: tuple[Any, ...]) -> list[dict[str, Any]]:
    if at.memory.standby:
        raise asyncpg.FeatureNotSupportedError("cannot access unlogged relations during recovery")
    return [{"boot_id": at.get("boot_marker", 1)}]


def floor(at: Transaction, _s: str, a: tuple[Any, ...]) -> list[dict[str, Any]]:
    mine = at.get("boot", a[0])
    later = [row for _, row in at.rows("boot") if mine is not None and row["place"] > mine["place"]]
    return [
        {
            "floor": min((row["floor"] for row in later), default=None),
            "log_end": min((row["start_lsn"] for row in later), default=None),
            "same": all(mine is not None and row["system"] == mine["system"] for row in later),
        }
    ]
