"""Records that lie packed in the store, in blocks as a first download brought them, until they change."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

import msgspec

from sync import sheaf
from sync.packing import Fragment, PackBroken, heads_of, unpack
from sync.replica.driver import Connection, StoreDamaged
from sync.snapshot_part import ID_BYTES, Block, keys_in

_AT_ONCE = 500  # parameters of one statement
_groups_decoder = msgspec.msgpack.Decoder(list[str])

_BEFORE = "select n, ids from block where first <= ? order by first desc limit 1"


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
    return connection.execute("select 1 from block limit 1").fetchone() is None


def may_hold(connection: Connection, block: Block) -> bool:
    """Whether a block held spans some of the ids that this one spans."""
    row = connection.execute(_BEFORE, (block.ids[-ID_BYTES:],)).fetchone()
    return row is not None and row[1][-ID_BYTES:] >= block.ids[:ID_BYTES]


def put(
    connection: Connection,
    blocks: Iterable[Block],
    *,
    groups: Sequence[str],
    dictionary: bytes,
    generation: int,
) -> None:
    """Keep blocks of one part as they came; none of their records is here yet."""
    cursor = connection.execute(
        "insert into packed_part (groups, dictionary) values (?, ?)",
        (msgspec.msgpack.encode(groups), dictionary),
    )
    connection.executemany(
        "insert into block (first, part, generation, ids, lines, heads, bodies) values (?, ?, ?, ?, ?, ?, ?)",
        [(block.ids[:ID_BYTES], cursor.lastrowid, generation, block.ids, *block.bound) for block in blocks],
    )


def fragments(connection: Connection, record_id: UUID) -> list[Fragment]:
    """Return the fragments of a record that lies packed; of any other none."""
    found = _place_of(connection, record_id.bytes)
    if found is None:
        return []
    row = connection.execute("select ids, part, heads, bodies from block where n = ?", (found[0],)).fetchone()
    return Shelves(connection).fragments(row[1], *(_one(each, found[1], row[0]) for each in row[2:]))


def line(connection: Connection, record_id: bytes) -> bytes | None:
    """Return the line that came with a customer who lies packed."""
    row = connection.execute(
        "select ids, lines from block where first <= ? order by first desc limit 1", (record_id,)
    ).fetchone()
    place = None if row is None else _place_in(row[0], record_id)
    return None if place is None else _one(row[1], place, row[0]) or None


def lines(connection: Connection) -> Iterator[tuple[bytes, bytes]]:
    """Yield (record, line) of every customer whose line lies packed."""
    for ids, bound in connection.execute("select ids, lines from block order by first"):
        yield from ((key, line) for key, line in zip(keys_in(ids), _all(bound, ids), strict=True) if line)


def lines_back(connection: Connection, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (record, line) as ``lines`` does, of the ids from ``low`` to before ``high``, the last first."""
    for ids, bound in connection.execute(
        "select ids, lines from block where first < ? order by first desc", (high,)
    ):
        found = zip(keys_in(ids), _all(bound, ids), strict=True)
        yield from reversed([(key, line) for key, line in found if line and low <= key < high])
        if ids[:ID_BYTES] < low:
            return


def customers_among(connection: Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, list[Fragment]]]:
    """Yield those of the records that lie packed and are customers held."""
    if is_empty(connection):
        return
    shelves = Shelves(connection)
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        rows = connection.execute(
            f"select distinct record_id from member where record_id in ({', '.join('?' * len(some))})"  # noqa: S608
            " and state = 1 and kind = 'customer'",
            some,
        )
        for n, places in _places_of(connection, [key for (key,) in rows]).items():
            ids, part, heads, bodies = connection.execute(
                "select ids, part, heads, bodies from block where n = ?", (n,)
            ).fetchone()
            for key, place in places:
                pack = (_one(each, place, ids) for each in (heads, bodies))
                yield key, shelves.fragments(part, *pack)


def every_record(connection: Connection) -> Iterator[tuple[bytes, list[Fragment]]]:
    """Yield everything that lies packed."""
    shelves = Shelves(connection)
    for ids, part, heads, bodies in connection.execute("select ids, part, heads, bodies from block"):
        for key, *pack in zip(keys_in(ids), _all(heads, ids), _all(bodies, ids), strict=True):
            yield key, shelves.fragments(part, *pack)


def heads(connection: Connection) -> Iterator[tuple[bytes, str, int]]:
    """Yield (record, group, revision) of every fragment that lies packed."""
    shelves = Shelves(connection)
    for ids, part, bound in connection.execute("select ids, part, heads from block"):
        for key, packed_heads in zip(keys_in(ids), _all(bound, ids), strict=True):
            for group, rev in shelves.heads(part, packed_heads):
                yield key, group, rev


def keys(connection: Connection) -> set[bytes]:
    """Return every record that lies packed."""
    return {key for (ids,) in connection.execute("select ids from block") for key in keys_in(ids)}


def keys_among(connection: Connection, wanted: Collection[bytes]) -> set[bytes]:
    """Return those of the records that lie packed."""
    if is_empty(connection):
        return set()
    return {key for places in _places_of(connection, wanted).values() for key, _ in places}


def keys_before(connection: Connection, generation: int) -> set[bytes]:
    """Return every record that was brought by an earlier generation."""
    rows = connection.execute("select ids from block where generation < ?", (generation,))
    return {key for (ids,) in rows for key in keys_in(ids)}


def unpack_records(connection: Connection, wanted: Collection[bytes]) -> None:
    """Move these records, as far as they lie packed, to where each fragment can change."""
    _take_out(connection, wanted, keep=True)


def remove(connection: Connection, wanted: Collection[bytes]) -> None:
    """Delete these records, as far as they lie packed; their lines stay until they are drawn anew."""
    _take_out(connection, wanted, keep=False)


def unpack_groups(connection: Connection, allowed: Collection[str]) -> None:
    """Unpack every record of the parts that hold another group than these."""
    rows = connection.execute("select n, groups from packed_part").fetchall()
    for part, groups in rows:
        if not set(_groups_decoder.decode(groups)) <= set(allowed):
            found = connection.execute("select ids from block where part = ?", (part,)).fetchall()
            unpack_records(connection, [key for (ids,) in found for key in keys_in(ids)])
            connection.execute("delete from packed_part where n = ?", (part,))


def _take_out(connection: Connection, wanted: Collection[bytes], *, keep: bool) -> None:
    if is_empty(connection):
        return
    shelves = Shelves(connection)
    for n, places in _places_of(connection, wanted).items():
        ids, part, generation, *bound = connection.execute(
            "select ids, part, generation, lines, heads, bodies from block where n = ?", (n,)
        ).fetchone()
        taken = dict.fromkeys(place for _, place in places)
        rows = list(zip(keys_in(ids), *(_all(each, ids) for each in bound), strict=True))
        gone = [rows[place] for place in taken]
        connection.executemany(
            "insert or ignore into summary (record_id, line) values (?, ?)",
            [(key, line) for key, line, _, _ in gone if line],
        )
        if keep:
            connection.executemany(
                "insert into fragment (record_id, grp, rev, body, generation) values (?, ?, ?, ?, ?)",
                [
                    (key, group, rev, body, generation)
                    for key, _, *pack in gone
                    for group, rev, body in shelves.fragments(part, *pack)
                ],
            )
        left = [row for place, row in enumerate(rows) if place not in taken]
        if left:
            columns = list(zip(*left, strict=True))
            connection.execute(
                "update block set ids = ?, lines = ?, heads = ?, bodies = ? where n = ?",
                (b"".join(columns[0]), *map(sheaf.bind, columns[1:]), n),
            )
        else:
            connection.execute("delete from block where n = ?", (n,))


def _places_of(connection: Connection, wanted: Collection[bytes]) -> dict[int, list[tuple[bytes, int]]]:
    """Return where records lie: by the block's number, each with its place in it."""
    found: defaultdict[int, list[tuple[bytes, int]]] = defaultdict(list)
    for key in wanted:
        if (at := _place_of(connection, key)) is not None:
            found[at[0]].append((key, at[1]))
    return found


def _place_of(connection: Connection, key: bytes) -> tuple[int, int] | None:
    row = connection.execute(_BEFORE, (key,)).fetchone()
    place = None if row is None else _place_in(row[1], key)
    return None if place is None else (row[0], place)


def _place_in(ids: bytes, key: bytes) -> int | None:
    at = ids.find(key)
    while at > 0 and at % ID_BYTES:  # across two ids
        at = ids.find(key, at + 1)
    return None if at < 0 else at // ID_BYTES


def _one(bound: bytes, place: int, ids: bytes) -> bytes:
    try:
        return sheaf.one_of(bound, place, len(ids) // ID_BYTES)
    except sheaf.SheafBroken as broken:
        raise StoreDamaged("a block") from broken


def _all(bound: bytes, ids: bytes) -> list[bytes]:
    try:
        return sheaf.all_of(bound, len(ids) // ID_BYTES)
    except sheaf.SheafBroken as broken:
        raise StoreDamaged("a block") from broken
