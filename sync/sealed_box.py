"""Sealing for somebody who alone can open: an ephemeral X25519 agreement, HKDF, AES-256-GCM.

Whoever seals needs no secret and cannot open again what he sealed.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12


class BoxBroken(Exception):
    """The bytes were sealed for somebody else, for another purpose, or altered."""


def public_key(private: bytes) -> bytes:
    """Return the 32 bytes that others seal with."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal_for(public: bytes, content: bytes, *, purpose: bytes) -> bytes:
    """Return the content sealed for the holder of the private key."""
    ephemeral = X25519PrivateKey.generate()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    once = ephemeral.public_key().public_bytes_raw()
    nonce = os.urandom(NONCE_BYTES)
    key = _key(shared, once, public, purpose)
    return once + nonce + AESGCM(key).encrypt(nonce, content, purpose)


def open_box(private: bytes, sealed: bytes, *, purpose: bytes) -> bytes:
    """Return what ``seal_for`` was given.

    Raises:
        BoxBroken: it cannot be opened with this key for this purpose.
    """
    once, nonce = sealed[:KEY_BYTES], sealed[KEY_BYTES : KEY_BYTES + NONCE_BYTES]
    try:
        holder = X25519PrivateKey.from_private_bytes(private)
        shared = holder.exchange(X25519PublicKey.from_public_bytes(once))
        key = _key(shared, once, holder.public_key().public_bytes_raw(), purpose)
        return AESGCM(key).decrypt(nonce, sealed[KEY_BYTES + NONCE_BYTES :], purpose)
    except (InvalidTag, ValueError) as error:
        raise BoxBroken from error


def _key(shared: bytes, once: bytes, public: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=once + public, info=purpose).derive(shared)
