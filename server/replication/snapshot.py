"""First downloads made beforehand: what all who hold the same channels share, built once for all of them.

A file holds the channels that do not belong to one person: the store's customers, the catalogue, the
directory, in the field groups of a lens. It is read through the feed itself, in one transaction, so that it
is exactly what pages would have brought; its token is that of the walk. What is one person's alone (his book,
his pinned customers, his private notes) the pull after it brings. Files lie in unlogged tables: they are in
no log, on no standby, gone after a crash, and swept as soon as anybody in the house is forgotten.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from schemas.ids import uuid7
from schemas.protocol import MemberRow
from schemas.record import Struct
from schemas.snapshot import SnapshotOffer, SnapshotPart
from schemas.visibility import Lens, Level
from server.auth.principal import Principal
from server.database.pool import Connection, Pool, transaction
from server.database.roles import FILES, Standing
from server.replication.feed import Entitled, read_page
from server.replication.lives import current_boot
from server.replication.token import FeedToken, write_token
from server.scope import scope_ids, tablet_scopes
from sync.snapshot_part import FileWriter

PERSONAL_SCOPES = ("own:", "pin:")
PERSONAL_GROUPS = ("notes@own:",)
WORTH_A_FILE = 300  # records; fewer are a page or two
STALE_AFTER = timedelta(hours=1)
KEPT_FOR = timedelta(hours=24)
LATECOMERS = timedelta(minutes=15)  # a replaced file stays for those who are downloading it
PART_ROWS, PART_BYTES = 2_000, 4 << 20  # of bodies
PAGE_BYTES = 2 << 20

_FORGOTTEN = """exists (
  select 1 from erasure gone where gone.xid >= pg_snapshot_xmin(f.base::pg_snapshot)
  and not pg_visible_in_snapshot(gone.xid, f.base::pg_snapshot))"""


class Channels(Struct):
    """What a file holds, and therefore who may have it: whoever is entitled to exactly this."""

    policy_version: int
    scopes: tuple[str, ...]
    groups: tuple[str, ...]
    levels: dict[str, int]

    @property
    def digest(self) -> bytes:
        """The name under which files of these channels are kept."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).digest()


def shared_channels(principal: Principal, lens: Lens) -> Channels:
    """Return the part of a person's entitlement that others have too."""
    return Channels(
        policy_version=principal.policy_version,
        scopes=tuple(sorted(key for key in tablet_scopes(principal) if not key.startswith(PERSONAL_SCOPES))),
        groups=tuple(sorted(key for key in lens.groups if not key.startswith(PERSONAL_GROUPS))),
        levels={field: int(level) for field, level in sorted(lens.levels.items())},
    )


async def offer(
    connection: Connection, principal: Principal, channels: Channels, *, token_key: bytes
) -> SnapshotOffer | None:
    """Return the newest file of these channels; where it is stale or missing, let one be made."""
    found = await connection.fetchrow(
        f"""
        select f.id, f.token, f.sizes, f.digests, f.created_at < now() - $2::interval as stale
        from snapshot_file f where f.channels = $1 and not {_FORGOTTEN}
        order by f.created_at desc limit 1
        """,  # noqa: S608 (ours)
        channels.digest,
        STALE_AFTER,
    )
    if found is None or found["stale"]:
        await _wish(connection, channels)
    if found is None:
        return None
    token = msgspec.msgpack.decode(found["token"], type=FeedToken)
    assert principal.device_id is not None
    sealed = write_token(
        token_key,
        token,
        principal.device_id,
        principal.associate_id,
        scopes=await scope_ids(connection, channels.scopes),
    )
    parts = zip(found["sizes"], found["digests"], strict=True)
    return SnapshotOffer(
        snapshot_id=found["id"],
        token=sealed,
        parts=tuple(SnapshotPart(size=size, digest=digest) for size, digest in parts),
    )


class Slice(Struct):
    """Some bytes of a part, the part's whole size and its digest."""

    body: bytes
    size: int
    digest: bytes


async def read_slice(
    connection: Connection, channels: Channels, snapshot_id: UUID, number: int, *, start: int, end: int | None
) -> Slice | None:
    """Return bytes of a part from ``start`` to before ``end``; None if these channels have no such part."""
    row = await connection.fetchrow(
        f"""
        select substring(p.body from $4 for $5) as body, f.sizes[$3 + 1] as size, f.digests[$3 + 1] as digest
        from snapshot_file f join snapshot_part p on p.file_id = f.id and p.number = $3
        where f.id = $1 and f.channels = $2 and not {_FORGOTTEN}
        """,  # noqa: S608 (ours)
        snapshot_id,
        channels.digest,
        number,
        start + 1,
        2**31 - 1 - start if end is None else max(0, end - start),
    )
    return None if row is None else Slice(body=row["body"], size=row["size"], digest=row["digest"])


async def _wish(connection: Connection, channels: Channels) -> None:
    await connection.execute(
        """
        insert into snapshot_wish (channels, document) values ($1, $2)
        on conflict (channels) do update set asked_at = now()
        where snapshot_wish.asked_at < now() - interval '10 seconds'
        """,
        channels.digest,
        msgspec.to_builtins(channels),
    )


async def build_next(pool: Pool) -> UUID | None:
    """Make the file that was asked for longest ago, if no other node is making one; sweep what is over.

    Return the new file's id, or None when there was nothing to do.
    """
    async with transaction(pool) as guard:
        if not await guard.fetchval("select pg_try_advisory_xact_lock(hashtext('comptoir snapshot'))"):
            return None
        async with transaction(pool) as connection:
            await sweep(connection)
            wish = await connection.fetchval(
                """
                delete from snapshot_wish where channels =
                  (select channels from snapshot_wish order by asked_at limit 1) returning document
                """
            )
            if wish is None:
                return None
            channels = msgspec.convert(wish, Channels)
            await scope_ids(connection, channels.scopes)  # some may hold nothing yet
        await guard.execute("set local idle_in_transaction_session_timeout = 0")
        cutting = Standing(role=FILES, keys=channels.scopes, groups=channels.groups)
        async with transaction(pool, cutting, isolation="repeatable_read") as reading:
            return await _build(reading, channels)


async def sweep(connection: Connection) -> None:
    """Delete files that are too old, were replaced, or may name somebody who was forgotten since."""
    gone = await connection.fetch(
        f"""
        delete from snapshot_file f
        where f.created_at < now() - $1::interval or {_FORGOTTEN}
           or exists (select 1 from snapshot_file newer where newer.channels = f.channels
                      and newer.created_at > f.created_at and newer.created_at < now() - $2::interval)
        returning f.id
        """,  # noqa: S608 (ours)
        KEPT_FOR,
        LATECOMERS,
    )
    if gone:
        await connection.execute(
            "delete from snapshot_part where file_id = any($1)", [row["id"] for row in gone]
        )


async def _build(connection: Connection, channels: Channels) -> UUID | None:
    scopes = await connection.fetch("select key, id from scope where key = any($1)", list(channels.scopes))
    entitled = Entitled(scopes={row["key"]: row["id"] for row in scopes}, groups=channels.groups)
    held = await connection.fetchval(
        "select count(*) from (select 1 from member where scope = any($1) and state = 1 limit $2) found",
        list(entitled.scopes.values()),
        WORTH_A_FILE,
    )
    if held < WORTH_A_FILE:
        return None
    base = await connection.fetchval("select pg_current_snapshot()::text")
    boot = await current_boot(connection)
    file_id = uuid7(int(datetime.now(UTC).timestamp() * 1000), uuid4().bytes[:10])
    levels = {field: Level(min(level, Level.WRITE)) for field, level in channels.levels.items()}
    token: FeedToken | None = None
    parts: list[SnapshotPart] = []
    rows: list[MemberRow] = []
    writer = FileWriter(levels)
    more = True
    while more:
        page = await read_page(connection, entitled=entitled, held=token, boot=boot, max_bytes=PAGE_BYTES)
        token, more = page.token, page.more
        rows += page.rows
        if not more or len(rows) >= PART_ROWS or _size(rows) >= PART_BYTES:
            body = await asyncio.to_thread(writer.part, rows, last=not more)
            rows = []
            digest = hashlib.sha256(body).digest()
            await connection.execute(
                "insert into snapshot_part (file_id, number, body) values ($1, $2, $3)",
                file_id,
                len(parts),
                body,
            )
            parts.append(SnapshotPart(size=len(body), digest=digest))
    await connection.execute(
        """
        insert into snapshot_file (id, channels, base, token, sizes, digests) values ($1, $2, $3, $4, $5, $6)
        """,
        file_id,
        channels.digest,
        base,
        msgspec.msgpack.encode(token),
        [part.size for part in parts],
        [part.digest for part in parts],
    )
    return file_id


def _size(rows: Sequence[MemberRow]) -> int:
    return sum(len(each.body) for row in rows for each in row.fragments)
