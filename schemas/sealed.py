"""A masked value on its way to one person's tablet: sealed for his PIN, of a length that tells nothing."""

import base64
from typing import Any
from uuid import UUID

import msgspec

from schemas.record import Struct

PADDED_TO = 832  # bytes: more than the longest short text of a customer as JSON


class SealedValue(Struct):
    """One value of one customer, which only the key behind its reader's PIN opens."""

    customer_id: UUID
    field: str
    box: str  # base64, safe in addresses, without padding


def purpose_of(customer_id: UUID, field: str, *, device_id: UUID, associate_id: UUID) -> bytes:
    """Return what a box is bound to: it opens as this value, on this tablet, for this person."""
    return f"comptoir/reveal\0{customer_id}\0{field}\0{device_id}\0{associate_id}".encode()


def padded(value: Any) -> bytes:
    """Return a value as it is sealed: JSON, and blanks after it; one length for all."""
    return msgspec.json.encode(value).ljust(PADDED_TO)


def fits(value: Any) -> bool:
    """Whether a value travels sealed: a line of text does; what has parts would tell how many of them."""
    return isinstance(value, str) and len(msgspec.json.encode(value)) <= PADDED_TO


def as_text(box: bytes) -> str:
    """Return a box as it travels."""
    return base64.urlsafe_b64encode(box).rstrip(b"=").decode()


def as_bytes(text: str) -> bytes:
    """Return a box as it was made.

    Raises:
        ValueError: this is no such text.
    """
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(content: bytes) -> Any:
    """Return the value that was padded."""
    return msgspec.json.decode(content)
