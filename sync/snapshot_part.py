"""A part of a first download, written by the server, entered by the tablet without looking at each customer.

It holds the rows of a pull in another shape: memberships as they are kept, records in blocks as they will lie
in the store, each packed (``sync.packing``) and with the line that lists show of her, and in the last part
the search index of the whole file.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

import msgspec

from schemas.protocol import FragmentRow, MemberRow, MemberState
from schemas.record import Kind, Struct
from schemas.visibility import Level
from sync import search_segment, sheaf, summary
from sync.packing import PackBroken, dictionary_of, pack, unpack
from sync.search_row import search_row

FORMAT = 3
LARGEST = 64 << 20  # bytes of what a part holds beside bodies, inflated
COMPRESSION = 3
ID_BYTES = 16
BLOCK_ROWS = 32  # records: few enough that one of them is read in an instant

Member = tuple[bytes, str, str, int, int, bytes | None]  # record, scope, kind, state, revision, into


class PartBroken(Exception):
    """Not a part that this build can read."""


class Block(Struct, array_like=True):
    """Some records that follow each other by id; the rest is bound (``sync.sheaf``) in their order."""

    ids: bytes
    lines: bytes  # of customers; of all others empty
    heads: bytes
    bodies: bytes = b""  # deflated: beside the rest on its way

    @property
    def bound(self) -> tuple[bytes, bytes, bytes]:
        """What is bound, as it is kept."""
        return self.lines, self.heads, self.bodies


class Light(Struct, array_like=True):
    """What of a part is worth deflating."""

    members: list[Member]
    groups: tuple[str, ...]  # those of the packs, by number
    dictionary: bytes
    blocks: list[Block]  # without the bodies
    lines_by: int  # sync.summary.VERSION
    index: bytes = b""  # sync.search_segment.Segment of all lines of the file; in its last part


class Part(Struct, array_like=True):
    """A part, opened."""

    light: Light
    blocks: list[Block]

    def rows(self) -> Iterator[MemberRow]:
        """Yield the rows as a pull would bring them.

        Raises:
            PartBroken: a pack cannot be read.
        """
        packs = {key: (heads, bodies) for block in self.blocks for key, heads, bodies in _packs_of(block)}
        for record, scope, kind, state, rev, into in self.light.members:
            fragments: tuple[FragmentRow, ...] = ()
            if record in packs:
                try:
                    found = unpack(*packs[record], self.light.groups, self.light.dictionary)
                except PackBroken as broken:
                    raise PartBroken("a pack") from broken
                fragments = tuple(FragmentRow(group=group, rev=rev, body=body) for group, rev, body in found)
            yield MemberRow(
                scope=scope,
                record_id=UUID(bytes=record),
                kind=kind,
                state=state,
                rev=rev,
                into=UUID(bytes=into) if into else None,
                fragments=fragments,
            )


def keys_in(ids: bytes) -> list[bytes]:
    """Return the records of a block."""
    return [ids[start : start + ID_BYTES] for start in range(0, len(ids), ID_BYTES)]


def _packs_of(block: Block) -> Iterator[tuple[bytes, bytes, bytes]]:
    keys = keys_in(block.ids)
    heads, bodies = (sheaf.all_of(each, len(keys)) for each in (block.heads, block.bodies))
    return zip(keys, heads, bodies, strict=True)


class _Sealed(Struct, array_like=True):
    """A part on its way."""

    format: int
    light: bytes
    bodies: list[bytes]  # of each block


class FileWriter:
    """Writes the parts of one file, and remembers what its last part says of all."""

    def __init__(self, levels: Mapping[str, Level]) -> None:
        """Begin a file.

        Args:
            levels: what the lens shows of each field; the rows were made for it.
        """
        self._levels = levels
        self._index = search_segment.Builder()
        self._indexed: set[bytes] = set()

    def part(self, rows: Iterable[MemberRow], *, last: bool) -> bytes:
        """Return a part that holds these rows; nothing follows the last."""
        members: list[Member] = []
        held: dict[bytes, Sequence[FragmentRow]] = {}
        customers: set[bytes] = set()
        for row in rows:
            key = row.record_id.bytes
            into = row.into.bytes if row.into else None
            members.append((key, row.scope, str(row.kind), row.state, row.rev, into))
            if row.fragments:
                held.setdefault(key, row.fragments)
            if row.kind == Kind.CUSTOMER and row.state == MemberState.IN and row.fragments:
                customers.add(key)
        dictionary = dictionary_of([b"".join(each.body for each in parts) for parts in held.values()])
        numbers: dict[str, int] = {}
        whole = []
        for keys in _in_blocks(held):
            packed = [
                pack(((each.group, each.rev, each.body) for each in held[key]), numbers, dictionary)
                for key in keys
            ]
            whole.append(
                Block(
                    ids=b"".join(keys),
                    lines=sheaf.bind(
                        [self._line(key, held[key]) if key in customers else b"" for key in keys]
                    ),
                    heads=sheaf.bind([each for each, _ in packed]),
                    bodies=sheaf.bind([each for _, each in packed]),
                )
            )
        light = Light(
            members=members,
            groups=tuple(numbers),
            dictionary=dictionary,
            blocks=[msgspec.structs.replace(block, bodies=b"") for block in whole],
            lines_by=summary.VERSION,
            index=search_segment.encode(self._index.segment()) if last else b"",
        )
        deflated = zlib.compress(msgspec.msgpack.encode(light), COMPRESSION)
        return msgspec.msgpack.encode(
            _Sealed(format=FORMAT, light=deflated, bodies=[block.bodies for block in whole])
        )

    def _line(self, key: bytes, fragments: Iterable[FragmentRow]) -> bytes:
        values = summary.read_values(each.body for each in fragments)
        line = summary.summarize(UUID(bytes=key), values, self._levels, pending=0)
        if key not in self._indexed:
            self._indexed.add(key)
            self._index.add(key, search_row(line))
        return summary.encode(line)


def _in_blocks(keys: Iterable[bytes]) -> Iterator[list[bytes]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), BLOCK_ROWS):
        yield ordered[start : start + BLOCK_ROWS]


_light_decoder = msgspec.msgpack.Decoder(Light)
_sealed_decoder = msgspec.msgpack.Decoder(_Sealed)


def opened(content: bytes) -> Part:
    """Open a part, in memory: it never lies in the clear on the tablet's disk.

    Raises:
        PartBroken: these bytes are no part, or one of a format this build does not know.
    """
    try:
        sealed = _sealed_decoder.decode(content)
        if sealed.format != FORMAT:
            raise PartBroken("another format")
        inflating = zlib.decompressobj()
        plain = inflating.decompress(sealed.light, LARGEST)
        if not inflating.eof:
            raise PartBroken("longer than a part may be, or cut")
        light = _light_decoder.decode(plain)
        blocks = [
            msgspec.structs.replace(block, bodies=bodies)
            for block, bodies in zip(light.blocks, sealed.bodies, strict=True)
        ]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, zlib.error, ValueError) as error:
        raise PartBroken(type(error).__name__) from error
    if not all(_is_sound(block) for block in blocks):
        raise PartBroken("a block")
    return Part(light=light, blocks=blocks)


def _is_sound(block: Block) -> bool:
    """Whether ids stand in their order, and every other value is bound to one."""
    keys = keys_in(block.ids)
    if not keys or len(block.ids) % ID_BYTES or sorted(set(keys)) != keys:
        return False
    try:
        for each in block.bound:
            sheaf.ends_of(each, len(keys))
    except sheaf.SheafBroken:
        return False
    return True
