"""Passwords of staff: Argon2id, checked in the same time whoever is asking."""

import asyncio
from contextlib import nullcontext

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LANES = 1
AT_ONCE = 2


class Passwords:
    """Hashes and checks with one cost for this installation.

    At most two checks run at once: each fills its memory, and a flood must not take the machine down.
    Strangers have one of them at most: guesses from many networks do not stand in the way of our tablets.
    """

    def __init__(self, *, memory_kib: int, rounds: int) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=LANES)
        self._nobody = self._hasher.hash("a password that nobody has")
        self._gate, self._strangers = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE - 1)

    def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        return self._hasher.hash(password)

    async def matches(self, kept: str | None, password: str, *, ours: bool = False) -> bool:
        """Return whether the password is the one kept. With nothing kept: no, after the same work.

        Args:
            ours: it was typed on a tablet that proved itself.
        """
        async with nullcontext() if ours else self._strangers, self._gate:
            return await asyncio.to_thread(self._check, kept, password)

    def _check(self, kept: str | None, password: str) -> bool:
        try:
            self._hasher.verify(kept or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None
