"""The wordings of a brand: drafted, published for ever, and told to every tablet."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from schemas.ids import record_id_of
from schemas.problem import ErrorCode
from schemas.record import Kind
from schemas.wording import Wording
from server.database.pool import Connection
from server.problems import Refusal
from server.replication.publishing import publish_public
from server.scope import DIRECTORY

_COLUMNS = """brand, channel, purpose, version, texts, confirm,
    (extract(epoch from published_at) * 1000)::bigint as published_at,
    (extract(epoch from until) * 1000)::bigint as until"""


async def write_draft(connection: Connection, wording: Wording, *, by: UUID | None) -> None:
    """Write a draft, or write it anew.

    Raises:
        Refusal: ALREADY_EXISTS: this version was published, and stays as it is.
    """
    kept = await connection.fetchval(
        """
        insert into consent_wording as held (brand, channel, purpose, version, texts, confirm, written_by)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (brand, channel, purpose, version) do update
          set texts = excluded.texts, confirm = excluded.confirm, written_by = excluded.written_by
          where held.published_at is null
        returning true
        """,
        wording.brand,
        wording.channel.value,
        wording.purpose.value,
        wording.version,
        wording.texts,
        wording.confirm,
        by,
    )
    if not kept:
        raise Refusal(ErrorCode.ALREADY_EXISTS, "this version was published; write a new one")


async def publish(connection: Connection, wording: Wording, *, now: datetime) -> Wording:
    """Publish a draft to every tablet. Publishing it again changes nothing.

    Raises:
        Refusal: NOT_FOUND.
    """
    await connection.execute(
        """
        update consent_wording set published_at = $5
        where (brand, channel, purpose, version) = ($1, $2, $3, $4) and published_at is null
        """,
        *_names(wording),
        now,
    )
    return await _told(connection, wording)


async def expire(connection: Connection, wording: Wording, *, until: datetime) -> Wording:
    """Let what is said under a wording from now on count for nothing; what was said before stands.

    Raises:
        Refusal: NOT_FOUND.
    """
    await connection.execute(
        """
        update consent_wording set until = least(until, $5)
        where (brand, channel, purpose, version) = ($1, $2, $3, $4) and published_at is not null
        """,
        *_names(wording),
        until,
    )
    return await _told(connection, wording)


async def published(connection: Connection, brand: str) -> dict[str, Wording]:
    """Return every published wording of a brand, by its key: what ``may_contact`` goes by."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from consent_wording "  # noqa: S608 (the columns are ours)
        "where brand = $1 and published_at is not null",
        brand,
    )
    return {wording.key: wording for wording in map(_wording, rows)}


async def of_brand(
    connection: Connection, brand: str, *, after: tuple[str, str, str], limit: int
) -> list[Wording]:
    """Return the wordings of a brand, drafts too, in the order of channel, purpose and version."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from consent_wording
        where brand = $1 and (channel, purpose, version) > ($2, $3, $4)
        order by channel, purpose, version limit $5
        """,  # noqa: S608 (the columns are ours)
        brand,
        *after,
        limit,
    )
    return [_wording(row) for row in rows]


async def tell_tablets(connection: Connection, wordings: Sequence[Wording]) -> None:
    """Put published wordings on the feed; all who work here hold them."""
    await publish_public(
        connection,
        Kind.WORDING,
        DIRECTORY,
        [(record_id_of(Kind.WORDING.value, each.key), msgspec.to_builtins(each)) for each in wordings],
    )


async def _told(connection: Connection, wording: Wording) -> Wording:
    held = (await published(connection, wording.brand)).get(wording.key)
    if held is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    await tell_tablets(connection, [held])
    return held


def _names(wording: Wording) -> tuple[str, str, str, str]:
    return wording.brand, wording.channel.value, wording.purpose.value, wording.version


def _wording(row: asyncpg.Record) -> Wording:
    return msgspec.convert({**row, "published_at": row["published_at"] or 0}, Wording)
