"""How long a person's store may be opened without a word from the server, whatever the tablet's clock says.

The server's time is reckoned from the last contact and never runs backwards: the latest instant ever reckoned
is kept, sealed under the tablet's key. A lease that cannot be read has ended. A clock set wrongly ahead ends
it too; the next contact puts that right.
"""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag

from mobile_app.keystore import Keystore
from mobile_app.sealed_files import read_file, replace_file, sealed_with, unsealed_with
from schemas.record import Struct

NOTED_EVERY_MS = 30_000  # an instant is written down no more often


class LeaseEnded(Exception):
    """The tablet has not met the server for too long: nothing of its store is opened before it does."""


class _Terms(Struct):
    lease_until: int  # the server's wall milliseconds
    ahead_ms: int  # of the server's clock before the tablet's, at the last contact
    latest: int  # the latest instant of the server's that was ever reckoned here
    rescue_key: bytes = b""  # seals for the server what cannot be sent


class Lease:
    """One person's lease on one tablet."""

    def __init__(
        self,
        path: Path,
        person: str,
        keystore: Keystore,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._bound_to = f"lease\0{person}".encode()
        self._keystore = keystore
        self._wall = wall
        self._monotonic = monotonic
        self._seen: tuple[float, int] | None = None  # an instant of this run, and what was reckoned then

    @property
    def ended(self) -> bool:
        """Whether the store must stay shut. Asking takes note of the time."""
        terms = self._terms()
        if terms is None:
            return True
        now = self._reckoned(terms)
        if now - terms.latest >= NOTED_EVERY_MS:
            self._keep(msgspec.structs.replace(terms, latest=now))
        return now >= terms.lease_until

    @property
    def rescue_key(self) -> bytes:
        """The server's public key for what cannot be sent; empty before the first contact."""
        terms = self._terms()
        return terms.rescue_key if terms else b""

    def renew(self, *, now: int, lease_until: int, rescue_key: bytes | None = None) -> None:
        """Take what the server said at a contact.

        Args:
            now: the server's wall milliseconds at the contact.
            rescue_key: None where it was not said this time.
        """
        if rescue_key is None:
            rescue_key = self.rescue_key
        self._seen = None
        ahead = now - int(self._wall() * 1000)
        self._keep(_Terms(lease_until=lease_until, ahead_ms=ahead, latest=now, rescue_key=rescue_key))

    def _reckoned(self, terms: _Terms) -> int:
        """Return the server's time, never earlier than it was reckoned before."""
        elapsed = self._monotonic()
        now = max(int(self._wall() * 1000) + terms.ahead_ms, terms.latest)
        if self._seen is not None:
            before, then = self._seen
            now = max(now, then + int((elapsed - before) * 1000))
        self._seen = (elapsed, now)
        return now

    def _terms(self) -> _Terms | None:
        content = read_file(self._path)
        if content is None:
            return None
        try:
            opened = unsealed_with(self._keystore.device_key(), content, bound_to=self._bound_to)
            return msgspec.msgpack.decode(opened, type=_Terms)
        except (InvalidTag, ValueError, msgspec.MsgspecError):
            return None

    def _keep(self, terms: _Terms) -> None:
        content = msgspec.msgpack.encode(terms)
        replace_file(self._path, sealed_with(self._keystore.device_key(), content, bound_to=self._bound_to))
