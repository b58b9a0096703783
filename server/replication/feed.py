"""The change feed: one page of what is not visible in a replica's snapshot, as its lens shows it.

Why the cursor is a snapshot, and why a page misses no commit, is argued in docs/sync-protocol.md.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from uuid import UUID

import asyncpg
import msgspec

from schemas.protocol import FragmentRow, MemberRow, MemberState
from schemas.record import Kind, Struct
from server.database.pool import Connection
from server.replication.lives import NO_UNLOGGED, OnStandby
from server.replication.recent import Seen, patch_since
from server.replication.token import (
    NOTHING_SEEN,
    FeedToken,
    Stream,
    after_round,
    streams_for,
)
from sync.patching import Patch

FEWEST_ROWS, MOST_ROWS = 32, 500  # of a page
TYPICAL_ROW = 4096  # bytes: a page is not read far beyond what it may hold
TYPICAL_CHANGE = 64  # bytes of one, about
KINDS: Mapping[int, Kind] = {
    1: Kind.CUSTOMER,
    2: Kind.PRODUCT,
    3: Kind.STORE,
    4: Kind.ASSOCIATE,
    5: Kind.WORDING,
    6: Kind.STOCK,
    7: Kind.TEMPLATE,
    8: Kind.PRESSURE,
    9: Kind.ABSENCE,
}
KIND_NUMBERS: Mapping[Kind, int] = {kind: number for number, kind in KINDS.items()}

# Records whose fragments of these groups a reply carries.
Carried = set[tuple[tuple[str, ...], UUID]]

_FIRST_KEY = (UUID(int=0), 0)

_FRAGMENTS = """
select pg_current_snapshot()::text as snapshot, pg_is_in_recovery() as standby,
       marker.boot_id, marker.gc_floor::text as gc_floor,
       (pg_current_wal_flush_lsn() - '0/0')::bigint as lsn,
       (select array_agg(gone.record_id order by gone.record_id) from erasure gone
        where gone.xid >= pg_snapshot_xmin($7::text::pg_snapshot)
          and not pg_visible_in_snapshot(gone.xid, $7::text::pg_snapshot)) as erased,
       (select array_agg(concat_ws(' ', late.mutation_id, late.status, late.code)) from late_verdict late
        where late.device_id = $8 and late.xid >= pg_snapshot_xmin($7::text::pg_snapshot)
          and not pg_visible_in_snapshot(late.xid, $7::text::pg_snapshot)) as verdicts,
       p.scope, p.record_id, p.kind, p.state, p.rev, p.into_id,
       not pg_visible_in_snapshot(p.moved, $2::text::pg_snapshot) as moved,
       f.grp, f.rev as fragment_rev, f.body, f.recent
from (select 1) one
left join boot_marker marker
  on marker.started = pg_postmaster_start_time() and marker.database = current_database()
left join p on true
left join lateral (
  select held.grp, held.rev, held.body, held.recent from fragment held
  where held.record_id = p.record_id and p.state = 1 and held.grp = any($6::text[])
    -- What cannot be new is told first: the wall asks of each of the others whether she is within reach.
    and (held.xid >= pg_snapshot_xmin($2::text::pg_snapshot)
         or not pg_visible_in_snapshot(p.moved, $2::text::pg_snapshot))
    and (not pg_visible_in_snapshot(p.moved, $2::text::pg_snapshot)
         or not pg_visible_in_snapshot(held.xid, $2::text::pg_snapshot))
  offset 0) f on true  -- by its key for each record: never a scan of all fragments
order by p.record_id, p.scope
"""

# What changed is found first, by the feed's index, and put in order then. Asked for in the order of the ids
# at once, PostgreSQL walks the whole scope by its key: it plans without knowing the snapshot.
CHANGED = f"""
with p as (
  select x.* from unnest($1::int[]) s(scope) cross join lateral (
    select changed.* from (
      select m.* from member m
      where m.scope = s.scope
        and m.xid >= pg_snapshot_xmin($2::text::pg_snapshot)
        and not pg_visible_in_snapshot(m.xid, $2::text::pg_snapshot)
        and (m.record_id, m.scope) > ($3::uuid, $4::int)
      offset 0) changed
    order by changed.record_id limit $5) x
  order by x.record_id, x.scope limit $5)
{_FRAGMENTS}"""  # noqa: S608 (both parts are ours)

EVERYTHING = f"""
with p as (
  select x.* from unnest($1::int[]) s(scope) cross join lateral (
    select m.* from member m
    where m.scope = s.scope and m.state = 1
      and m.record_id >= $3::uuid and (m.record_id, m.scope) > ($3::uuid, $4::int)
    order by m.record_id limit $5) x
  order by x.record_id, x.scope limit $5)
{_FRAGMENTS}"""  # noqa: S608 (both parts are ours)


class Entitled(Struct, frozen=True, kw_only=True):
    """The channels of one person on one tablet: scope keys with their numbers, and wire keys of groups."""

    scopes: dict[str, int]
    groups: tuple[str, ...]


class Life(Struct, frozen=True, kw_only=True):
    """The life of the database in which a page was read."""

    boot: UUID | None  # None: a new one, not named yet
    gc_floor: int  # departures below this transaction number may have been swept
    lsn: int  # all that the page shows was written to the log before this place


class Page(Struct, frozen=True, kw_only=True):
    """Rows, the token after them, and whether the round goes on."""

    rows: tuple[MemberRow, ...]
    token: FeedToken
    more: bool
    erased: tuple[UUID, ...] = ()  # everybody forgotten since the oldest base, whatever the scope
    verdicts: tuple[str, ...] = ()  # on this device's edits since the oldest base (late_verdicts.told_later)
    patches: tuple[Patch, ...] = ()
    life: Life | None = None  # as the page's own statement saw it; None when there was nothing to read
    size: int = 0  # bytes of the rows, about


async def read_page(
    connection: Connection,
    *,
    entitled: Entitled,
    held: FeedToken | None,
    boot: UUID,
    max_bytes: int,
    device_id: UUID | None = None,
    carried: Carried | None = None,
    patched: bool = False,
) -> Page:
    """Return the next page of a replica's round.

    Args:
        held: the replica's token with snapshots of this boot; None for a first download.
        boot: what the caller takes for the present boot; ``Page.life`` tells whether it is.
        max_bytes: after so many bytes of bodies the page ends; at least one row is sent.
        carried: what the same reply carries already; this page's rows are added.
        patched: whether fragments that the replica holds may be told by what changed in them.

    Raises:
        OnStandby: the database is no primary.
    """
    streams = list(streams_for(held.streams if held else (), entitled.scopes, entitled.groups))
    lsn = held.lsn if held else 0
    if not streams:
        return Page(rows=(), token=FeedToken(boot=boot, lsn=lsn, streams=()), more=False)
    if all(stream.walked for stream in streams):  # what was left to walk is no longer entitled
        done = after_round(tuple(streams), entitled.scopes, entitled.groups)
        return Page(rows=(), token=FeedToken(boot=boot, lsn=lsn, streams=(done,)), more=False)
    at = next(number for number, stream in enumerate(streams) if not stream.walked)
    walk = await _walk(
        connection,
        streams[at],
        entitled,
        max_bytes,
        since=_oldest(streams),
        device_id=device_id,
        only_fragments=_members_known(streams, at),
        carried=set() if carried is None else carried,
        patched=patched,
    )
    streams[at] = walk.stream
    more = True
    if walk.stream.walked:  # keep finished walks in the order they ended
        streams.append(streams.pop(at))
        unfinished = [each for each in streams if not each.walked]
        finished = [each for each in streams if each.walked]
        streams = [*unfinished, *finished]
        if not unfinished:
            streams = [after_round(tuple(finished), entitled.scopes, entitled.groups)]
            more = False
    return Page(
        rows=walk.rows,
        patches=walk.patches,
        token=FeedToken(boot=boot, lsn=walk.life.lsn, streams=tuple(streams)),
        more=more,
        erased=walk.erased,
        verdicts=walk.verdicts,
        life=walk.life,
        size=walk.size,
    )


def _oldest(streams: Iterable[Stream]) -> str:
    return min((stream.base for stream in streams), key=lambda base: int(base.split(":")[0]))


def _members_known(streams: Sequence[Stream], at: int) -> bool:
    """Whether a walk from nothing is of groups gained over scopes whose members the replica has read before.

    Who came or went since then, the stream that read them tells.
    """
    stream = streams[at]
    return stream.base == NOTHING_SEEN and all(
        any(other.base != NOTHING_SEEN and scope in other.scopes for other in streams)
        for scope in stream.scopes
    )


class _Walked(Struct):
    stream: Stream
    rows: tuple[MemberRow, ...]
    patches: tuple[Patch, ...]
    erased: tuple[UUID, ...]
    verdicts: tuple[str, ...]
    life: Life
    size: int


async def _walk(
    connection: Connection,
    stream: Stream,
    entitled: Entitled,
    max_bytes: int,
    *,
    since: str,
    device_id: UUID | None,
    only_fragments: bool,
    carried: Carried,
    patched: bool,
) -> _Walked:
    names = {number: key for key, number in entitled.scopes.items()}
    after = stream.key or _FIRST_KEY
    limit = min(max(max_bytes // TYPICAL_ROW, FEWEST_ROWS), MOST_ROWS)
    try:
        found = await connection.fetch(
            EVERYTHING if stream.base == NOTHING_SEEN else CHANGED,
            [entitled.scopes[key] for key in stream.scopes],
            stream.base,
            after[0],
            after[1],
            limit,
            list(stream.groups),
            since,
            device_id,
        )
    except NO_UNLOGGED as error:
        raise OnStandby from error
    if found[0]["standby"]:
        raise OnStandby
    target = stream.target or found[0]["snapshot"]
    rows: list[MemberRow] = []
    patches: list[Patch] = []
    seen = Seen(stream.base) if patched and stream.base != NOTHING_SEEN else None
    present = (row for row in found if row["record_id"] is not None)
    # Fragments come as the plan finds them, and the plan knows how many people there are beyond the lens.
    members = [
        sorted(parts, key=lambda part: part["grp"] or "")
        for _, parts in groupby(present, key=lambda row: (row["record_id"], row["scope"]))
    ]
    size, key = 0, after
    after_walk = msgspec.structs.replace(stream, target=target)
    for parts in members:
        if (rows or patches) and size > max_bytes:
            break
        record_id, scope = key = (parts[0]["record_id"], parts[0]["scope"])
        told = (stream.groups, record_id) in carried
        cuts = _patches(parts, seen) if seen is not None and not parts[0]["moved"] and not told else []
        patches += cuts
        size += sum(TYPICAL_CHANGE * len(each.changes) for each in cuts)
        row = _row(parts, names[scope], with_fragments=not told, but={each.group for each in cuts})
        if row is not None and only_fragments and not row.fragments:
            row = None
        if parts[0]["state"] == MemberState.IN:  # only such a row carries fragments
            carried.add((stream.groups, record_id))
        if row is not None:
            rows.append(row)
            size += 64 + sum(len(fragment.body) for fragment in row.fragments)
    else:
        if len(members) < limit:
            after_walk = Stream(scopes=stream.scopes, groups=stream.groups, base=target, walked=True)
    if not after_walk.walked:
        after_walk = msgspec.structs.replace(after_walk, key=key)
    return _Walked(
        stream=after_walk,
        rows=tuple(rows),
        patches=tuple(patches),
        erased=tuple(found[0]["erased"] or ()),
        verdicts=tuple(found[0]["verdicts"] or ()),
        life=Life(boot=found[0]["boot_id"], gc_floor=int(found[0]["gc_floor"] or 0), lsn=found[0]["lsn"]),
        size=size,
    )


def _patches(parts: Sequence[asyncpg.Record], seen: Seen) -> list[Patch]:
    """What changed in the fragments of a record that has stayed, as far as that is known."""
    cuts = (
        patch_since(
            seen,
            record_id=part["record_id"],
            group=part["grp"],
            rev=part["fragment_rev"],
            body=part["body"].encode(),
            recent=part["recent"],
        )
        for part in parts
        if part["grp"] is not None
    )
    return [each for each in cuts if each is not None]


def _row(
    parts: Sequence[asyncpg.Record], scope: str, *, with_fragments: bool, but: Collection[str] = ()
) -> MemberRow | None:
    """The row as this lens sees it, or None when nothing of it changed for this lens ``but`` these groups."""
    first = parts[0]
    fragments = tuple(
        fragment_row(part["grp"], part["fragment_rev"], part["body"])
        for part in parts
        if part["grp"] is not None and part["grp"] not in but
    )
    if not first["moved"] and not fragments:
        return None
    return MemberRow(
        scope=scope,
        record_id=first["record_id"],
        kind=KINDS[first["kind"]].value,
        state=first["state"],
        rev=first["rev"],
        into=first["into_id"],
        fragments=fragments if with_fragments else (),
    )


def fragment_row(group: str, rev: int, body: str) -> FragmentRow:
    """Return a stored fragment as it travels."""
    return FragmentRow(group=group, rev=rev, body=body.encode())
