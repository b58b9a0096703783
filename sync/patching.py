"""A fragment told by what changed in it: cut out of its body, packed with others, and put into the one held.

What comes of it is the server's body to the byte. ``sum_of`` says so for a whole page; a replica whose bodies
come out otherwise asks for whole ones.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec

from schemas.hlc import pack as packed_reading
from schemas.patch import Patches, Teller
from schemas.record import Struct

SUM_BYTES = 8
MARK_LETTERS = 8
LISTED = {"notes": "note_id"}  # lists of things with ids, the latest first
_ID_BYTES = 16
_VALUE, _STAMP, _GONE, _AT = 1, 2, 4, 8
_STAMP_KEYS = frozenset({"rev", "hlc", "channel", "author", "at", "store", "device"})

# As the server writes bodies: keys in one order.
_body_encoder = msgspec.json.Encoder(order="deterministic")
_decode_body = msgspec.json.Decoder(dict[str, dict[str, Any]]).decode


class DoesNotFit(Exception):
    """These changes do not belong to what is held, or cannot be told this way."""


class Change(Struct):
    """One path of a fragment as it is now."""

    path: str  # field or field/entry
    value: Any = msgspec.UNSET  # UNSET: nothing is said of it
    gone: bool = False  # the value is
    stamp: Mapping[str, Any] | None = None  # where it came from, as a body has it


class Patch(Struct):
    """What changed in one fragment, and the body that comes of it."""

    record_id: UUID
    group: str
    rev: int
    changes: tuple[Change, ...]
    body: bytes = b""


def places(values: Mapping[str, Any], stamps: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return (value, stamp) of each path of a fragment; what is not there is UNSET."""
    found: dict[str, tuple[Any, Any]] = {}
    for field, value in values.items():
        if isinstance(value, dict):
            for key, entry in value.items():
                path = f"{field}/{key}"
                found[path] = (entry, stamps.get(path, msgspec.UNSET))
        elif field in LISTED:
            for entry in value:
                path = f"{field}/{entry[LISTED[field]]}"
                found[path] = (entry, stamps.get(path, msgspec.UNSET))
        else:
            found[field] = (value, stamps.get(field, msgspec.UNSET))
    for path, stamp in stamps.items():
        if path not in found:
            found[path] = (msgspec.UNSET, stamp)
    return found


def changed_paths(
    before: tuple[Mapping[str, Any], Mapping[str, Any]], after: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> set[str]:
    """Return the paths at which two states of a fragment, each (values, stamps), differ."""
    old, new = places(*before), places(*after)
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


def mark_of(path: str) -> str:
    """Return what stands for a path where it must not be read."""
    return blake2b(path.encode(), digest_size=MARK_LETTERS // 2).hexdigest()


def cut(body: bytes, marks: Collection[str]) -> tuple[Change, ...]:
    """Return what a body holds under the marked paths.

    Raises:
        DoesNotFit: a path left no trace in it, or it holds what a patch cannot tell.
    """
    decoded = _decode_body(body)
    values, stamps = decoded["values"], decoded.get("stamps", {})
    left = set(marks)
    changes = []
    for path, (value, stamp) in places(values, stamps).items():
        if (mark := mark_of(path)) in marks:
            left.discard(mark)
            changes.append(_change(path, value, stamp, values))
    if left or any(_in_order(field, value) != value for field, value in values.items()):
        raise DoesNotFit
    return tuple(changes)


def _change(path: str, value: Any, stamp: Any, values: Mapping[str, Any]) -> Change:
    told = None if stamp is msgspec.UNSET else stamp
    if told is not None and not told.keys() <= _STAMP_KEYS:
        raise DoesNotFit
    field, within, _ = path.partition("/")
    gone = value is msgspec.UNSET and (bool(within) or field not in values)
    return Change(path=path, value=value, gone=gone, stamp=told)


def grown(body: bytes, changes: Iterable[Change]) -> bytes:
    """Return the body with these changes put into it.

    Raises:
        DoesNotFit: it is another body than the one they were made for.
    """
    decoded = _decode_body(body)
    values, stamps = decoded["values"], decoded.get("stamps", {})
    try:
        for change in changes:
            _put(values, change)
            if change.stamp is None:
                stamps.pop(change.path, None)
            else:
                stamps[change.path] = change.stamp
        for field in LISTED.keys() & values.keys():
            values[field] = _in_order(field, values[field])
        return _body_encoder.encode({"values": values, "stamps": stamps} if stamps else {"values": values})
    except (AttributeError, KeyError, TypeError) as error:
        raise DoesNotFit from error


def _put(values: dict[str, Any], change: Change) -> None:
    field, within, entry = change.path.partition("/")
    if change.value is msgspec.UNSET and not change.gone:
        return
    if not within:
        if change.gone:
            values.pop(field, None)
        else:
            values[field] = change.value
    elif field in LISTED:
        name = LISTED[field]
        values[field] = [each for each in values.get(field, ()) if each[name] != entry]
        if not change.gone:
            values[field].append(change.value)
    else:
        held = values.setdefault(field, {})
        if change.gone:
            held.pop(entry, None)
        else:
            held[entry] = change.value
    if not values.get(field, True) and isinstance(values[field], dict | list):
        del values[field]  # as the server leaves out what is empty


def _in_order(field: str, value: Any) -> Any:
    if field not in LISTED:
        return value
    return sorted(value, key=lambda each: (each["at"], each[LISTED[field]]), reverse=True)


def sum_of(bodies: Iterable[bytes]) -> bytes:
    """Return the sum of bodies, in order."""
    made = blake2b(digest_size=SUM_BYTES)
    for body in bodies:
        made.update(len(body).to_bytes(4, "big"))
        made.update(body)
    return made.digest()


def pack(patches: Sequence[Patch]) -> Patches:
    """Return patches as they travel."""
    numbers: dict[str, dict[Any, int]] = {"groups": {}, "paths": {}, "tellers": {}}

    def number(of: str, name: Any) -> int:
        return numbers[of].setdefault(name, len(numbers[of]))

    changes = [change for patch in patches for change in patch.changes]
    stamps = [change.stamp for change in changes if change.stamp is not None]
    walls = [stamp["hlc"] >> 16 for stamp in stamps]
    path = tuple(number("paths", change.path) for change in changes)
    group = tuple(number("groups", patch.group) for patch in patches)
    teller = tuple(number("tellers", _teller(stamp)) for stamp in stamps)
    return Patches(
        groups=tuple(numbers["groups"]),
        paths=tuple(numbers["paths"]),
        tellers=tuple(numbers["tellers"]),
        record=b"".join(patch.record_id.bytes for patch in patches),
        group=group,
        rev=tuple(patch.rev for patch in patches),
        changes=tuple(len(patch.changes) for patch in patches),
        path=path,
        flags=bytes(map(_flags, changes)),
        value=tuple(_short(change.value) for change in changes if change.value is not msgspec.UNSET),
        teller=teller,
        value_rev=tuple(stamp["rev"] for stamp in stamps),
        wall_ms=tuple(wall - before for before, wall in zip([0, *walls], walls, strict=False)),
        counter=tuple(stamp["hlc"] & 0xFFFF for stamp in stamps),
        at=tuple(stamp["at"] for stamp in stamps if stamp["at"] != stamp["hlc"] >> 16),
        sum=sum_of(patch.body for patch in patches),
    )


def unpack(packed: Patches) -> list[Patch]:
    """Return the patches of a page, without bodies.

    Raises:
        DoesNotFit: these columns do not belong together.
    """
    try:
        changes = _changes(packed)
        ids = packed.record
        found = [
            Patch(
                record_id=UUID(bytes=ids[place * _ID_BYTES : (place + 1) * _ID_BYTES]),
                group=packed.groups[group],
                rev=rev,
                changes=tuple(next(changes) for _ in range(count)),
            )
            for place, (group, rev, count) in enumerate(
                zip(packed.group, packed.rev, packed.changes, strict=True)
            )
        ]
    except (IndexError, ValueError, TypeError, RuntimeError) as error:
        raise DoesNotFit from error
    if len(ids) != len(found) * _ID_BYTES or next(changes, None) is not None:
        raise DoesNotFit
    return found


def _changes(packed: Patches) -> Iterator[Change]:
    values, instants = iter(packed.value), iter(packed.at)
    stamps = zip(packed.teller, packed.value_rev, packed.wall_ms, packed.counter, strict=True)
    wall = 0
    for path, flags in zip(packed.path, packed.flags, strict=True):
        stamp = None
        if flags & _STAMP:
            teller, rev, passed, counter = next(stamps)
            wall += passed
            at = next(instants) if flags & _AT else wall
            stamp = _stamp(packed.tellers[teller], rev, packed_reading(wall, counter), at)
        value = _long(next(values)) if flags & _VALUE else msgspec.UNSET
        yield Change(path=packed.paths[path], value=value, gone=bool(flags & _GONE), stamp=stamp)


def _flags(change: Change) -> int:
    stamp = change.stamp
    return (
        _VALUE * (change.value is not msgspec.UNSET)
        + _STAMP * (stamp is not None)
        + _GONE * change.gone
        + _AT * (stamp is not None and stamp["at"] != stamp["hlc"] >> 16)
    )


def _teller(stamp: Mapping[str, Any]) -> Teller:
    device = stamp.get("device")
    return Teller(
        channel=stamp["channel"],
        author=stamp["author"],
        store=stamp.get("store"),
        device=UUID(device) if device is not None else None,
    )


def _stamp(teller: Teller, rev: int, hlc: int, at: int) -> dict[str, Any]:
    stamp: dict[str, Any] = {
        "rev": rev,
        "hlc": hlc,
        "channel": teller.channel,
        "author": teller.author,
        "at": at,
    }
    if teller.store is not None:
        stamp["store"] = teller.store
    if teller.device is not None:
        stamp["device"] = str(teller.device)
    return stamp


def _short(value: Any) -> Any:
    """The value with ids as bytes."""
    match value:
        case str() if len(value) == 36 and value[8] == "-":
            try:
                made = UUID(value)
            except ValueError:
                return value
            return made.bytes.lstrip(b"\0") if str(made) == value else value
        case list():
            return [_short(each) for each in value]
        case dict():
            return {key: _short(each) for key, each in value.items()}
        case _:
            return value


def _long(value: Any) -> Any:
    match value:
        case bytes():
            return str(UUID(bytes=value.rjust(_ID_BYTES, b"\0")))
        case list():
            return [_long(each) for each in value]
        case dict():
            return {key: _long(each) for key, each in value.items()}
        case _:
            return value
