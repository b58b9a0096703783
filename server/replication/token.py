"""The cursor of a replica: which channels it has read, up to which snapshot, sealed.

A token is opaque to the tablet. It is encrypted and padded, because a readable snapshot, or one that grows
with the number of open transactions, would betray other people's activity.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from schemas.record import Struct
from server.auth.sealing import SealBroken, seal, unseal

NOTHING_SEEN = "1:1:"  # the snapshot in which no transaction is visible
_BLOCK = 1024
_CONTEXT = b"feed token 1"

_encoder = msgspec.msgpack.Encoder()


class TokenBroken(Exception):
    """Not a token of ours, or another tablet's."""


class Stream(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A walk over some channels.

    ``base`` is read to the end; while a walk is under way ``target`` and ``key`` say what it will have read
    when it ends, and where it stands.
    """

    scopes: tuple[str, ...]
    groups: tuple[str, ...]
    base: str = NOTHING_SEEN
    target: str | None = None
    key: tuple[UUID, int] | None = None  # the last row sent or skipped: record and scope number
    walked: bool = False  # done in this round


class FeedToken(Struct, frozen=True, kw_only=True):
    """What a replica has read. ``boot`` names the life of the database whose snapshots these are."""

    boot: UUID
    streams: tuple[Stream, ...]


def write_token(key: bytes, token: FeedToken, device_id: UUID, associate_id: UUID) -> bytes:
    """Return the sealed token, a multiple of one kilobyte long, bound to one person on one device."""
    plain = _encoder.encode(token)
    padded = len(plain).to_bytes(4, "big") + plain
    padded += bytes(-len(padded) % _BLOCK)
    return seal(key, padded, context=_CONTEXT + device_id.bytes + associate_id.bytes)


def read_token(key: bytes, sealed: bytes, device_id: UUID, associate_id: UUID) -> FeedToken:
    """Return the token.

    Raises:
        TokenBroken: altered, cut, of another key, device or person.
    """
    try:
        padded = unseal(key, sealed, context=_CONTEXT + device_id.bytes + associate_id.bytes)
        return msgspec.msgpack.decode(padded[4 : 4 + int.from_bytes(padded[:4], "big")], type=FeedToken)
    except (SealBroken, msgspec.DecodeError) as error:
        raise TokenBroken from error


def streams_for(held: Iterable[Stream], scopes: Iterable[str], groups: Iterable[str]) -> tuple[Stream, ...]:
    """Return the streams that cover exactly the channels a person is entitled to today.

    What was lost is cut from the streams held; what was gained starts from nothing, for those channels only.
    """
    entitled, visible = set(scopes), set(groups)
    kept: list[Stream] = []
    for stream in held:
        narrowed = msgspec.structs.replace(
            stream,
            scopes=tuple(sorted(set(stream.scopes) & entitled)),
            groups=tuple(sorted(set(stream.groups) & visible)),
        )
        if narrowed.scopes and narrowed.groups:
            kept.append(narrowed)
    gained: dict[tuple[str, ...], list[str]] = {}
    for scope in sorted(entitled):
        covered = {group for stream in kept if scope in stream.scopes for group in stream.groups}
        if missing := tuple(sorted(visible - covered)):
            gained.setdefault(missing, []).append(scope)
    return (*kept, *(Stream(scopes=tuple(over), groups=missing) for missing, over in gained.items()))


def after_round(streams: tuple[Stream, ...], scopes: Iterable[str], groups: Iterable[str]) -> Stream:
    """Return the one stream that stands for a finished round: all channels, read up to its earliest end.

    Walks of a round end at snapshots taken one after the other, so the earliest sees no more than any
    other: what lies between is sent once more and applied by revision.
    """
    return Stream(scopes=tuple(sorted(scopes)), groups=tuple(sorted(groups)), base=streams[0].base)


def clamp_snapshot(snapshot: str, floor: int) -> str:
    """Return a snapshot that sees nothing at or above a transaction number.

    For a base taken before a crash or a promotion: numbers from the floor on may have been given out twice.
    """
    low, high, running = snapshot.split(":")
    xmax = min(int(high), floor)
    open_below = [number for number in running.split(",") if number and int(number) < xmax]
    return f"{min(int(low), xmax)}:{xmax}:{','.join(open_below)}"
