"""The cursor of a replica: which channels it has read, up to which snapshot, sealed.

A token is opaque to the tablet. It is encrypted, and a snapshot in it takes the same room whatever goes on,
because a readable snapshot, or one that grows with the number of open transactions, would betray other
people's activity. Scopes travel as their numbers and groups as four bytes of their hash: a token is sent
and returned with every pull, and most pulls bring nothing.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from uuid import UUID

import msgspec

from schemas.record import Struct
from server.auth.sealing import SealBroken, seal, unseal

NOTHING_SEEN = "1:1:"  # the snapshot in which no transaction is visible
SNAPSHOT_BYTES = 56  # of a packed snapshot: some forty open transactions, or a few far apart
_BLOCK = 8  # what varies besides, a number here or there, takes the same room too
_GROUP_BYTES = 4
_CONTEXT = b"feed token 3"

_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")


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
    lsn: int = 0  # where the log was flushed to when the last page was read


class _Packed(Struct, array_like=True):
    """A stream as it lies in a token."""

    scopes: tuple[int, ...]
    groups: bytes
    base: bytes
    target: bytes | None
    key: tuple[UUID, int] | None
    walked: bool


class OpenedToken(Struct, array_like=True):
    """A token as it lies under its seal: scopes and groups not named yet."""

    boot: UUID
    lsn: bytes  # eight, whatever the number
    streams: tuple[_Packed, ...]

    def named(self, scopes: Mapping[str, int], groups: Iterable[str]) -> FeedToken:
        """Return the token with its channels named; those outside these scopes and groups are left out."""
        names = {number: name for name, number in scopes.items()}
        known = {_short(group): group for group in groups}
        streams = tuple(
            Stream(
                scopes=tuple(names[number] for number in packed.scopes if number in names),
                groups=tuple(known[short] for short in _cut(packed.groups) if short in known),
                base=unpack_snapshot(packed.base),
                target=None if packed.target is None else unpack_snapshot(packed.target),
                key=packed.key,
                walked=packed.walked,
            )
            for packed in self.streams
        )
        return FeedToken(boot=self.boot, lsn=int.from_bytes(self.lsn, "big"), streams=streams)

    def read_to(self, channels: "Channels") -> str | None:
        """Return the snapshot up to which exactly these channels were read; None in a round, or of others."""
        if len(self.streams) != 1:
            return None
        stream = self.streams[0]
        under_way = stream.target is not None or stream.key is not None or stream.walked
        if under_way or stream.scopes != channels.scopes or stream.groups != channels.groups:
            return None
        base = unpack_snapshot(stream.base)
        return None if base == NOTHING_SEEN else base


class Channels(Struct):
    """All channels of a person, as a token names them after a finished round."""

    scopes: tuple[int, ...]
    groups: bytes


def channels_of(scopes: Mapping[str, int], groups: Iterable[str]) -> Channels:
    """Return the channels of these scopes, by their numbers, and these groups."""
    return Channels(
        scopes=tuple(scopes[name] for name in sorted(scopes)),
        groups=b"".join(_short(group) for group in sorted(groups)),
    )


def write_token(
    key: bytes, token: FeedToken, device_id: UUID, associate_id: UUID, *, scopes: Mapping[str, int]
) -> bytes:
    """Return the sealed token, bound to one person on one device.

    Its length follows the entitlement and whether a walk is under way, and nothing else.

    Args:
        scopes: the numbers of all scopes that the token names.
    """
    streams = tuple(
        _Packed(
            scopes=tuple(scopes[name] for name in stream.scopes),
            groups=b"".join(_short(group) for group in stream.groups),
            base=pack_snapshot(stream.base),
            target=None if stream.target is None else pack_snapshot(stream.target),
            key=stream.key,
            walked=stream.walked,
        )
        for stream in token.streams
    )
    opened = OpenedToken(boot=token.boot, lsn=token.lsn.to_bytes(8, "big"), streams=streams)
    return _sealed(key, opened, device_id, associate_id)


def read_on(
    key: bytes, opened: OpenedToken, snapshot: str, lsn: int, device_id: UUID, associate_id: UUID
) -> bytes:
    """Return a token (``read_to``) as ``write_token`` writes it after a round in which nothing came."""
    stream = msgspec.structs.replace(opened.streams[0], base=pack_snapshot(snapshot))
    on = OpenedToken(boot=opened.boot, lsn=lsn.to_bytes(8, "big"), streams=(stream,))
    return _sealed(key, on, device_id, associate_id)


def _sealed(key: bytes, opened: OpenedToken, device_id: UUID, associate_id: UUID) -> bytes:
    plain = _encoder.encode(opened)
    padded = len(plain).to_bytes(4, "big") + plain
    padded += bytes(-len(padded) % _BLOCK)
    return seal(key, padded, context=_CONTEXT + device_id.bytes + associate_id.bytes)


def open_token(key: bytes, sealed: bytes, device_id: UUID, associate_id: UUID) -> OpenedToken:
    """Return what is under the seal.

    Raises:
        TokenBroken: altered, cut, of another key, device or person.
    """
    try:
        padded = unseal(key, sealed, context=_CONTEXT + device_id.bytes + associate_id.bytes)
        return msgspec.msgpack.decode(padded[4 : 4 + int.from_bytes(padded[:4], "big")], type=OpenedToken)
    except (SealBroken, msgspec.DecodeError) as error:
        raise TokenBroken from error


def pack_snapshot(snapshot: str) -> bytes:
    """Return a snapshot in ``SNAPSHOT_BYTES``. One with too much under way is packed as an older one.

    An older snapshot sees no more than this one did: what lies between is sent once more.
    """
    while True:
        low, high, running = snapshot.split(":")
        open_ones = [int(number) for number in running.split(",") if number]
        steps = [after - before for before, after in pairwise([int(low), *open_ones, int(high)])]
        packed = b"".join(_varint(number) for number in (int(low), len(open_ones), *steps))
        if len(packed) <= SNAPSHOT_BYTES:
            return packed.ljust(SNAPSHOT_BYTES, b"\0")
        snapshot = clamp_snapshot(snapshot, open_ones[-1])


def unpack_snapshot(packed: bytes) -> str:
    """Return the snapshot that ``pack_snapshot`` packed, as PostgreSQL writes it."""
    numbers: list[int] = []
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
            if len(numbers) > 1 and len(numbers) == numbers[1] + 3:  # what follows fills the room
                break
    low, _, *steps = numbers
    seen = [low]
    for step in steps:
        seen.append(seen[-1] + step)
    return f"{low}:{seen[-1]}:{','.join(map(str, seen[1:-1]))}"


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*parts, number))


@lru_cache(maxsize=4096)
def _short(group: str) -> bytes:
    return blake2b(group.encode(), digest_size=_GROUP_BYTES).digest()


def _cut(groups: bytes) -> list[bytes]:
    return [groups[start : start + _GROUP_BYTES] for start in range(0, len(groups), _GROUP_BYTES)]


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
