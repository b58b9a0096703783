"""Keys drawn from the installation's secret, digests of what must not be kept, and sealing."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


class SealBroken(Exception):
    """Sealed bytes were made with another key, for another purpose, or altered."""


def derive(secret: bytes, purpose: str) -> bytes:
    """Return the 32-byte key of one purpose; keys of different purposes tell nothing about one another."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"comptoir/" + purpose.encode()).derive(secret)


def keyed_digest(key: bytes, *parts: str) -> bytes:
    """Return a digest that only the holder of the key can compare with anything."""
    return hmac.digest(key, "\x1f".join(parts).encode(), "sha256")


def digest(token: str) -> bytes:
    """Return what is kept of a token of ours. Tokens are random and long: a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def seal(key: bytes, content: bytes, *, context: bytes = b"") -> bytes:
    """Return the content encrypted and authenticated, bound to its context."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, context)


def unseal(key: bytes, sealed: bytes, *, context: bytes = b"") -> bytes:
    """Return what ``seal`` was given.

    Raises:
        SealBroken: another key or context, or altered bytes.
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise SealBroken from error
