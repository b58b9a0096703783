"""The head of the audit chain: where it ends, signed by this installation, to be kept elsewhere.

A chain shows what was altered inside it. That its end was cut off shows only by a head from outside.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.record import Struct
from server.auth.sealing import derive


class Head(Struct):
    """Where the chain ended at a moment."""

    link: int
    hash: str  # hex
    at: datetime
    breaks: int  # how often the chain was found not to go on from where it had ended
    signature: str = ""  # hex; Ed25519 over all of the above


class NoHead(Exception):
    """A line of a file of heads is none: ``line`` counts from one."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is no signed head")
        self.line = line


def signing_key(secret: bytes) -> Ed25519PrivateKey:
    """Return the key by which an installation signs heads; the database does not hold it."""
    return Ed25519PrivateKey.from_private_bytes(derive(secret, "audit-head"))


def signed(key: Ed25519PrivateKey, head: Head) -> Head:
    """Return the head with its signature."""
    return msgspec.structs.replace(head, signature=key.sign(_text(head)).hex())


def genuine(key: Ed25519PublicKey, head: Head) -> bool:
    """Whether a head was signed by the holder of the key, and not altered since."""
    try:
        key.verify(bytes.fromhex(head.signature), _text(head))
    except (InvalidSignature, ValueError):
        return False
    return True


def keep(path: Path, head: Head) -> None:
    """Append a head to a file, one JSON line each, and wait until it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, msgspec.json.encode(head) + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def kept(path: Path) -> Iterator[Head]:
    """Yield the heads of a file, the oldest first.

    Raises:
        NoHead: a line that is none.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield msgspec.json.decode(line, type=Head)
            except msgspec.MsgspecError as error:
                raise NoHead(number) from error


def _text(head: Head) -> bytes:
    said = ["comptoir audit head", head.link, head.hash, head.at.isoformat(), head.breaks]
    return msgspec.json.encode(said)
