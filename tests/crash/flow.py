"""What a flow is: something the tablet does that must be whole or undone."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from uuid import UUID

KEY = bytes(range(32))
CLAIRE = UUID(int=1)
WALL_MS = 1_760_000_100_000


class Flow:
    """One thing the tablet does. ``state`` is what a start finds, in a form to compare."""

    name = ""
    statements = False  # killed at each SQL statement
    lines = False  # killed at each line of the modules that touch files

    def prepare(self, folder: Path) -> None:
        """Bring a folder to where the flow begins."""
        raise NotImplementedError

    def act(self, folder: Path) -> None:
        """Do it."""
        raise NotImplementedError

    def state(self, folder: Path) -> Any:
        """Return what a start finds."""
        raise NotImplementedError

    def judge(self, folder: Path, before: Any, after: Any) -> None:
        """Raise where what is left is neither as before nor as after."""
        assert self.state(folder) in (before, after), "half done"


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run what a session does over the network."""
    return asyncio.run(work)
