"""The server's word on this tablet: fragments and memberships, applied in any order, purged for good."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec

from schemas.patch import Patches
from schemas.protocol import Entitlement, FragmentBody, MemberRow, MemberState
from schemas.record import Kind
from schemas.visibility import NOTES
from sync.patching import DoesNotFit, grown, sum_of, unpack
from sync.replica import packed
from sync.replica.driver import Connection
from sync.snapshot_part import Block, Part, keys_in
from sync.summary import VERSION, read_values

_TOMBSTONE = ""  # the scope under which an erased record's id is kept, so that no late reply brings it back

_AT_ONCE = 500  # parameters of one statement


_body_decoder = msgspec.json.Decoder(FragmentBody)


_PUT_MEMBER = (
    "insert into member (record_id, scope, kind, state, rev, into_id, generation)"
    " values (?, ?, ?, ?, ?, ?, ?)"
    " on conflict (record_id, scope) do update set kind = excluded.kind, state = excluded.state,"
    " rev = excluded.rev, into_id = excluded.into_id, generation = excluded.generation"
    " where excluded.rev >= member.rev or member.generation < excluded.generation"
)
_PUT_FRAGMENT = (
    "insert into fragment (record_id, grp, rev, body, generation) values (?, ?, ?, ?, ?)"
    " on conflict (record_id, grp) do update set rev = excluded.rev, body = excluded.body,"
    " generation = excluded.generation"
    " where excluded.rev > fragment.rev or fragment.generation < excluded.generation"
)


@dataclass
class Applied:
    """What rows came to."""

    touched: set[UUID] = field(default_factory=set)  # records they speak about, those filed left out
    whole: dict[UUID, list[bytes]] = field(default_factory=dict)  # new customers: all bodies
    filed: set[bytes] = field(default_factory=set)  # records that came with the lines made beforehand


def apply_rows(
    connection: Connection,
    rows: Iterable[MemberRow],
    *,
    entitlement: Entitlement,
    generation: int,
) -> Applied:
    """Apply rows of any reply.

    A fragment replaces an older revision, a membership an older or equal one; a row of an earlier generation
    is replaced whatever its revision. Rows and groups outside the entitlement are left out. Applying rows
    late, twice or in another order gives the same store.
    """
    scopes, groups = set(entitlement.scopes), set(entitlement.groups)
    buried = _buried(connection)
    members = []
    fragments = []
    applied = Applied()
    brought: dict[UUID, list[bytes]] = {}
    for row in rows:
        if row.scope not in scopes or row.record_id in buried:
            continue
        key = row.record_id.bytes
        applied.touched.add(row.record_id)
        into = row.into.bytes if row.into else None
        members.append((key, row.scope, row.kind, row.state, row.rev, into, generation))
        parts = [
            (key, fragment.group, fragment.rev, fragment.body, generation)
            for fragment in row.fragments
            if fragment.group in groups
        ]
        fragments += parts
        if row.kind == Kind.CUSTOMER and row.state == MemberState.IN and parts:
            # Told twice in one page, she is read back: which of two revisions stands is for the store to say.
            brought[row.record_id] = [part[3] for part in parts] if row.record_id not in brought else []
    known = _known_among(connection, brought)
    packed.unpack_records(connection, [each.bytes for each in applied.touched])
    connection.executemany(_PUT_MEMBER, members)
    connection.executemany(_PUT_FRAGMENT, fragments)
    connection.execute(
        "delete from fragment where record_id in (select record_id from member gone where state <> 1"
        " and not exists (select 1 from member where record_id = gone.record_id and state = 1))"
    )
    known |= {each.bytes for each in _ids(connection, "select record_id from member where state <> 1", ())}
    applied.whole = {
        record_id: bodies for record_id, bodies in brought.items() if bodies and record_id.bytes not in known
    }
    return applied


def apply_patches(
    connection: Connection, packed_patches: Patches, *, entitlement: Entitlement, generation: int
) -> Applied:
    """Put what changed into the fragments held. One that is there already changes nothing.

    Raises:
        DoesNotFit: what is held is not what the changes were made for: nothing of the page may stay.
    """
    patches = unpack(packed_patches)
    packed.unpack_records(connection, [each.record_id.bytes for each in patches])
    groups = set(entitlement.groups)
    rows = []
    for patch in patches:
        key = patch.record_id.bytes
        row = connection.execute(
            "select rev, body from fragment where record_id = ? and grp = ?", (key, patch.group)
        ).fetchone()
        if row is None or row[0] > patch.rev or patch.group not in groups:
            raise DoesNotFit
        rows.append((key, patch.group, patch.rev, grown(row[1], patch.changes), generation))
    if sum_of(row[3] for row in rows) != packed_patches.sum:
        raise DoesNotFit
    connection.executemany(_PUT_FRAGMENT, rows)
    return Applied(touched={each.record_id for each in patches})


def load(connection: Connection, part: Part, *, entitlement: Entitlement, generation: int) -> Applied:
    """Apply the rows of a part of a first download, as ``apply_rows`` would.

    A block of which no record is here yet, and none has to be left out, is kept as it comes.

    Raises:
        PartBroken: nothing of it may stay.
    """
    light = part.light
    scopes = set(entitlement.scopes)
    if not (set(light.groups) <= set(entitlement.groups) and light.lines_by == VERSION):
        return apply_rows(connection, part.rows(), entitlement=entitlement, generation=generation)
    known = {member[0] for member in light.members}
    apart = {member[0] for member in light.members if member[3] != MemberState.IN or member[1] not in scopes}
    apart |= {each.bytes for each in _buried(connection)} & known
    if connection.execute("select 1 from fragment limit 1").fetchone() is not None:
        apart |= _fragments_among(connection, list(known))
    fitting: list[Block] = []
    applied = Applied()
    in_blocks: set[bytes] = set()
    for block in part.blocks:
        keys = keys_in(block.ids)
        in_blocks.update(keys)
        if apart.isdisjoint(keys) and known.issuperset(keys) and not packed.may_hold(connection, block):
            fitting.append(block)
            applied.filed.update(keys)
        else:
            apart.update(keys)
    if apart:
        rows = (row for row in part.rows() if row.record_id.bytes in apart)
        filed, applied = (
            applied.filed,
            apply_rows(connection, rows, entitlement=entitlement, generation=generation),
        )
        applied.filed = filed
    connection.executemany(
        _PUT_MEMBER, [(*member, generation) for member in light.members if member[0] not in apart]
    )
    packed.put(connection, fitting, groups=light.groups, dictionary=light.dictionary, generation=generation)
    applied.touched |= {UUID(bytes=key) for key in known - apart - in_blocks}
    return applied


def purge(connection: Connection, entitlement: Entitlement) -> set[UUID]:
    """Delete all that the entitlement does not name; return the records that lost something."""
    packed.unpack_groups(connection, entitlement.groups)
    groups = _outside(connection, "select distinct grp from fragment", entitlement.groups)
    scopes = _outside(connection, "select distinct scope from member", (*entitlement.scopes, _TOMBSTONE))
    lost: set[UUID] = set()
    for group in groups:
        lost |= _ids(connection, "select distinct record_id from fragment where grp = ?", (group,))
        connection.execute("delete from fragment where grp = ?", (group,))
    for scope in scopes:
        lost |= _ids(connection, "select distinct record_id from member where scope = ?", (scope,))
        connection.execute("delete from member where scope = ?", (scope,))
    if scopes:
        _drop_homeless(connection)
    return lost


def bury(connection: Connection, record_ids: Collection[UUID]) -> set[UUID]:
    """Delete all of erased records and remember their ids; return those not buried before."""
    fresh = set(record_ids) - _buried(connection)
    packed.remove(connection, [each.bytes for each in fresh])
    for record_id in fresh:
        key = record_id.bytes
        connection.execute("delete from fragment where record_id = ?", (key,))
        connection.execute("delete from member where record_id = ?", (key,))
        connection.execute(
            "insert into member (record_id, scope, kind, state, rev, generation) values (?, ?, '', ?, 0, 0)",
            (key, _TOMBSTONE, MemberState.ERASED),
        )
    return fresh


def sweep(connection: Connection, *, generation: int) -> set[UUID]:
    """Delete what a whole walk of this generation did not show; return the records that lost something."""
    lost = _ids(
        connection,
        "select record_id from member where generation < ?1 and scope <> ?2"
        " union select record_id from fragment where generation < ?1",
        (generation, _TOMBSTONE),
    )
    unseen = packed.keys_before(connection, generation)
    lost |= {UUID(bytes=key) for key in unseen}
    connection.execute("delete from member where generation < ? and scope <> ?", (generation, _TOMBSTONE))
    connection.execute("delete from fragment where generation < ?", (generation,))
    packed.remove(connection, unseen)
    _drop_homeless(connection)
    return lost


def forget_departures(connection: Connection) -> None:
    """Forget who left, once a walk has come to its end: the server may forget it too, and count anew."""
    connection.execute("delete from member where state = ?", (MemberState.OUT,))


def bodies(connection: Connection, record_id: UUID) -> list[FragmentBody]:
    """Return the fragments held of a record."""
    rows = connection.execute(
        "select grp, rev, body from fragment where record_id = ? order by grp", (record_id.bytes,)
    ).fetchall()
    rows = rows or sorted(packed.fragments(connection, record_id))
    return [_body_decoder.decode(row[2]) for row in rows]


def revisions(connection: Connection, record_id: UUID) -> dict[str, int]:
    """Return the revision of every value as the server last told it; edits that wait count for nothing."""
    return {path: stamp.rev for body in bodies(connection, record_id) for path, stamp in body.stamps.items()}


def customers_among(
    connection: Connection, record_ids: Collection[UUID]
) -> Iterator[tuple[UUID, dict[str, Any]]]:
    """Yield the customers held among these records, each with the values her line is made of."""
    keys = [record_id.bytes for record_id in record_ids]
    for key, found in packed.customers_among(connection, keys):
        yield UUID(bytes=key), read_values(body for _, _, body in found)
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        rows = connection.execute(
            f"select record_id, body from fragment where record_id in ({marks})"  # noqa: S608 (marks only)
            " and exists (select 1 from member where member.record_id = fragment.record_id"
            " and state = 1 and kind = 'customer') order by record_id",
            some,
        )
        for key, parts in groupby(rows, key=itemgetter(0)):
            yield UUID(bytes=key), read_values(body for _, body in parts)


def notes_among(connection: Connection, record_ids: Collection[UUID]) -> Iterator[tuple[UUID, bytes]]:
    """Yield (record, body) of each fragment with notes that is held of these records."""
    keys = [record_id.bytes for record_id in record_ids]
    for key, found in packed.customers_among(connection, keys):
        yield from ((UUID(bytes=key), body) for group, _, body in found if _holds_notes(group))
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        rows = connection.execute(
            "select record_id, grp, body from fragment"  # noqa: S608 (marks only)
            f" where record_id in ({', '.join('?' * len(some))})",
            some,
        )
        yield from ((UUID(bytes=key), body) for key, group, body in rows if _holds_notes(group))


def _holds_notes(group: str) -> bool:
    return group.partition("@")[0] == NOTES


def present_among(connection: Connection, record_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the records that some scope still holds."""
    held = _ids(connection, "select record_id from member where state = ?", (MemberState.IN,))
    return held & set(record_ids)


def remove(connection: Connection, record_ids: Collection[UUID]) -> None:
    """Delete all that is held of these records, so that the server's word takes its place."""
    keys = [(record_id.bytes,) for record_id in record_ids]
    connection.executemany("delete from fragment where record_id = ?", keys)
    packed.remove(connection, [key for (key,) in keys])
    connection.executemany(
        f"delete from member where record_id = ? and scope <> '{_TOMBSTONE}'",  # noqa: S608 (ours)
        keys,
    )


def survivor_of(connection: Connection, record_id: UUID) -> UUID | None:
    """Return the record that this one was merged into, or None."""
    row = connection.execute(
        "select into_id from member where record_id = ? and state = ? and into_id is not null limit 1",
        (record_id.bytes, MemberState.MERGED),
    ).fetchone()
    return UUID(bytes=row[0]) if row else None


def last_survivor_of(connection: Connection, record_id: UUID) -> UUID:
    """Return who answers for a record, at the end of a chain of merges: itself when it is not merged, or is
    held again."""
    seen: set[UUID] = set()
    while record_id not in seen and not _is_held(connection, record_id):
        seen.add(record_id)
        record_id = survivor_of(connection, record_id) or record_id
    return record_id


def merged(connection: Connection) -> set[UUID]:
    """Return every record known here to have been merged into another."""
    statement = "select record_id from member where state <> 1 and state = ?"
    return _ids(connection, statement, (MemberState.MERGED,))


def _is_held(connection: Connection, record_id: UUID) -> bool:
    statement = "select 1 from member where record_id = ? and state = 1 limit 1"
    return connection.execute(statement, (record_id.bytes,)).fetchone() is not None


def is_public(connection: Connection, record_id: UUID) -> bool:
    """Whether a record held here is of no customer."""
    row = connection.execute(
        "select 1 from member where record_id = ? and kind <> 'customer'", (record_id.bytes,)
    ).fetchone()
    return row is not None


def held(connection: Connection, kind: str) -> list[UUID]:
    """Return the records of a kind that are held, by id."""
    rows = connection.execute(
        "select distinct record_id from member where kind = ? and state = 1 order by record_id", (kind,)
    )
    return [UUID(bytes=row[0]) for row in rows]


def fragments_held(connection: Connection) -> list[tuple[UUID, str, int]]:
    """Return (record, group, revision) of every fragment: what a digest is made of."""
    rows = connection.execute("select record_id, grp, rev from fragment").fetchall()
    return [(UUID(bytes=row[0]), row[1], row[2]) for row in (*rows, *packed.heads(connection))]


def every_fragment(connection: Connection) -> Iterator[tuple[UUID, str, int, bytes]]:
    """Yield (record, group, revision, body) of everything held, however it lies."""
    for key, group, rev, body in connection.execute("select record_id, grp, rev, body from fragment"):
        yield UUID(bytes=key), group, rev, body
    for key, found in packed.every_record(connection):
        for group, rev, body in found:
            yield UUID(bytes=key), group, rev, body


def _buried(connection: Connection) -> set[UUID]:
    return _ids(connection, f"select record_id from member where scope = '{_TOMBSTONE}'", ())  # noqa: S608


def _drop_homeless(connection: Connection) -> None:
    connection.execute(
        "delete from fragment where record_id not in (select record_id from member where state = 1)"
    )
    lying = packed.keys(connection)
    if lying:
        lying -= {row[0] for row in connection.execute("select record_id from member where state = 1")}
        packed.remove(connection, lying)


def _known_among(connection: Connection, record_ids: Collection[UUID]) -> set[bytes]:
    """Return which of the records some fragment is held of."""
    keys = [record_id.bytes for record_id in record_ids]
    return _fragments_among(connection, keys) | packed.keys_among(connection, keys)


def _fragments_among(connection: Connection, keys: list[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        rows = connection.execute(
            f"select record_id from fragment where record_id in ({marks}) group by record_id",  # noqa: S608
            some,
        )
        found.update(row[0] for row in rows)
    return found


def _outside(connection: Connection, statement: str, allowed: Collection[str]) -> list[str]:
    return [row[0] for row in connection.execute(statement) if row[0] not in set(allowed)]


def _ids(connection: Connection, statement: str, arguments: tuple[str | int, ...]) -> set[UUID]:
    return {UUID(bytes=row[0]) for row in connection.execute(statement, arguments)}
