"""Records that lie packed in the store, as a first download brought them; unpacked to be changed."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

import msgspec

from sync.packing import Fragment, PackBroken, heads_of, unpack
from sync.replica.driver import Connection, StoreDamaged

_AT_ONCE = 500  # parameters of one statement
_groups_decoder = msgspec.msgpack.Decoder(list[str])


class Shelves:
    """The parts' names and dictionaries, read once each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._held: dict[int, tuple[list[str], bytes]] = {}

    def fragments(self, part: int, heads: bytes, bodies: bytes) -> list[Fragment]:
        """Return the fragments of a pack."""
        try:
            return unpack(heads, bodies, *self._of(part))
        except PackBroken as broken:
            raise StoreDamaged("a pack") from broken

    def heads(self, part: int, heads: bytes) -> list[tuple[str, int]]:
        """Return (group, revision) of the fragments of a pack."""
        try:
            return heads_of(heads, self._of(part)[0])
        except PackBroken as broken:
            raise StoreDamaged("a pack") from broken

    def _of(self, part: int) -> tuple[list[str], bytes]:
        if part not in self._held:
            row = self._connection.execute(
                "select groups, dictionary from packed_part where n = ?", (part,)
            ).fetchone()
            if row is None:
                raise StoreDamaged("a part's dictionary")
            self._held[part] = _groups_decoder.decode(row[0]), row[1]
        return self._held[part]


def is_empty(connection: Connection) -> bool:
    """Whether nothing lies packed here."""
    return connection.execute("select 1 from packed limit 1").fetchone() is None


def put(
    connection: Connection,
    packs: Iterable[tuple[bytes, bytes, bytes]],
    *,
    groups: Sequence[str],
    dictionary: bytes,
    generation: int,
) -> None:
    """Keep the packs (record, heads, bodies) of one part; none of the records is here yet."""
    cursor = connection.execute(
        "insert into packed_part (groups, dictionary) values (?, ?)",
        (msgspec.msgpack.encode(groups), dictionary),
    )
    part = cursor.lastrowid
    connection.executemany(
        f"insert into packed (record_id, heads, bodies, part, generation) values (?, ?, ?, {part},"  # noqa: S608
        f" {int(generation)})",
        packs,
    )


def fragments(connection: Connection, record_id: UUID) -> list[Fragment]:
    """Return the fragments of a record that lies packed; of any other none."""
    row = connection.execute(
        "select part, heads, bodies from packed where record_id = ?", (record_id.bytes,)
    ).fetchone()
    return Shelves(connection).fragments(*row) if row else []


def customers_among(connection: Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, list[Fragment]]]:
    """Yield those of the records that lie packed and are customers held."""
    if is_empty(connection):
        return
    shelves = Shelves(connection)
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        rows = connection.execute(
            "select record_id, part, heads, bodies from packed"  # noqa: S608 (marks only)
            f" where record_id in ({', '.join('?' * len(some))})"
            " and exists (select 1 from member where member.record_id = packed.record_id"
            " and state = 1 and kind = 'customer')",
            some,
        )
        for key, *pack in rows:
            yield key, shelves.fragments(*pack)


def every_record(connection: Connection) -> Iterator[tuple[bytes, list[Fragment]]]:
    """Yield everything that lies packed."""
    shelves = Shelves(connection)
    for key, *pack in connection.execute("select record_id, part, heads, bodies from packed"):
        yield key, shelves.fragments(*pack)


def heads(connection: Connection) -> Iterator[tuple[bytes, str, int]]:
    """Yield (record, group, revision) of every fragment that lies packed."""
    shelves = Shelves(connection)
    for key, part, packed_heads in connection.execute("select record_id, part, heads from packed"):
        for group, rev in shelves.heads(part, packed_heads):
            yield key, group, rev


def unpack_records(connection: Connection, keys: Collection[bytes]) -> None:
    """Move these records, as far as they lie packed, to where each fragment can change."""
    if is_empty(connection):
        return
    shelves = Shelves(connection)
    for key in keys:
        row = connection.execute(
            "select part, heads, bodies, generation from packed where record_id = ?", (key,)
        ).fetchone()
        if row is not None:
            *pack, generation = row
            connection.executemany(
                "insert into fragment (record_id, grp, rev, body, generation) values (?, ?, ?, ?, ?)",
                [(key, group, rev, body, generation) for group, rev, body in shelves.fragments(*pack)],
            )
            connection.execute("delete from packed where record_id = ?", (key,))


def unpack_groups(connection: Connection, allowed: Collection[str]) -> None:
    """Unpack every record of the parts that hold another group than these."""
    rows = connection.execute("select n, groups from packed_part").fetchall()
    for part, groups in rows:
        if not set(_groups_decoder.decode(groups)) <= set(allowed):
            found = connection.execute("select record_id from packed where part = ?", (part,)).fetchall()
            unpack_records(connection, [key for (key,) in found])
            connection.execute("delete from packed_part where n = ?", (part,))
