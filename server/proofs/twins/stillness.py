"""Time that stands still and chance that repeats itself, so that two worlds can be compared byte by byte."""

import datetime as datetime_module
import logging
import os
import random
import sys
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

import structlog

from server.customers import quick_read
from server.database import pool
from server.replication import admission, quick_pull, snapshot

# Far from the clock of any machine this runs on: what the database itself dates is told apart by it.
INSTANT: Final = datetime(2031, 3, 1, 10, 0, tzinfo=UTC)
INSTANT_MS: Final = int(INSTANT.timestamp() * 1000)

PATIENCE_S: Final = 120.0
# What gives up after a while would answer otherwise, or log a line more, in that of two worlds for which the
# machine was short of time.
WAITS: Final = (
    (pool, "CONNECT_TIMEOUT_S"),
    (pool, "ANSWER_TIMEOUT_S"),
    (pool, "LONGEST_WAIT_S"),
    (admission, "LONGEST_WAIT_S"),
    (quick_pull, "LONGEST_LOOK_S"),
    (quick_read, "LONGEST_WAIT_S"),
)

_chance: ContextVar[random.Random | None] = ContextVar("chance", default=None)
_logged: ContextVar[list[str] | None] = ContextVar("logged", default=None)
_urandom = os.urandom


class _Still(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # not of this class: of the real
        return INSTANT if tz is not None else INSTANT.replace(tzinfo=None)


def begin(text: str) -> None:
    """Let whatever this task draws from now on follow from the text alone."""
    _chance.set(random.Random(text))


def _drawn(size: int) -> bytes:
    chance = _chance.get()
    return _urandom(size) if chance is None else chance.randbytes(size)


@contextmanager
def hearing() -> Iterator[list[str]]:
    """Give the lines that this task, and what it begins, has logged."""
    lines: list[str] = []
    kept = _logged.set(lines)
    try:
        yield lines
    finally:
        _logged.reset(kept)


def _hear(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    if (lines := _logged.get()) is not None:
        lines.append(f"{method} {sorted(event.items())}")
    raise structlog.DropEvent


@contextmanager
def stillness() -> Iterator[None]:
    """Hold the clock of this process, and the chance of every task that has begun, until the end.

    What is logged is shown to nobody but ``hearing``.
    """
    patched: list[tuple[Any, str, Any]] = [
        (os, "urandom", _drawn),
        (random, "_urandom", _drawn),
        (time, "time", INSTANT.timestamp),
    ]
    patched += [(where, name, PATIENCE_S) for where, name in WAITS]
    patched += [(snapshot, "WORTH_A_FILE", 1)]  # these worlds are small
    patched += [
        (module, "datetime", _Still)
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in {"server", "sync", "schemas"}
        and getattr(module, "datetime", None) is datetime_module.datetime
        and name
        not in (__name__, "server.database.roles")  # its word to the database is dated by both clocks
    ]
    kept = [(where, name, getattr(where, name)) for where, name, _ in patched]
    logs = structlog.get_config()
    structlog.configure(
        processors=[_hear], wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET)
    )
    for where, name, still in patched:
        setattr(where, name, still)
    try:
        yield
    finally:
        structlog.configure(**logs)
        for where, name, moving in kept:
            setattr(where, name, moving)
