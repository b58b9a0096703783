"""Attacks on the tablet's own half. The server may not hold it: they run as programs of the checkout."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import msgspec

CHECKOUT = Path(__file__).parents[2]
MOST_ANSWERED = 4 << 20  # bytes of a line


class AttackFailed(Exception):
    """The attack itself could not be made; the message says why."""


def attacked(module: str, *options: str) -> dict[str, Any]:
    """Run an attack of ``tests/crash`` and return what it printed.

    Raises:
        AttackFailed: this is no checkout, or the attack itself broke.
    """
    if not (CHECKOUT / "tests" / "crash").is_dir():
        raise AttackFailed("this attack is part of a checkout, not of an installation")
    done = subprocess.run(
        [sys.executable, "-P", "-m", module, *options],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        check=False,
    )
    try:
        found: dict[str, Any] = msgspec.json.decode(done.stdout, type=dict[str, Any])
    except msgspec.DecodeError as error:
        last = done.stderr.decode(errors="replace").strip().splitlines()
        raise AttackFailed(f"the attack failed: {last[-1] if last else 'it said nothing'}") from error
    return found


class Attacker:
    """A program of the checkout that does what each line asks, and answers by a line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def started(cls, module: str) -> AsyncIterator[Self]:
        """Start a program, and end it with the block.

        Raises:
            AttackFailed: this is no checkout.
        """
        if not (CHECKOUT / "tests").is_dir():
            raise AttackFailed("this attack is part of a checkout, not of an installation")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", module),
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MOST_ANSWERED,
        )
        try:
            yield cls(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()

    async def ask(self, act: str, **arguments: Any) -> dict[str, Any]:
        """Let the program do something, and return its answer.

        Raises:
            AttackFailed: it ended instead.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode({"do": act, **arguments}) + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise AttackFailed(f"the attack ended at {act}")
        answer: dict[str, Any] = msgspec.json.decode(line)
        return answer
