"""Where the search for traces of a person looks, and what it found there."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Final

from server.database.embedded import Cluster
from server.database.pool import Connection
from server.proofs.lens import connected_to
from server.proofs.tablet_side import AttackFailed
from sync.snapshot_part import opened

PATIENCE_S: Final = 60.0


class Search:
    """What was looked through, by kind of place, and where there was a trace."""

    def __init__(self, words: Sequence[bytes], *, but: bytes) -> None:
        self._but = but.lower()  # no trace, though there is one in it
        self._words = tuple(word.lower() for word in words)
        self.places: Counter[str] = Counter()
        self.found: list[str] = []

    def holds(self, content: bytes) -> bool:
        """Whether there is a trace in these bytes."""
        low = content.lower().replace(self._but, b"")
        return any(word in low for word in self._words)

    def look(self, kind: str, name: str, content: bytes) -> None:
        """Search one place."""
        self.places[kind] += 1
        if self.holds(content):
            self.found.append(f"{kind}: {name}")

    async def look_through(self, kind: str, places: AsyncIterator[tuple[str, bytes]]) -> None:
        """Search all places of a kind."""
        async for name, content in places:
            self.look(kind, name, content)


async def tables_of(connection: Connection) -> AsyncIterator[tuple[str, bytes]]:
    """Yield every table of a database as text, and what the planner remembers of their columns.

    On a standby without those that no log carries.
    """
    standby = await connection.fetchval("select pg_is_in_recovery()")
    rows = await connection.fetch(
        """
        select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
          and (relpersistence = 'p' or not $1) order by 1
        """,
        standby,
    )
    for name in (row["relname"] for row in rows):
        lines = await connection.fetch(f'select t::text as line from "{name}" t')  # noqa: S608 (our own)
        yield f"table {name}", "\n".join(line["line"] for line in lines).encode()
    said = await connection.fetch("select s::text as line from pg_stats s")
    yield "what the planner remembers", "\n".join(row["line"] for row in said).encode()


async def files_of(url: str, home: Cluster) -> AsyncIterator[tuple[str, bytes]]:
    """Yield every file of a database as it lies on the disk, also those that no table has any more."""
    async with connected_to(url) as connection:
        rows = await connection.fetch(
            """
            select pg_relation_filepath(c.oid) as path, coalesce(owner.relname, c.relname) as name
            from pg_class c left join pg_class owner on owner.reltoastrelid = c.oid
            where pg_relation_filepath(c.oid) is not null
            """
        )
        oid = await connection.fetchval("select oid from pg_database where datname = current_database()")
    names = {row["path"]: row["name"] for row in rows}
    data = home.directory / "data"
    for path in sorted((data / "base" / str(oid)).iterdir()):
        relation = f"base/{oid}/{path.name.partition('.')[0].partition('_')[0]}"
        yield f"file {names.get(relation, path.name)}", path.read_bytes()


async def downloads_of(connection: Connection) -> AsyncIterator[tuple[str, bytes]]:
    """Yield every part of the ready-made first downloads, inflated."""
    for row in await connection.fetch("select file_id, number, body from snapshot_part order by 1, 2"):
        part = opened(bytes(row["body"]))
        bodies = [each.body for member in part.rows() for each in member.fragments]
        lines = [block.lines for block in part.blocks]
        held = b"\n".join([*bodies, *lines, part.light.dictionary, part.light.index])
        yield f"part {row['number']} of {row['file_id']}", held


async def caught_up(primary: str, standby: str) -> None:
    """Wait until a standby has replayed all that its primary wrote.

    Raises:
        AttackFailed: it does not follow.
    """
    async with connected_to(primary) as leading, connected_to(standby) as following:
        wanted = await leading.fetchval("select pg_current_wal_insert_lsn()::text")
        deadline = time.monotonic() + PATIENCE_S
        while not await following.fetchval("select pg_last_wal_replay_lsn() >= $1::text::pg_lsn", wanted):
            if time.monotonic() > deadline:
                raise AttackFailed("the standby does not follow")
            await asyncio.sleep(0.1)
        await following.execute("checkpoint")  # a restart point: files that were given up are gone


def written_in(files: Iterable[Path]) -> bytes:
    """Return what stands in some files."""
    return b"\n".join(path.read_bytes() for path in files if path.exists())
