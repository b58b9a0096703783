"""Secrets shared with another system: kept sealed, exchanged with an overlap in which both are good."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from schemas.record import Struct
from server.auth.sealing import SealBroken, seal, unseal

MOST_SECRETS = 2  # good at the same time, while one takes the other's place


class Secret(Struct, omit_defaults=True):
    """What deliveries are signed with, until when."""

    text: str
    until: datetime | None = None


def good_secrets(key: bytes, sealed_secrets: bytes, *, context: bytes, now: datetime) -> list[str]:
    """Return the secrets that are good now, the newest first; none when they were sealed with another key."""
    try:
        kept = unseal(key, sealed_secrets, context=context)
    except SealBroken:
        return []
    held = msgspec.json.decode(kept, type=list[Secret])
    return [each.text for each in held if each.until is None or now < each.until]


def seal_secrets(key: bytes, secrets: Sequence[Secret], *, context: bytes) -> bytes:
    """Return secrets as they are kept."""
    return seal(key, msgspec.json.encode(secrets), context=context)


def exchanged(good: Sequence[str], text: str, *, now: datetime, overlap: timedelta) -> list[Secret]:
    """Return the secrets with one more; the one before it is good until the overlap is over."""
    kept = [Secret(text=each, until=now + overlap) for each in good]
    return [Secret(text=text), *kept[: MOST_SECRETS - 1]]
