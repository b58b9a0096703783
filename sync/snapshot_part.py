"""A part of a first download, written by the server, entered by the tablet without looking at each customer.

It holds the rows of a pull in another shape: memberships as they are kept, each customer packed
(``sync.packing``) as she will lie in the store, the line that lists show of her, and in the last part the
search index of the whole file.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

import msgspec

from schemas.protocol import FragmentRow, MemberRow, MemberState
from schemas.record import Kind, Struct
from schemas.visibility import Level
from sync import search_segment, summary
from sync.packing import PackBroken, dictionary_of, pack, unpack
from sync.search_row import search_row

FORMAT = 2
LARGEST = 64 << 20  # bytes of what a part holds beside packs, inflated
COMPRESSION = 3

Member = tuple[bytes, str, str, int, int, bytes | None]  # record, scope, kind, state, revision, into
Pack = tuple[bytes, bytes, bytes]  # record, heads, bodies


class PartBroken(Exception):
    """Not a part that this build can read."""


class Light(Struct, array_like=True):
    """What of a part is worth deflating."""

    members: list[Member]
    groups: tuple[str, ...]  # those of the packs, by number
    dictionary: bytes
    lines: list[tuple[bytes, bytes]]  # record, line
    lines_by: int  # sync.summary.VERSION
    index: bytes = b""  # sync.search_segment.Segment of all lines of the file; in its last part


class Part(Struct, array_like=True):
    """A part, opened."""

    light: Light
    packs: list[Pack]

    def rows(self) -> Iterator[MemberRow]:
        """Yield the rows as a pull would bring them.

        Raises:
            PartBroken: a pack cannot be read.
        """
        packs = {record: (heads, bodies) for record, heads, bodies in self.packs}
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


class _Sealed(Struct, array_like=True):
    """A part on its way."""

    format: int
    light: bytes
    packs: list[Pack]


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
        packs = [
            (key, *pack(((each.group, each.rev, each.body) for each in parts), numbers, dictionary))
            for key, parts in held.items()
        ]
        light = Light(
            members=members,
            groups=tuple(numbers),
            dictionary=dictionary,
            lines=[(key, self._line(key, held[key])) for key in held if key in customers],
            lines_by=summary.VERSION,
            index=search_segment.encode(self._index.segment()) if last else b"",
        )
        deflated = zlib.compress(msgspec.msgpack.encode(light), COMPRESSION)
        return msgspec.msgpack.encode(_Sealed(format=FORMAT, light=deflated, packs=packs))

    def _line(self, key: bytes, fragments: Iterable[FragmentRow]) -> bytes:
        values = summary.read_values(each.body for each in fragments)
        line = summary.summarize(UUID(bytes=key), values, self._levels, pending=0)
        if key not in self._indexed:
            self._indexed.add(key)
            self._index.add(key, search_row(line))
        return summary.encode(line)


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
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, zlib.error) as error:
        raise PartBroken(type(error).__name__) from error
    return Part(light=light, packs=sealed.packs)
