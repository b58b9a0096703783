"""Small files that are replaced whole or not at all, readable by their owner only, and sealing for them."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.replica.conversion import sync_folder

NONCE_BYTES = 12


def replace_file(path: Path, content: bytes) -> None:
    """Write ``content`` so that a crash leaves the old file or the new one, never half of either.

    When this returns, a power cut does not bring the old one back.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    sync_folder(path.parent)


def read_file(path: Path) -> bytes | None:
    """Return the file's content, or None where there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def sealed_with(key: bytes, content: bytes, *, bound_to: bytes) -> bytes:
    """Return the content encrypted and authenticated; it opens only as what it was sealed for."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, bound_to)


def unsealed_with(key: bytes, sealed: bytes, *, bound_to: bytes) -> bytes:
    """Return what ``sealed_with`` was given.

    Raises:
        InvalidTag, ValueError: another key or purpose, or altered bytes.
    """
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
