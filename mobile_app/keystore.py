"""Where the tablet's own key lives.

A platform keystore (Android Keystore, Secret Enclave) keeps a key that software cannot read out.
Desktops and this first release have none: the key is a file that only its owner may read. Whoever
copies the whole disk copies the key; what the PIN and the server's revocation then still protect is
said in ``vault.py``.
"""

import secrets
from pathlib import Path
from typing import Protocol

from mobile_app.sealed_files import read_file, replace_file

KEY_BYTES = 32


class Keystore(Protocol):
    """Holds one random key per tablet, made at its first use."""

    def device_key(self) -> bytes:
        """Return the tablet's 256-bit key, the same one every time."""

    def forget(self) -> None:
        """Destroy the key: everything sealed with it is unreadable from now on."""


class KeyDamaged(Exception):
    """The key's file exists and does not hold a key; nothing sealed with it can be opened."""


class FileKeystore:
    """A key in a file of mode 0600, for machines without a platform keystore."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def device_key(self) -> bytes:
        key = read_file(self._path)
        if key is None:
            key = secrets.token_bytes(KEY_BYTES)
            replace_file(self._path, key)
        if len(key) != KEY_BYTES:
            raise KeyDamaged(self._path.name)
        return key

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)
